package dev.darkroom.worker;

import dev.darkroom.client.Lane;
import dev.darkroom.worker.config.TopicsConfig;
import dev.darkroom.worker.intake.JobRecord;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ObjIntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens further slots of a lane where its jobs wait while the loop's calls are not full, because jobs that are held spend time
 * outside of the loop: their claim, their texts, their decoding and uploads. How many follows from how many of the lane's open
 * slots had a job in the loop on average, over some jobs that had all waited for a slot. Slots are never closed again: a share
 * consumer that closes may have acquired a job. Safe for use by several threads; nothing here waits.
 */
final class Prefetch {
    private static final Logger log = LoggerFactory.getLogger(Prefetch.class);
    /** So many jobs are looked at, and two for each open slot. */
    private static final int LEAST_JOBS = 8;

    private final int filling;
    private final int most;
    private final TopicsConfig topics;
    private final InstantSource clock;
    private final Map<Lane, Usage> lanes = new EnumMap<>(Lane.class); // guarded by this
    private volatile ObjIntConsumer<Lane> opening = (lane, slots) -> {};

    /** How a lane's slots are used. */
    private static final class Usage {
        int open;
        int held; // by jobs
        int looping; // of those: in the loop
        boolean full; // when the last job ended
        Instant lastEnd = Instant.MIN;
        Instant since; // jobs have waited
        Instant changed;
        int jobs; // that have ended since then
        double loopTime; // of all jobs since then, in seconds

        Usage(int open, Instant now) {
            this.open = open;
            this.since = now;
            this.changed = now;
        }

        void advance(Instant now) {
            loopTime += looping * seconds(changed, now);
            changed = now;
        }

        void restart(Instant now) {
            since = now;
            jobs = 0;
            loopTime = 0;
        }

        /** On average. */
        double inLoop(Instant now) {
            return loopTime / seconds(since, now);
        }

        private static double seconds(Instant from, Instant to) {
            return Duration.between(from, to).toNanos() / 1e9;
        }
    }

    /**
     * Begins with as many slots of each lane as there are jobs in a full call.
     *
     * @param filling that number
     * @param most slots of a lane, open ones included
     * @param clock to measure jobs by, and to compare with the times at which they were sent
     */
    Prefetch(int filling, int most, TopicsConfig topics, InstantSource clock) {
        this.filling = filling;
        this.most = most;
        this.topics = topics;
        this.clock = clock;
    }

    /** What opens slots from now on: it is told of how many a lane is to have. */
    void opensBy(ObjIntConsumer<Lane> action) {
        opening = action;
    }

    /** How many slots a lane has. */
    synchronized int slots(Lane lane) {
        return usage(lane, clock.instant()).open;
    }

    /** Says that a job has a slot. */
    synchronized void received(JobRecord record) {
        Instant now = clock.instant();
        Usage usage = usage(lane(record), now);
        usage.held++;
        if (!usage.full || !record.timestamp().isBefore(usage.lastEnd)) { // it did not wait for this slot
            usage.restart(now);
        }
    }

    /** Says that its slot is free again. */
    void ended(JobRecord record) {
        Lane lane = lane(record);
        Optional<Integer> wanted = wanted(lane);
        wanted.ifPresent(slots -> opening.accept(lane, slots));
    }

    private synchronized Optional<Integer> wanted(Lane lane) {
        Instant now = clock.instant();
        Usage usage = usage(lane, now);
        usage.full = usage.held >= usage.open;
        usage.held--;
        usage.lastEnd = now;
        usage.jobs++;
        if (usage.jobs < Math.max(LEAST_JOBS, 2 * usage.open) || usage.loopTime == 0) {
            return Optional.empty();
        }
        double inLoop = usage.inLoop(now);
        int wanted = (int) Math.min(most, Math.ceil(filling * usage.open / inLoop));
        usage.restart(now);
        if (wanted <= usage.open) {
            return Optional.empty();
        }
        log.info(
                "Lane {}: {} slots in place of {}, for jobs wait, and {} of its jobs are denoised at a time; a call has room for {}",
                lane.label(),
                wanted,
                usage.open,
                String.format(Locale.ROOT, "%.1f", inLoop),
                filling);
        usage.open = wanted;
        return Optional.of(wanted);
    }

    /** Says that a job of a lane is in the loop. */
    synchronized void entered(String lane) {
        usage(lane).looping++;
    }

    /** Says that it is not any more. */
    synchronized void left(String lane) {
        usage(lane).looping--;
    }

    private Usage usage(String label) {
        Lane lane = Arrays.stream(Lane.values())
                .filter(each -> each.label().equals(label))
                .findFirst()
                .orElse(Lane.NORMAL);
        return usage(lane, clock.instant());
    }

    private Usage usage(Lane lane, Instant now) {
        Usage usage = lanes.computeIfAbsent(lane, name -> new Usage(filling, now));
        usage.advance(now);
        return usage;
    }

    private Lane lane(JobRecord record) {
        return topics.lane(record.topic()).orElse(Lane.NORMAL);
    }
}
