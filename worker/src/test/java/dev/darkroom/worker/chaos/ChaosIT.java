package dev.darkroom.worker.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Worker processes that are killed, stopped and cut off while they do thousands of jobs. {@code -Dchaos.seed=} runs a
 * certain plan ({@code random} any), {@code -Dchaos.jobs=} another number of jobs.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "There is no SIGSTOP")
class ChaosIT {
    static final long FIXED_SEED = 20261128;
    static final int FEW_JOBS = 400;

    private static final String SEED = System.getProperty("chaos.seed", Long.toString(FIXED_SEED));
    private static final int JOBS = Integer.getInteger("chaos.jobs", FEW_JOBS);
    private static final Path LOGS = Path.of("target", "chaos");

    @Test
    void everyJobOfAShareGroupEndsOnce() throws Exception {
        run("share", Duration.ofSeconds(3));
    }

    @Test
    void everyJobOfAConsumerGroupEndsOnce() throws Exception {
        run("classic", Duration.ofSeconds(6)); // the shortest session that brokers allow
    }

    private static void run(String delivery, Duration lease) throws Exception {
        long seed = SEED.equals("random") ? new SplittableRandom().nextLong(1_000_000_000) : Long.parseLong(SEED);
        ChaosPlan plan = ChaosPlan.of(seed, JOBS, lease);
        System.out.println(plan.describe());
        try {
            assertThat(problems(plan, delivery, lease)).isEmpty();
        } catch (Exception | AssertionError e) {
            throw new AssertionError(
                    "Chaos with " + delivery + " failed; the same plan again: -Dchaos.seed=" + seed + " -Dchaos.jobs="
                            + JOBS + " (logs: worker/" + LOGS.resolve(delivery) + "): " + e.getMessage(),
                    e);
        }
    }

    private static List<String> problems(ChaosPlan plan, String delivery, Duration lease) throws Exception {
        Path folder = emptied(LOGS.resolve(delivery)).toAbsolutePath();
        try (ChaosStack stack = new ChaosStack(folder, delivery, lease, plan.seed())) {
            ChaosRun.cancelBefore(plan, stack);
            try (ChaosWorkers workers = new ChaosWorkers(folder, stack.environment(), ChaosPlan.WORKERS)) {
                List<SentRecord> sent;
                long seconds;
                try (ChaosRun run = new ChaosRun(plan, stack, workers, delivery)) {
                    sent = run.run();
                    seconds = run.seconds();
                }
                workers.end();
                ChaosVerdict verdict = ChaosVerdict.of(stack, delivery, sent);
                System.out.println("Chaos with " + delivery + ", seed " + plan.seed() + ": " + seconds + " s, "
                        + plan.jobs().size() + " jobs, " + sent.size() + " records, "
                        + plan.faults().size() + " faults, " + workers.started() + " workers, "
                        + stack.bucketWay().resets() + " connections reset; " + verdict.counts());
                return Stream.of(verdict.problems(), workers.problems(), workers.suspiciousLines())
                        .flatMap(List::stream)
                        .toList();
            }
        }
    }

    private static Path emptied(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
        return Files.createDirectories(folder);
    }
}
