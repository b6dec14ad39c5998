package dev.darkroom.worker.logging;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.TraceContext;
import dev.darkroom.worker.ops.BegunJob;
import dev.darkroom.worker.ops.JobWatch;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * One line for each stage of a delivery, when the stage has ended: {@code taken}, {@code prepared}, {@code denoised},
 * {@code decoded}, {@code encoded}, {@code uploaded}, {@code settled}, with the job's id and its trace's. There are such
 * lines where the log is JSON; for people there are fewer. Safe for use by several threads.
 */
public final class StageLog implements JobWatch {
    static final String LOGGER = "dev.darkroom.worker.stages";

    private static final Logger log = LoggerFactory.getLogger(LOGGER);

    private final TraceContext trace;
    private final LongSupplier nanoTime;
    private final ReentrantLock lock = new ReentrantLock(); // guards all below
    private final Map<Stage, Long> nanos = new EnumMap<>(Stage.class); // of the stages that nothing was said of yet
    private Optional<String> id = Optional.empty();
    private Stage stage = Stage.TAKEN;
    private long since;
    private boolean over;

    /** The stages by how they are told; those of a picture are told together, once all pictures are through them. */
    private enum Stage {
        TAKEN("admit"),
        PREPARED("prepare"),
        DENOISED("denoise"),
        DECODED("decode"),
        ENCODED("encode"),
        UPLOADED("upload"),
        SETTLED("settle");

        private final String phase;

        Stage(String phase) {
            this.phase = phase;
        }

        boolean isOfAPicture() {
            return this == DECODED || this == ENCODED;
        }

        static Optional<Stage> of(String phase) {
            for (Stage stage : values()) {
                if (stage.phase.equals(phase)) {
                    return Optional.of(stage);
                }
            }
            return Optional.empty();
        }
    }

    /**
     * Begins with a delivery that was just taken.
     *
     * @param trace that the job belongs to
     */
    public StageLog(TraceContext trace, LongSupplier nanoTime) {
        this.trace = trace;
        this.nanoTime = nanoTime;
        this.since = nanoTime.getAsLong();
    }

    /** Whether anybody wants such lines. */
    public static boolean isOn() {
        return log.isInfoEnabled();
    }

    @Override
    public void identified(String jobId) {
        locked(() -> id = Optional.of(jobId));
        JobLog.identified(jobId);
    }

    @Override
    public void begins(BegunJob job) {}

    @Override
    public void stepped(int done) {}

    @Override
    public void enters(String phase) {
        locked(() -> Stage.of(phase).filter(next -> next != stage && !over).ifPresent(this::enter));
    }

    private void enter(Stage next) {
        pass();
        if (!next.isOfAPicture()) {
            tell();
        }
        stage = next;
    }

    /** The stage that runs has ended, or one of its pictures is through it. */
    private void pass() {
        long now = nanoTime.getAsLong();
        nanos.merge(stage, now - since, Long::sum);
        since = now;
    }

    private void tell() {
        nanos.forEach((done, time) -> line(done).log("{} in {} ms", name(done), TimeUnit.NANOSECONDS.toMillis(time)));
        nanos.clear();
    }

    private LoggingEventBuilder line(Stage done) {
        LoggingEventBuilder line = log.atLevel(Level.INFO)
                .addKeyValue("stage", name(done))
                .addKeyValue("ms", TimeUnit.NANOSECONDS.toMillis(nanos.getOrDefault(done, 0L)));
        return with("span_id", trace.spanId(), with("trace_id", trace.traceId(), with("job", id, line)));
    }

    private static LoggingEventBuilder with(String key, Optional<String> value, LoggingEventBuilder line) {
        return value.isEmpty() ? line : line.addKeyValue(key, value.get());
    }

    private static String name(Stage stage) {
        return stage.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void uploadFailed() {}

    @Override
    public void ended(JobEvent last, Optional<FailureCode> buried) {
        locked(() -> {
            id = Optional.of(last.jobId());
            settle(last.type());
        });
    }

    @Override
    public void handedBack() {
        locked(() -> settle("handed_back"));
    }

    @Override
    public void leaseLost() {
        locked(() -> settle("lost"));
    }

    private void settle(String outcome) {
        if (over) {
            return;
        }
        over = true;
        pass();
        long time = nanos.getOrDefault(Stage.SETTLED, 0L);
        nanos.remove(Stage.SETTLED);
        tell();
        nanos.put(Stage.SETTLED, time);
        line(Stage.SETTLED).addKeyValue("outcome", outcome).log("settled: {}", outcome);
    }

    @Override
    public void close() {
        handedBack();
    }

    private void locked(Runnable change) {
        lock.lock();
        try {
            change.run();
        } finally {
            lock.unlock();
        }
    }
}
