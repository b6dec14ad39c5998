package dev.darkroom.worker;

import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.Lease;
import dev.darkroom.worker.intake.OutgoingRecord;
import dev.darkroom.worker.intake.Tenant;
import dev.darkroom.worker.logging.JobLog;
import dev.darkroom.worker.ops.JobWatch;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs that run on this worker, each on a thread of its own, and what becomes of those that arrive while others come
 * first. Safe for use by several threads.
 */
final class JobDesk implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(JobDesk.class);

    /** How long a job may take to end once it was told to: it does so at its next step. */
    private static final Duration HAND_BACK = Duration.ofSeconds(30);

    private static final Duration LET_GO = Duration.ofSeconds(10);

    private final JobStages stages;
    private final Settling settling;
    private final Admission admission;
    private final Function<JobRecord, Watched> watches;
    private final Prefetch prefetch;
    private final Set<JobRun> running = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads;

    private volatile long idleSince = System.nanoTime();

    /**
     * Runs jobs from now on.
     *
     * @param watches makes who hears of a delivery that is taken on
     */
    JobDesk(
            JobStages stages,
            Settling settling,
            Admission admission,
            Prefetch prefetch,
            Function<JobRecord, Watched> watches) {
        this.stages = stages;
        this.settling = settling;
        this.admission = admission;
        this.prefetch = prefetch;
        this.watches = watches;
        AtomicInteger number = new AtomicInteger();
        this.threads = Executors.newCachedThreadPool(task -> new Thread(task, "job-" + number.incrementAndGet()));
    }

    /** Takes a job on, or puts it behind others; returns at once. The source bounds how many there are. */
    void receive(Lease lease) {
        Tenant tenant = Tenant.of(lease.record());
        Optional<OutgoingRecord> deferred = admission.admit(lease.record(), tenant);
        if (deferred.isPresent()) {
            defer(lease, tenant, deferred.get());
        } else {
            run(lease, tenant);
        }
    }

    /** No event, no attempt, no request to the bucket: to its sender the job waits as before. */
    private void defer(Lease lease, Tenant tenant, OutgoingRecord deferred) {
        String position = lease.record().position();
        var unused = lease.conclude(List.of(deferred)).whenComplete((settlement, failure) -> {
            if (failure == null) {
                log.debug("The job at {} was put behind others of its lane: {}", position, settlement);
                return;
            }
            log.warn("The job at {} could not be put behind others, and begins now: {}", position, failure.toString());
            try {
                admission.admitAnyway(lease.record(), tenant);
                run(lease, tenant);
            } catch (RuntimeException | Error e) {
                log.error("The job at {} cannot begin; it is handed back", position, e);
                lease.release();
            }
        });
    }

    private void run(Lease lease, Tenant tenant) {
        CountedLease counted = new CountedLease(lease, () -> admission.ended(lease.record(), tenant));
        Watched watched = watches.apply(lease.record());
        JobWatch watch = watched.watch();
        counted.onLost(watch::leaseLost);
        JobRun run = new JobRun(counted, stages, settling, watched);
        running.add(run);
        prefetch.received(lease.record());
        try {
            threads.execute(() -> {
                JobLog mark = new JobLog(watched.trace());
                try (mark) {
                    run.run();
                } finally {
                    ended(run, counted, watch);
                }
            });
        } catch (RuntimeException | Error e) {
            ended(run, counted, watch);
            throw e;
        }
    }

    private void ended(JobRun run, CountedLease lease, JobWatch watch) {
        watch.close();
        lease.end();
        idleSince = System.nanoTime();
        running.remove(run);
        prefetch.ended(lease.record());
    }

    /** How long until there has been no job for {@code limit}; zero if that time has passed. */
    Duration idleLeft(Duration limit) {
        if (!running.isEmpty()) {
            return limit;
        }
        Duration left = limit.minusNanos(System.nanoTime() - idleSince);
        return left.isNegative() ? Duration.ZERO : left;
    }

    /**
     * Ends the work: lets the running jobs finish within {@code grace}, then hands the rest back. No job may be received
     * any more.
     */
    void drain(Duration grace) throws InterruptedException {
        threads.shutdown();
        if (!threads.awaitTermination(grace.toMillis(), TimeUnit.MILLISECONDS)) {
            running.forEach(JobRun::stop);
            threads.awaitTermination(HAND_BACK.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** Interrupts what still runs, and waits for it to let go of models and connections. */
    @Override
    public void close() {
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(LET_GO.toSeconds(), TimeUnit.SECONDS)) {
                log.error("Jobs still run {} after they were told to end", LET_GO);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
