package dev.darkroom.worker.scale;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A thousand workers and a million jobs an hour, by partitions and locks. deploy/README.md has the table. */
class FleetTest {
    private static final Path GUIDE = Path.of("../deploy/README.md");
    private static final int WORKERS = 1000;
    private static final double JOBS_A_SECOND = 1_000_000 / 3600.0;
    private static final double SECONDS = 900;
    private static final long SEED = 7;

    private static final List<Fleet> FLEETS = List.of(
            new Fleet(WORKERS, 1, 2000),
            new Fleet(WORKERS, 1, 4000),
            new Fleet(WORKERS, 2, 4000),
            new Fleet(WORKERS, 3, 4000),
            new Fleet(WORKERS, 5, 2000),
            new Fleet(WORKERS, 6, 2000),
            new Fleet(WORKERS, 10, 2000),
            new Fleet(WORKERS, 50, 2000),
            new Fleet(WORKERS, 200, 2000),
            new Fleet(WORKERS, 1000, 2000));

    @Test
    void theGuideHasTheTable() throws IOException {
        String table = FLEETS.stream().map(FleetTest::row).collect(Collectors.joining("\n", """
                        | partitions | locks of a partition | waited, p50 / p95 / most | workers busy | most jobs out of a partition |
                        |---|---|---|---|---|
                        """, "\n"));
        assertThat(Files.readString(GUIDE).contains(table))
                .as("deploy/README.md has\n" + table)
                .isTrue();
    }

    /** In 40 s as many jobs come to a partition of five as it has locks and 222 more, of six 148 less. */
    @Test
    void aLongJobStopsItsPartitionWhenTheOthersAreAsFarAsThereAreLocks() {
        Fleet.Outcome one = new Fleet(WORKERS, 1, 2000).run(JOBS_A_SECOND, SECONDS, SEED);
        assertThat(one.busy()).isBetween(0.1, 0.2);
        assertThat(one.waited(1)).isGreaterThan(SECONDS / 2);

        Fleet.Outcome five = new Fleet(WORKERS, 5, 2000).run(JOBS_A_SECOND, SECONDS, SEED);
        assertThat(five.waited(0.5)).isGreaterThan(10);
        Fleet.Outcome six = new Fleet(WORKERS, 6, 2000).run(JOBS_A_SECOND, SECONDS, SEED);
        assertThat(six.waited(0.95)).isZero();
        assertThat(six.mostHeld()).isLessThanOrEqualTo(1 + WORKERS / 6);
    }

    @Test
    void morePartitionsThanNeededMakeJobsWait() {
        double ten =
                new Fleet(WORKERS, 10, 2000).run(JOBS_A_SECOND, SECONDS, SEED).waited(0.95);
        double many =
                new Fleet(WORKERS, 200, 2000).run(JOBS_A_SECOND, SECONDS, SEED).waited(0.95);
        double oneEach =
                new Fleet(WORKERS, 1000, 2000).run(JOBS_A_SECOND, SECONDS, SEED).waited(0.95);
        assertThat(ten).isLessThan(many);
        assertThat(many).isLessThan(oneEach);
    }

    private static String row(Fleet fleet) {
        Fleet.Outcome outcome = fleet.run(JOBS_A_SECOND, SECONDS, SEED);
        return String.format(
                Locale.ROOT,
                "| %d | %d | %.1f / %.1f / %.0f s | %.0f %% | %d |",
                fleet.partitions(),
                fleet.locks(),
                outcome.waited(0.5),
                outcome.waited(0.95),
                outcome.waited(1),
                100 * outcome.busy(),
                outcome.mostHeld());
    }
}
