package dev.darkroom.worker.lag;

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
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
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

/**
 * A day of bursts, scaled by the exporter's number and by the number of records, as KEDA's and the HPA's documentation say
 * that they scale. The exporter's part is its own code; the rest is simulated, second by second. README has the table.
 */
class AutoscalingTest {
    private static final Path README = Path.of("../README.md");
    private static final Instant MIDNIGHT = Instant.parse("2026-01-01T00:00:00Z");
    private static final TopicPartition JOBS = new TopicPartition("jobs", 0);
    private static final int MOST_REPLICAS = 20;
    private static final int COOLDOWN = 300;
    private static final int STABILIZATION = 300;
    private static final int DRAIN = 60;
    private static final long SEED = 7;

    /** What a day came to. */
    private record Day(
            String name, int jobs, double p50, double p95, double worst, double hours, int handedBack, int pods) {
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
    void scalingByWorkIsBetterThanByRecords() throws IOException {
        List<Arrival> arrivals = SimulatedDay.of(SEED);
        List<Day> records = Stream.of(1, 2, 5, 10, 20)
                .map(target -> byRecords(arrivals, target))
                .toList();
        Day work = byWork(arrivals);

        String table = Stream.concat(records.stream(), Stream.of(work))
                .map(Day::row)
                .collect(Collectors.joining(
                        "\n",
                        "| scaled by | waited, p50 / p95 / worst | GPU hours | handed back | pods started |\n|---|---|---|---|---|\n",
                        "\n"));
        System.out.println(arrivals.size() + " jobs\n" + table);
    }

    private static Day byRecords(List<Arrival> arrivals, int target) {
        Simulation day = new Simulation(arrivals, target);
        return day.run("records, " + target + " a worker", second -> day.cluster.unfinished());
    }

    private static Day byWork(List<Arrival> arrivals) {
        Simulation day = new Simulation(arrivals, 1);
        return day.run("`desired_replicas`", second -> day.reading(second).desiredReplicas());
    }

    /** A day with an exporter that watches it. */
    private static final class Simulation {
        private static final LagConfig CONFIG = new LagConfig(
                Duration.ofSeconds(15),
                Duration.ofSeconds(60),
                Duration.ofMinutes(10),
                0,
                MOST_REPLICAS,
                Duration.ofMillis(200));

        private final List<Arrival> arrivals;
        private final Autoscaler scaler;
        private final Workload work = new Workload(CONFIG, new StepTimes(CONFIG.stepTime(), Optional.empty()), 2_000);
        private int second;
        final SimulatedCluster cluster = new SimulatedCluster(
                DRAIN,
                (job, pod) -> tell(new JobEvent.Started(id(job), 1, Optional.empty(), pod.name, model(job))),
                job -> tell(completed(job)));

        Simulation(List<Arrival> arrivals, double target) {
            this.arrivals = arrivals;
            this.scaler = new Autoscaler(target, MOST_REPLICAS, COOLDOWN, STABILIZATION);
            work.open(JOBS, 0);
        }

        /** To the end of the last job. */
        Day run(String name, IntToDoubleFunction value) {
            int next = 0;
            for (second = 0; next < arrivals.size() || cluster.unfinished() > 0; second++) {
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
            }
            return day(name);
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
                    waits.length,
                    waits[waits.length / 2],
                    waits[waits.length * 95 / 100],
                    waits[waits.length - 1],
                    cluster.podHours(),
                    cluster.handedBack(),
                    cluster.podsStarted());
        }
    }
}
