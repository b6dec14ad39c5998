package dev.darkroom.worker.config;

import java.time.Duration;

/**
 * How jobs are taken and given back.
 *
 * @param lockDuration how long a job stays locked to a worker that does not renew; renewed at a third of it at the latest
 * @param deliveryLimit how often a job is tried that kills or outlives its workers (1-9: the broker allows 10)
 * @param drainTimeout how long running jobs may take to finish once the worker is told to stop
 */
public record DeliveryConfig(Mode mode, Duration lockDuration, int deliveryLimit, Duration drainTimeout) {
    /** {@code AUTO} takes a share group where the broker has them. */
    public enum Mode {
        AUTO,
        SHARE,
        CLASSIC
    }

    private static final Duration LONGEST_DRAIN = Duration.ofHours(24);

    public DeliveryConfig {
        new Rules()
                .check(
                        mode != Mode.CLASSIC,
                        "delivery",
                        "classic (a consumer group with transactions) is not available in this version; use share or auto")
                .check(
                        lockDuration.toMillis() >= 1000 && lockDuration.toMillis() <= 3_600_000,
                        "share.lock-duration",
                        "must be PT1S-PT1H",
                        lockDuration)
                .check(deliveryLimit >= 1 && deliveryLimit <= 9, "share.delivery-limit", "must be 1-9", deliveryLimit)
                .check(
                        !drainTimeout.isNegative() && drainTimeout.compareTo(LONGEST_DRAIN) <= 0,
                        "drain-timeout",
                        "must be PT0S-PT24H",
                        drainTimeout)
                .raise();
    }
}
