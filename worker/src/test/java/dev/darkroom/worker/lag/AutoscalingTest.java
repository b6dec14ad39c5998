package dev.darkroom.worker.lag;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.client.Lane;
import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.ModelRef;
import dev.darkroom.event.StoredImage;
import dev.darkroom.event.Timings;
import dev.darkroom.worker.config.LagConfig;
import dev.darkroom.worker.lag.SimulatedCluster.Job;
import dev.darkroom.worker.lag.SimulatedDay.Arrival;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A day of bursts, scaled by the exporter's number and by the number of records, as KEDA's and the HPA's documentation say
 * that they scale. The exporter's part is its own code; the rest is simulated, second by second. deploy/README.md has the table.
 */
class AutoscalingTest {
    private static final Path GUIDE = Path.of("../deploy/README.md");
    private static final Instant MIDNIGHT = Instant.parse("2026-01-01T00:00:00Z");
    private static final TopicPartition JOBS = new TopicPartition("jobs", 0);
    private static final int MOST_REPLICAS = 20;
    private static final int COOLDOWN = 300;
    private static final int STABILIZATION = 300;
    private static final int DRAIN = 60;
    private static final long SEED = 7;

    /** What a day came to. */
    private record Day(String name, double p50, double p95, double worst, double hours, int handedBack, int pods) {
        String row() {
            return String.format(
                    Locale.ROOT,
                    "| %s | %.0f / %.0f / %.0f s | %.1f | %d | %d |",
                    name,
                    p50,
                    p95,
                    worst,
                    hours,
                    handedBack,
                    pods);
        }
    }

    @Test
    void theGuideHasTheTable() throws IOException {
        List<Arrival> arrivals = SimulatedDay.of(SEED);
        List<Day> days = new ArrayList<>(byRecords(arrivals));
        days.add(bySeconds(arrivals));
        for (int wait : List.of(30, 60, 120)) {
            days.add(byWork(arrivals, wait));
        }

        String table = days.stream().map(Day::row).collect(Collectors.joining("\n", """
                        | scaled by | waited, p50 / p95 / most | GPU hours | handed back | pods started |
                        |---|---|---|---|---|
                        """, "\n"));
        assertThat(Files.readString(GUIDE).contains(table))
                .as("deploy/README.md has\n" + table)
                .isTrue();
    }

    /** Whatever number of records a worker is said to do: jobs wait longer with it, or it takes more GPUs. */
    @ParameterizedTest
    @ValueSource(longs = {SEED, 8, 9, 10, 11, 12, 13, 14})
    void noNumberOfRecordsDoesAsWellAsTheirWork(long seed) {
        List<Arrival> arrivals = SimulatedDay.of(seed);
        Day work = byWork(arrivals, 60);

        assertThat(byRecords(arrivals)).allSatisfy(records -> {
            if (records.hours() <= work.hours()) {
                assertThat(records.p95()).as(records.name()).isGreaterThan(1.2 * work.p95());
            }
            if (records.p95() <= work.p95()) {
                assertThat(records.hours()).as(records.name()).isGreaterThan(1.2 * work.hours());
            }
        });
    }

    @Test
    void aDayEndsWithoutAWorkerAndWithoutAJob() {
        Simulation day = new Simulation(SimulatedDay.of(SEED), 1, 60);
        day.run("work", second -> day.reading(second).desiredReplicas());

        assertThat(day.cluster.unfinished()).isZero();
        assertThat(day.reading(day.second).desiredReplicas()).isZero();
        for (int i = 0; i < 2 * (COOLDOWN + STABILIZATION); i++) {
            day.step(second -> day.reading(second).desiredReplicas());
        }
        assertThat(day.cluster.replicas()).isZero();
    }

    private static List<Day> byRecords(List<Arrival> arrivals) {
        return Stream.of(1, 2, 5, 10, 20)
                .map(target -> {
                    Simulation day = new Simulation(arrivals, target, 60);
                    return day.run("records, " + target + " a worker", second -> (double) day.cluster.unfinished());
                })
                .toList();
    }

    private static Day bySeconds(List<Arrival> arrivals) {
        Simulation day = new Simulation(arrivals, 60, 60);
        return day.run("`seconds`, 60 a worker", second -> day.reading(second).seconds());
    }

    private static Day byWork(List<Arrival> arrivals, int wait) {
        Simulation day = new Simulation(arrivals, 1, wait);
        return day.run(
                "`desired_replicas`, `lag.target-wait` " + wait + " s",
                second -> day.reading(second).desiredReplicas());
    }

    /** A day with an exporter that watches it. */
    private static final class Simulation {
        private static final Duration UNKNOWN_STEP = Duration.ofMillis(200);

        private final List<Arrival> arrivals;
        private final Autoscaler scaler;
        private final Workload work;
        private int second;
        private int next;
        final SimulatedCluster cluster = new SimulatedCluster(
                DRAIN,
                (job, pod) -> tell(new JobEvent.Started(id(job), 1, Optional.empty(), pod.name, model(job))),
                job -> tell(completed(job)));

        Simulation(List<Arrival> arrivals, double target, int wait) {
            this.arrivals = arrivals;
            Duration targetWait = Duration.ofSeconds(wait);
            LagConfig config = new LagConfig(targetWait, targetWait, targetWait, 0, MOST_REPLICAS, UNKNOWN_STEP);
            this.work = new Workload(config, new StepTimes(UNKNOWN_STEP, Optional.empty()), 2_000);
            this.scaler = new Autoscaler(target, MOST_REPLICAS, COOLDOWN, STABILIZATION);
            work.open(JOBS, 0);
        }

        /** To the end of the last job. */
        Day run(String name, IntToDoubleFunction value) {
            while (next < arrivals.size() || cluster.unfinished() > 0) {
                step(value);
            }
            return day(name);
        }

        void step(IntToDoubleFunction value) {
            for (; next < arrivals.size() && arrivals.get(next).second() <= second; next++) {
                send(arrivals.get(next));
            }
            cluster.step(second);
            if (second % Autoscaler.POLLING_SECONDS == 0) {
                cluster.scale(second, scaler.poll(second, cluster.replicas(), value.applyAsDouble(second)));
            }
            if (second % Autoscaler.SYNC_SECONDS == 0) {
                cluster.scale(second, scaler.sync(second, cluster.replicas(), value.applyAsDouble(second)));
            }
            second++;
        }

        private void send(Arrival arrival) {
            Job job = cluster.send(arrival);
            Instant now = now();
            work.add(
                    JOBS,
                    new Window.Waiting(
                            job.number,
                            Lane.NORMAL,
                            Optional.of(id(job)),
                            Optional.of(JobSize.of(arrival.job())),
                            now,
                            now,
                            now,
                            Optional.empty()));
        }

        /** As the broker counts it: from the first job that is not done, those that are done behind it left out. */
        LagReading reading(int at) {
            List<Job> jobs = cluster.jobs();
            int first = 0;
            while (first < jobs.size() && jobs.get(first).isDone()) {
                first++;
            }
            Unsettled unsettled = new Unsettled(
                    first, jobs.size(), jobs.size(), OptionalLong.of(cluster.unfinished()), offset -> true);
            return work.reading(MIDNIGHT.plusSeconds(at), Map.of(Lane.NORMAL, Map.of(JOBS, unsettled)), Map.of());
        }

        private void tell(JobEvent event) {
            work.take(new CloudEvent(event.eventId(), "worker", now(), event));
        }

        private Instant now() {
            return MIDNIGHT.plusSeconds(second);
        }

        private static String id(Job job) {
            return job.arrival.job().id();
        }

        private static String model(Job job) {
            return job.arrival.job().model().orElseThrow();
        }

        private static JobEvent completed(Job job) {
            int size = job.arrival.job().width().getAsInt();
            StoredImage image =
                    new StoredImage("bucket", "key", Optional.empty(), "0".repeat(64), 1, size, size, "png", 0);
            return new JobEvent.Completed(
                    id(job),
                    1,
                    Optional.empty(),
                    new ModelRef(model(job), "0".repeat(64)),
                    Optional.empty(),
                    Collections.nCopies(job.arrival.job().numImages(), image),
                    new Timings(0, 0, 0, 0, 0, 0));
        }

        private Day day(String name) {
            double[] waits =
                    cluster.jobs().stream().mapToDouble(Job::waited).sorted().toArray();
            return new Day(
                    name,
                    waits[waits.length / 2],
                    waits[waits.length * 95 / 100],
                    waits[waits.length - 1],
                    cluster.podHours(),
                    cluster.handedBack(),
                    cluster.podsStarted());
        }
    }
}
