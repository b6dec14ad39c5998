package dev.darkroom.worker.config;

import java.time.Duration;

/**
 * How jobs are taken and given back.
 *
 * @param lockDuration how long a job stays with a worker that is not heard of: the lock of a share group, renewed at a
 *     third of it at the latest; the session timeout of a consumer group
 * @param deliveryLimit how often a job may kill its worker before it is not tried again (1-9: the broker allows 10)
 * @param drainTimeout how long running jobs may take to finish once the worker is told to stop
 * @param checkpointOnDrain whether a job that is handed back leaves its state to the next worker
 */
public record DeliveryConfig(
        Mode mode, Duration lockDuration, int deliveryLimit, Duration drainTimeout, boolean checkpointOnDrain) {
    /** What kind of group the workers of a queue are. */
    public enum Mode {
        /** A share group where the brokers have them, else a classic consumer group. */
        AUTO,
        /** A share group: any number of workers take jobs from one partition. */
        SHARE,
        /** A consumer group with transactions: at most one worker takes jobs from a partition. */
        CLASSIC
    }

    private static final Duration LONGEST_DRAIN = Duration.ofHours(24);

    public DeliveryConfig {
        new Rules()
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
