package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code bench --jobs} for real: broker and bucket in a process of their own, the demo model in a whole worker. */
@ResourceLock(Resources.SYSTEM_OUT)
@Timeout(300)
class WorkerBenchTest {
    /** Seconds by which the clock that times calls and the one that times events may differ over a run. */
    private static final double TWO_CLOCKS = 0.5;

    @ParameterizedTest
    @CsvSource({"batch1, 1", "batches, 0"})
    void aWholeWorkerIsMeasuredAndHeldAgainstOneThatBatchesLess(String baseline, String slots) throws Exception {
        CommandRun run = bench(
                "--jobs=3",
                "--warm-up=1",
                "--memory-mode=high",
                "--threads=1",
                "--steps=2",
                "--size=64",
                "--arrivals=poisson:50",
                "--seed=" + Long.MAX_VALUE,
                "--compare=" + baseline,
                "--json");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.lines()).hasSize(1);
        JsonNode report = new ObjectMapper().readTree(run.out());
        assertThat(report.get("model").asText()).isEqualTo("shapes");
        assertThat(report.get("threads").asInt()).isEqualTo(1);
        assertThat(report.get("memory_mode").asText()).isEqualTo("high");
        assertThat(report.get("jobs").asInt()).isEqualTo(3);
        assertThat(report.get("arrivals").asText()).isEqualTo("poisson:50.0");
        assertThat(report.get("size").asInt()).isEqualTo(64);
        assertThat(report.get("steps").asInt()).isEqualTo(2);
        assertThat(report.get("seed").asLong()).isEqualTo(Long.MAX_VALUE);
        assertThat(report.at("/worker/slots").textValue()).isEqualTo("0");
        assertThat(report.get(baseline).get("slots").textValue()).isEqualTo(slots);
        assertThatItIsMeasured(report.get("worker"));
        assertThatItIsMeasured(report.get(baseline));
        assertThat(report.at("/ratios/images_per_s").asDouble()).isPositive();
        assertThat(report.at("/ratios/total_ms_p95").asDouble()).isPositive();
    }

    /** What counting and tracing costs; how much, a machine with other work cannot say. */
    @Test
    void aWorkerThatIsObservedTakesTurnsWithOneThatIsNot() throws Exception {
        CommandRun run = bench(
                "--jobs=3",
                "--warm-up=1",
                "--threads=1",
                "--steps=2",
                "--size=64",
                "--bucket-latency=400",
                "--compare=unobserved",
                "--json");

        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode report = new ObjectMapper().readTree(run.out());
        assertThatItIsMeasured(report.get("worker"));
        assertThatItIsMeasured(report.get("unobserved"));
        assertThatItWaitedForItsBucket(report.get("worker"));
        assertThatItWaitedForItsBucket(report.get("unobserved"));
        assertThat(report.at("/ratios/images_per_s").asDouble()).isPositive();
        assertThat(report.at("/ratios/cpu_ms_per_job").asDouble()).isPositive();
    }

    @Test
    void aBucketMayBeFartherAway() throws Exception {
        CommandRun run = bench(
                "--jobs=3", "--warm-up=0", "--threads=1", "--steps=2", "--size=64", "--bucket-latency=400", "--json");

        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode report = new ObjectMapper().readTree(run.out());
        assertThat(report.get("bucket_latency_ms").intValue()).isEqualTo(400);
        assertThatItWaitedForItsBucket(report.get("worker"));
    }

    /** Between a job's start and its end are its picture and its manifest at least, one after the other. */
    private static void assertThatItWaitedForItsBucket(JsonNode run) {
        assertThat(run.at("/run_ms/p50").asLong()).isGreaterThanOrEqualTo(2 * 400);
    }

    @Test
    void neitherOfTwoWorkersIsAlwaysFirst() throws Exception {
        List<String> turns = new ArrayList<>();

        WorkerBench.takeTurns(3, round -> turns.add("one " + round), round -> turns.add("other " + round));

        assertThat(turns).containsExactly("one 0", "other 0", "other 1", "one 1", "one 2", "other 2");
    }

    @ParameterizedTest
    @CsvSource({"1, 4", "480, 4", "719, 4", "720, 6", "1440, 12"})
    void manyJobsAreMoreTurnsAndEachBeginsAsOften(int jobs, int rounds) {
        assertThat(WorkerBench.longRounds(jobs)).isEqualTo(rounds);
    }

    @Test
    void turnsAreTakenUntilTheTimeIsOverAndOnceAtLeast() throws Exception {
        List<Integer> turns = new ArrayList<>();
        AtomicLong nanos = new AtomicLong(7);

        WorkerBench.repeat(Duration.ZERO, nanos::get, turns::add);
        assertThat(turns).containsExactly(0);

        WorkerBench.repeat(Duration.ofNanos(25), () -> nanos.getAndAdd(10), turns::add);
        assertThat(turns).containsExactly(0, 0, 1, 2);
    }

    private static void assertThatItIsMeasured(JsonNode run) {
        double images = run.get("images_per_s").asDouble();
        double wall = run.get("wall_s").asDouble();
        assertThat(images * wall).isCloseTo(3, within(1e-3 * (images + wall))); // both have three digits
        double busy = run.get("device_busy").asDouble() * wall;
        assertThat(busy).isGreaterThan(0).isLessThanOrEqualTo(wall + TWO_CLOCKS);
        assertThat(run.get("cpu_ms_per_job").asDouble()).isPositive();
        for (String time : List.of("queue_ms", "run_ms", "total_ms")) {
            JsonNode percentiles = run.get(time);
            assertThat(percentiles.get("p50").asLong()).isNotNegative();
            assertThat(percentiles.get("p95").asLong())
                    .isBetween(
                            percentiles.get("p50").asLong(),
                            percentiles.get("p99").asLong());
        }
        assertThat(run.at("/total_ms/p99").asLong())
                .isGreaterThanOrEqualTo(run.at("/run_ms/p50").asLong());
    }

    @Test
    void jobsThatDoNotEndInTimeAreNoMeasurement() {
        CommandRun run = bench("--jobs=2", "--warm-up=0", "--arrivals=poisson:0.001", "--timeout=PT1S");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("2 of 2 jobs had not ended", "--timeout").doesNotContain("\tat ");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void serversThatAreNotThereAreNamed() {
        CommandRun run = CommandRun.run(
                "bench", "--jobs=1", "--model=" + TestStack.MODELS.resolve("shapes"), "--embedded=no/such.jar");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("no/such.jar", "--embedded").doesNotContain("\tat ");
    }

    private static CommandRun bench(String... options) {
        List<String> arguments = new ArrayList<>(List.of(
                "bench",
                "--model=" + TestStack.MODELS.resolve("shapes"),
                "--embedded=" + System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))));
        arguments.addAll(List.of(options));
        return CommandRun.run(arguments.toArray(String[]::new));
    }
}
