package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.CallTimes;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;

/**
 * What a call of the UNet takes of its device, in microseconds: as measured when the model was loaded, for its native size; for
 * others as the calls took that were made for jobs; else as those of another size of the model, by pixels. A call without the
 * deep part counts as a tenth until some were made, which is what it takes with a UNet of Stable Diffusion 1.5's size. Of a
 * model whose calls nobody timed a pixel of a row counts as one, so that its calls are in proportion. Belongs to the loop's
 * thread.
 */
final class CallCost {
    /** Longer than any step may take; whatever is paid can be added up. */
    private static final long MOST = 1_000_000_000;

    private static final int SHALLOW_CALLS_OF_A_WHOLE_ONE = 10;

    private final BySize<TimesOfSize> whole = new BySize<>(TimesOfSize::new);
    private final BySize<TimesOfSize> shallow = new BySize<>(TimesOfSize::new);

    /** The latest that are known of models that nobody timed when they were loaded. */
    private final Map<Object, CallTimes> others = new WeakHashMap<>();

    /** Takes note of a call that was made for jobs. */
    void note(Batch batch, Duration time) {
        DevelopRequest request = batch.request();
        TimesOfSize ofSize = (batch.reuses() ? shallow : whole).of(request);
        ofSize.note(request, batch.rows(), time);
        if (!batch.reuses() && request.model().callTimes().isEmpty()) {
            ofSize.times().ifPresent(times -> others.put(request.model(), times));
        }
    }

    /**
     * How many rows of a call are worth it, of pictures like a job's, or worth a try: never more than so many, and as many
     * with a model that nobody timed when it was loaded.
     */
    int usefulRows(DevelopRequest request, int most) {
        return request.model()
                .callTimes()
                .map(measured -> Math.min(most, usefulRows(request, most, measured)))
                .orElse(most);
    }

    private int usefulRows(DevelopRequest request, int most, CallTimes measured) {
        return measured.isOf(request.width(), request.height())
                ? measured.usefulRows()
                : whole.of(request).usefulRows(measured.usefulRows(request.width(), request.height()), most);
    }

    /** Of a call: at least 1. */
    long of(Batch batch) {
        return batch.reuses() ? ofShallow(batch.request(), batch.rows()) : of(batch.request(), batch.rows());
    }

    /** Of a call of pictures like a job's, with so many rows: at least 1. */
    long of(DevelopRequest request, int rows) {
        int width = request.width();
        int height = request.height();
        return times(request)
                .map(times -> micros(times.expected(rows, width, height)))
                .orElse(bounded((long) rows * width * height));
    }

    private Optional<CallTimes> times(DevelopRequest request) {
        Optional<CallTimes> measured = request.model().callTimes();
        if (measured.isPresent() && measured.get().isOf(request.width(), request.height())) {
            return measured;
        }
        return whole.of(request).times().or(() -> measured).or(() -> Optional.ofNullable(others.get(request.model())));
    }

    /** The same without the UNet's deep part: at least 1. */
    long ofShallow(DevelopRequest request, int rows) {
        return shallow.of(request)
                .times()
                .map(times -> micros(times.expected(rows, request.width(), request.height())))
                .orElseGet(() -> bounded(of(request, rows) / SHALLOW_CALLS_OF_A_WHOLE_ONE));
    }

    private static long micros(Duration time) {
        return bounded(time.toNanos() / 1000);
    }

    private static long bounded(long cost) {
        return Math.max(1, Math.min(MOST, cost));
    }
}
