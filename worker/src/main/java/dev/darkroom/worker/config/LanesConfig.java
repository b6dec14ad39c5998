package dev.darkroom.worker.config;

import dev.darkroom.client.Lane;
import java.util.Arrays;
import java.util.List;

/**
 * How many jobs a worker has at once, and how they share its device.
 *
 * @param slots jobs of each lane that a worker has at once; 0 for as many as fill its device, see {@link #filling}
 * @param high weight of the high lane: its part of the device while other lanes have jobs too. A worker takes nothing
 *     from a lane of weight 0
 * @param normal weight of the normal lane
 * @param low weight of the low lane
 */
public record LanesConfig(int slots, int high, int normal, int low) {
    private static final int MOST_SLOTS = 64;
    private static final int MOST_WEIGHT = 100;

    public LanesConfig {
        Rules rules = new Rules().check(slots >= 0 && slots <= MOST_SLOTS, "slots", "must be 0-" + MOST_SLOTS, slots);
        checkWeight(rules, Lane.HIGH, high);
        checkWeight(rules, Lane.NORMAL, normal);
        checkWeight(rules, Lane.LOW, low);
        rules.check(high != 0 || normal != 0 || low != 0, "lanes.normal", "must not be 0 when the other lanes are too");
        rules.raise();
    }

    private static void checkWeight(Rules rules, Lane lane, int weight) {
        rules.check(weight >= 0 && weight <= MOST_WEIGHT, "lanes." + lane.label(), "must be 0-" + MOST_WEIGHT, weight);
    }

    /** The same with a number of slots, where it depends on how many jobs fill the device. */
    public LanesConfig filling(int jobs) {
        return slots > 0 ? this : new LanesConfig(jobs, high, normal, low);
    }

    /** A lane's part of the device, beside the other lanes'; 0 for a lane that no job is taken from. */
    public int weight(Lane lane) {
        return switch (lane) {
            case HIGH -> high;
            case NORMAL -> normal;
            case LOW -> low;
        };
    }

    /** The lanes that jobs are taken from, the high one first. */
    public List<Lane> taken() {
        return Arrays.stream(Lane.values()).filter(lane -> weight(lane) > 0).toList();
    }
}
