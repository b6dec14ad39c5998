package dev.darkroom.worker.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * What {@code bench --jobs} prints.
 *
 * @param worker with the settings that were asked for
 * @param baseline the same jobs with other settings
 */
public record BenchReport(Conditions conditions, Run worker, Optional<Run> baseline) {
    /**
     * What all runs have in common.
     *
     * @param model its id
     * @param device as a setting
     * @param threads of an inference
     * @param memoryMode as a setting
     * @param determinism as a setting
     * @param warmUp jobs before those that count, where their number was given
     * @param bucketLatency by which the bucket was made to answer later
     */
    public record Conditions(
            String model,
            String device,
            int threads,
            String memoryMode,
            String determinism,
            int jobs,
            Optional<Integer> warmUp,
            String arrivals,
            Optional<Integer> size,
            Optional<Integer> steps,
            long seed,
            Duration bucketLatency) {}

    /**
     * One run's setting and what came of it.
     *
     * @param name what it is called in the report
     * @param slots the setting as it was given: how many jobs of a lane at a time, or 0
     */
    public record Run(String name, String slots, Figures figures) {}

    /** One object; what was not asked for is absent. */
    public ObjectNode json() {
        ObjectNode report = JsonNodeFactory.instance
                .objectNode()
                .put("model", conditions.model())
                .put("device", conditions.device())
                .put("threads", conditions.threads())
                .put("memory_mode", conditions.memoryMode())
                .put("determinism", conditions.determinism())
                .put("jobs", conditions.jobs())
                .put("arrivals", conditions.arrivals())
                .put("seed", conditions.seed())
                .put("bucket_latency_ms", conditions.bucketLatency().toMillis());
        conditions.warmUp().ifPresent(jobs -> report.put("warm_up", jobs));
        conditions.size().ifPresent(size -> report.put("size", size));
        conditions.steps().ifPresent(steps -> report.put("steps", steps));
        report.set(worker.name(), json(worker));
        baseline.ifPresent(other -> {
            report.set(other.name(), json(other));
            report.putObject("ratios")
                    .put("images_per_s", rounded(throughputRatio(other)))
                    .put("total_ms_p95", rounded(totalRatio(other)))
                    .put(
                            "cpu_ms_per_job",
                            rounded(worker.figures().cpuMillisPerJob()
                                    / other.figures().cpuMillisPerJob()));
        });
        return report;
    }

    private static ObjectNode json(Run run) {
        Figures figures = run.figures();
        ObjectNode node = JsonNodeFactory.instance
                .objectNode()
                .put("slots", run.slots())
                .put("wall_s", rounded(figures.wall().toMillis() / 1e3))
                .put("images_per_s", rounded(figures.imagesPerSecond()))
                .put("device_busy", rounded(figures.deviceBusy()));
        put(node, "queue_ms", figures.queue());
        put(node, "run_ms", figures.run());
        put(node, "total_ms", figures.total());
        return node.put("cpu_ms_per_job", rounded(figures.cpuMillisPerJob()));
    }

    private static void put(ObjectNode node, String name, Percentiles percentiles) {
        node.putObject(name)
                .put("p50", percentiles.p50())
                .put("p95", percentiles.p95())
                .put("p99", percentiles.p99());
    }

    /** A table: a column for each run, and one for how they compare. */
    public void print(PrintWriter out) {
        printConditions(out);
        out.println();
        line(
                out,
                "",
                baseline.map(other -> List.of(worker.name(), other.name(), "ratio"))
                        .orElse(List.of(worker.name())));
        row(out, "slots", Run::slots, other -> "");
        row(out, "images/s", run -> text(run.figures().imagesPerSecond()), other -> text(throughputRatio(other)));
        row(out, "device busy", run -> text(run.figures().deviceBusy()), other -> "");
        row(out, "queue ms", run -> text(run.figures().queue()), other -> "");
        row(out, "run ms", run -> text(run.figures().run()), other -> "");
        row(out, "total ms", run -> text(run.figures().total()), other -> text(totalRatio(other)) + " (p95)");
        row(
                out,
                "CPU ms per job",
                run -> text(run.figures().cpuMillisPerJob()),
                other -> text(
                        worker.figures().cpuMillisPerJob() / other.figures().cpuMillisPerJob()));
        out.println();
        out.println("queue, run, total: p50 / p95 / p99. CPU: this whole process, inference included; broker and"
                + " bucket have their own.");
        out.flush();
    }

    private void printConditions(PrintWriter out) {
        line(
                out,
                "model",
                List.of(conditions.model() + ", " + conditions.device() + ", " + conditions.threads()
                        + " threads, memory-mode " + conditions.memoryMode() + ", " + conditions.determinism()));
        line(
                out,
                "pictures",
                List.of(conditions.size().map(size -> size + "x" + size).orElse("native size") + ", "
                        + conditions.steps().map(steps -> steps + " steps").orElse("the scheduler's steps")));
        line(
                out,
                "jobs",
                List.of(conditions.jobs() + " after "
                        + conditions.warmUp().map(String::valueOf).orElse("a while of others") + ", arrivals "
                        + conditions.arrivals() + ", seed " + conditions.seed()));
        if (!conditions.bucketLatency().isZero()) {
            line(out, "bucket", List.of(conditions.bucketLatency().toMillis() + " ms farther away"));
        }
    }

    private void row(PrintWriter out, String name, Function<Run, String> cell, Function<Run, String> ratio) {
        List<String> cells = new ArrayList<>(List.of(cell.apply(worker)));
        baseline.ifPresent(other -> {
            cells.add(cell.apply(other));
            cells.add(ratio.apply(other));
        });
        line(out, name, cells);
    }

    private static void line(PrintWriter out, String name, List<String> cells) {
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-16s", name));
        cells.forEach(cell -> line.append(String.format(Locale.ROOT, "%-24s", cell)));
        out.println(line.toString().stripTrailing());
    }

    private double throughputRatio(Run other) {
        return worker.figures().imagesPerSecond() / other.figures().imagesPerSecond();
    }

    private double totalRatio(Run other) {
        return (double) worker.figures().total().p95() / other.figures().total().p95();
    }

    private static String text(Percentiles percentiles) {
        return percentiles.p50() + " / " + percentiles.p95() + " / " + percentiles.p99();
    }

    private static String text(double number) {
        return String.format(Locale.ROOT, "%.2f", number);
    }

    private static double rounded(double number) {
        return Math.round(number * 1e3) / 1e3;
    }
}
