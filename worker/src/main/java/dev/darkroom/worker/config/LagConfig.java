package dev.darkroom.worker.config;

import dev.darkroom.client.Lane;
import java.time.Duration;

/**
 * What the lag exporter makes of the work that waits.
 *
 * @param highWait how long the work that waits in the high lane may take to be done
 * @param normalWait the same of the normal lane
 * @param lowWait the same of the low lane
 * @param leastReplicas the least that it asks for
 * @param mostReplicas the most that it asks for
 * @param stepTime what a step of one picture of 512x512 takes on a model that was not measured yet
 */
public record LagConfig(
        Duration highWait,
        Duration normalWait,
        Duration lowWait,
        int leastReplicas,
        int mostReplicas,
        Duration stepTime) {
    private static final Duration SHORTEST_WAIT = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofHours(24);
    private static final Duration SHORTEST_STEP = Duration.ofMillis(1);
    private static final Duration LONGEST_STEP = Duration.ofMinutes(10);
    private static final int MOST_REPLICAS = 10_000;

    public LagConfig {
        Rules rules = new Rules();
        checkWait(rules, Lane.HIGH, highWait);
        checkWait(rules, Lane.NORMAL, normalWait);
        checkWait(rules, Lane.LOW, lowWait);
        rules.check(
                        mostReplicas >= 1 && mostReplicas <= MOST_REPLICAS,
                        "lag.replicas.max",
                        "must be 1-" + MOST_REPLICAS,
                        mostReplicas)
                .check(
                        leastReplicas >= 0 && leastReplicas <= mostReplicas,
                        "lag.replicas.min",
                        "must be 0 to lag.replicas.max",
                        leastReplicas)
                .check(
                        stepTime.compareTo(SHORTEST_STEP) >= 0 && stepTime.compareTo(LONGEST_STEP) <= 0,
                        "lag.step-time",
                        "must be PT0.001S-PT10M",
                        stepTime)
                .raise();
    }

    private static void checkWait(Rules rules, Lane lane, Duration wait) {
        rules.check(
                wait.compareTo(SHORTEST_WAIT) >= 0 && wait.compareTo(LONGEST_WAIT) <= 0,
                "lag.target-wait." + lane.label(),
                "must be PT1S-PT24H",
                wait);
    }

    /** How long the work that waits in a lane may take to be done. */
    public Duration targetWait(Lane lane) {
        return switch (lane) {
            case HIGH -> highWait;
            case NORMAL -> normalWait;
            case LOW -> lowWait;
        };
    }
}
