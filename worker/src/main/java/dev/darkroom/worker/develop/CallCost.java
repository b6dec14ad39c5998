package dev.darkroom.worker.develop;

/**
 * What a call of the UNet takes of its device, in microseconds: as measured where its model was timed. Else a pixel of a row
 * counts as one, so that models which nobody timed have calls in proportion to their pixels. A call without the deep part counts
 * as a tenth, which is what it takes with a UNet of Stable Diffusion 1.5's size. Stateless.
 */
final class CallCost {
    /** Longer than any step may take; whatever is paid can be added up. */
    private static final long MOST = 1_000_000_000;

    private static final int SHALLOW_CALLS_OF_A_WHOLE_ONE = 10;

    private CallCost() {}

    /** Of a call of pictures like a job's, with so many rows: at least 1. */
    static long of(DevelopRequest request, int rows) {
        int width = request.width();
        int height = request.height();
        long cost = request.model()
                .callTimes()
                .map(times -> times.expected(rows, width, height).toNanos() / 1000)
                .orElse((long) rows * width * height);
        return Math.max(1, Math.min(MOST, cost));
    }

    /** The same without the UNet's deep part: at least 1. */
    static long ofShallow(DevelopRequest request, int rows) {
        return Math.max(1, of(request, rows) / SHALLOW_CALLS_OF_A_WHOLE_ONE);
    }
}
