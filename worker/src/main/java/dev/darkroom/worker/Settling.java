package dev.darkroom.worker;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.events.EventRecord;
import dev.darkroom.worker.events.EventRecords;
import dev.darkroom.worker.intake.DeadLetters;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.Lease;
import dev.darkroom.worker.intake.OutgoingRecord;
import dev.darkroom.worker.intake.OversizedRecordException;
import dev.darkroom.worker.ops.JobWatch;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A job's last acts: its event, its dead letter if it is one, the settlement. The lease does them together. Whoever dies
 * before the settlement leaves a job that is delivered again, and whose outcome is in the ledger: what was told before is
 * told again with it. Stateless.
 */
final class Settling {
    private static final Logger log = LoggerFactory.getLogger(Settling.class);
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final EventRecords events;
    private final DeadLetters deadLetters;

    Settling(EventRecords events, DeadLetters deadLetters) {
        this.events = events;
        this.deadLetters = deadLetters;
    }

    /** Kafka did not take the last acts; they may be tried again. */
    static final class UnsettledException extends Exception {
        private static final long serialVersionUID = 1L;

        UnsettledException(String what, Throwable cause) {
            super("Kafka did not confirm the job's " + what + ": " + cause.getMessage(), cause);
        }

        /** Whether the same records will be refused again. */
        boolean isForGood() {
            return getCause() instanceof OversizedRecordException;
        }
    }

    void settle(Lease lease, Announcer announcer, Outcome outcome) throws UnsettledException, InterruptedException {
        String position = lease.record().position();
        if (lease.isLost()) {
            log.warn("The job at {}: its lease was lost, another worker has it", position);
            announcer.watch().leaseLost();
            return;
        }
        announcer.watch().enters("settle");
        Lease.Settlement settlement = Lease.Settlement.SETTLED;
        if (outcome instanceof Outcome.HandedBack) {
            log.info("The job at {}: handed back", position);
            announcer.watch().handedBack();
            lease.release();
        } else if (outcome instanceof Outcome.Told told) {
            settlement = concludeInAnySize(lease, announcer, told.event(), Optional.empty());
            log.info("Job {}: {}", told.event().jobId(), told.event().type());
        } else if (outcome instanceof Outcome.Later later) {
            settlement = conclude(lease, announcer, List.of(record(later.event(), announcer), later.retry()));
            log.warn(
                    "Job {}: {}, tried again after {}: {}",
                    later.event().jobId(),
                    later.event().code(),
                    later.event().notBefore(),
                    later.event().message());
        } else if (outcome instanceof Outcome.Dead dead) {
            settlement = concludeInAnySize(lease, announcer, dead.event(), Optional.of(dead));
            log.warn("Job {}: {}, {}", dead.event().jobId(), dead.event().type(), dead.code());
        }
        if (settlement == Lease.Settlement.LOST) {
            log.warn("The job at {} will come again: its lease was lost at the end", position);
            announcer.watch().leaseLost();
        } else {
            tell(announcer.watch(), outcome);
        }
    }

    private static void tell(JobWatch watch, Outcome outcome) {
        if (outcome instanceof Outcome.Told told) {
            watch.ended(told.event(), Optional.empty());
        } else if (outcome instanceof Outcome.Later later) {
            watch.ended(later.event(), Optional.empty());
        } else if (outcome instanceof Outcome.Dead dead) {
            watch.ended(dead.event(), Optional.of(dead.code()));
        }
    }

    /** Whatever their topics take: records that are refused for good would keep a job, and its slot, for ever. */
    private Lease.Settlement concludeInAnySize(
            Lease lease, Announcer announcer, JobEvent event, Optional<Outcome.Dead> dead)
            throws UnsettledException, InterruptedException {
        Iterator<List<OutgoingRecord>> sizes =
                lastRecords(lease.record(), announcer, event, dead).iterator();
        while (sizes.hasNext()) {
            List<OutgoingRecord> last = sizes.next();
            try {
                Lease.Settlement settlement = conclude(lease, announcer, last);
                if (last.stream().noneMatch(record -> record.topic().equals(events.topic()))) {
                    log.error(
                            "Job {}: its event {} is not told, for {} takes no records that large (max.message.bytes);"
                                    + " the bucket has it (outcome.json)",
                            event.jobId(),
                            event.type(),
                            events.topic());
                }
                return settlement;
            } catch (UnsettledException e) {
                if (!e.isForGood()) {
                    throw e;
                }
                log.warn("Job {}: tried again with less: {}", event.jobId(), e.getMessage());
            }
        }
        throw new IllegalStateException("A settlement without records was refused for their size");
    }

    /**
     * The largest first: the event, without its context and most of its message, none; with each of them as much of the
     * dead letter as there may be. An event that cannot be told makes every job a dead letter, so that somebody hears of
     * it. A dead letter of which nothing fits does not keep its event from being told.
     */
    private Stream<List<OutgoingRecord>> lastRecords(
            JobRecord job, Announcer announcer, JobEvent event, Optional<Outcome.Dead> dead) {
        Stream<List<OutgoingRecord>> told = Stream.of(event, ShortEvent.of(event))
                .map(size -> record(size, announcer))
                .flatMap(record -> dead.isEmpty()
                        ? Stream.of(List.of(record))
                        : letters(job, dead.get()).map(letter -> List.of(record, letter)));
        Stream<List<OutgoingRecord>> untold =
                letters(job, dead.orElseGet(() -> untold(event))).map(List::of);
        Stream<List<OutgoingRecord>> unburied =
                Stream.of(event, ShortEvent.of(event)).map(size -> List.of(record(size, announcer)));
        return Stream.of(told, untold, unburied, Stream.of(List.<OutgoingRecord>of()))
                .flatMap(size -> size);
    }

    private Stream<OutgoingRecord> letters(JobRecord job, Outcome.Dead dead) {
        return Stream.of(DeadLetters.Extent.values())
                .map(extent -> deadLetters.of(
                        job, dead.code(), dead.reason(), dead.event().attempt(), extent));
    }

    private static Outcome.Dead untold(JobEvent event) {
        return new Outcome.Dead(
                event,
                FailureCode.INTERNAL,
                "The job has ended, but its event (" + event.type() + ") is larger than its topic takes");
    }

    private static Lease.Settlement conclude(Lease lease, Announcer announcer, List<OutgoingRecord> last)
            throws UnsettledException, InterruptedException {
        await(announcer.allSaid(), "events");
        return await(lease.conclude(last), "end");
    }

    private OutgoingRecord record(JobEvent event, Announcer announcer) {
        EventRecord record = events.of(event, announcer.context());
        List<JobRecord.Header> headers = new ArrayList<>();
        record.headers().forEach((name, value) -> headers.add(new JobRecord.Header(name, bytes(value))));
        return new OutgoingRecord(record.topic(), Optional.of(bytes(record.key())), record.value(), headers);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static <T> T await(CompletionStage<T> stage, String what) throws UnsettledException, InterruptedException {
        try {
            return stage.toCompletableFuture().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new UnsettledException(what, e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            throw new UnsettledException(what, e);
        }
    }
}
