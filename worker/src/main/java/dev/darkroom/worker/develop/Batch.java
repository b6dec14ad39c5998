package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.DeepFeatures;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnetRows;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The pictures that share one call of the UNet. They belong to one model and have one size, and all or none of them reuse
 * the deep features of an earlier call; each has its own step, scheduler, guidance and text, for a UNet takes a timestep and
 * a text per row.
 */
final class Batch {
    /**
     * What came of a call.
     *
     * @param prediction {@code (rows, 4, h/8, w/8)}
     * @param features the deep part's, a row each, where a picture keeps them
     */
    record Output(Tensor prediction, Optional<Tensor> features) {}

    private final List<Rows> slots = new ArrayList<>();
    private final Interruption interruption = new Interruption();
    private final int maxRows;
    private final CallRules.Filling filling;
    private int taken;

    /** A batch without pictures, for so many rows. */
    Batch(int maxRows) {
        this(maxRows, CallRules.Filling.NONE);
    }

    /** The same, whose call may have more rows than are taken. */
    Batch(int maxRows, CallRules.Filling filling) {
        this.maxRows = maxRows;
        this.filling = filling;
    }

    /** Whether pictures of two jobs can be in one call. */
    static boolean sharesCall(Generation one, Generation other, CallRules rules) {
        DevelopRequest a = one.request();
        DevelopRequest b = other.request();
        return a.model().equals(b.model())
                && rules.share(a.model())
                && a.width() == b.width()
                && a.height() == b.height()
                && one.conditioning().tokens() == other.conditioning().tokens();
    }

    /** Rows of the call, those that nobody has taken among them. */
    int rows() {
        return filling.rows(taken);
    }

    /** Which jobs have how many of them. */
    List<Seat> seats() {
        return generations()
                .map(generation -> new Seat(
                        generation,
                        slots.stream()
                                .filter(slot -> slot.generation() == generation)
                                .mapToInt(Rows::rows)
                                .sum()))
                .toList();
    }

    /** Pictures in it. */
    int pictures() {
        return slots.size();
    }

    /** The job of the first picture. There must be one. */
    Generation leader() {
        return slots.get(0).generation();
    }

    /** The leader's; all have its model and size. */
    DevelopRequest request() {
        return leader().request();
    }

    /** Whether its pictures reuse the deep features of an earlier call. There must be one. */
    boolean reuses() {
        return slots.get(0).reuses();
    }

    /** Adds a picture if there is room for it; the first one always fits. Says whether it did. */
    boolean add(Generation generation, LatentImage image) {
        int needed = generation.rows(image);
        boolean reuses = generation.reuses(image);
        boolean fits =
                slots.isEmpty() || (taken + needed <= maxRows && slots.get(0).reuses() == reuses);
        if (fits) {
            slots.add(new Rows(generation, image, taken, needed, reuses));
            taken += needed;
        }
        return fits;
    }

    /**
     * One call of the UNet, with the rows that each picture's step needs; see {@link DevelopRequest#rowsOfAPicture}.
     * It is interrupted when all jobs in it are cancelled, and never while one is not.
     */
    Output predict() {
        generations().forEach(generation -> generation.onCancel(this::interruptIfAbandoned));
        interruptIfAbandoned(); // a cancel may have come before
        return predictRows();
    }

    /** On the thread of whoever cancels. */
    private void interruptIfAbandoned() {
        if (generations().allMatch(Generation::isCancelled)) {
            interruption.raise();
        }
    }

    /** Ends the call that runs, whoever wants it. */
    void interrupt() {
        interruption.raise();
    }

    private Stream<Generation> generations() {
        return slots.stream().map(Rows::generation).distinct();
    }

    private Output predictRows() {
        Generation first = slots.get(0).generation();
        DevelopRequest request = first.request();
        int channels = request.model().description().unetChannels();
        int height = request.latentHeight();
        int width = request.latentWidth();
        int size = channels * height * width;
        int rows = rows();

        float[] latents = new float[rows * size]; // (rows, channels, h/8, w/8)
        float[] timesteps = new float[rows]; // (rows)
        Conditioning.Text[] texts = new Conditioning.Text[rows];
        slots.forEach(slot -> slot.lay(size, latents, timesteps, texts));
        for (int row = taken; row < rows; row++) { // nobody's: what comes of it is not looked at
            System.arraycopy(latents, 0, latents, row * size, size);
            timesteps[row] = timesteps[0];
            texts[row] = texts[0];
        }
        UnetRows call = new UnetRows(
                new Tensor(latents, rows, channels, height, width),
                timesteps,
                RowTexts.context(texts, first.conditioning().tokens()),
                RowTexts.added(request, texts),
                request.model().description().guidanceEmbedded() ? Optional.of(guidance()) : Optional.empty());
        return predict(request.model().unet(), call);
    }

    private Output predict(Unet unet, UnetRows call) {
        if (reuses()) {
            return new Output(
                    unet.deepFeatures().orElseThrow().predictFrom(features(), call, interruption), Optional.empty());
        }
        if (slots.stream().noneMatch(Rows::keeps)) {
            return new Output(unet.predict(call, interruption), Optional.empty());
        }
        DeepFeatures.Prediction whole = unet.deepFeatures().orElseThrow().predict(call, interruption);
        return new Output(whole.prediction(), Optional.of(whole.features()));
    }

    /** Those that the pictures kept, which may have had a row more than they have now; of rows that are nobody's: any. */
    private Tensor features() {
        List<float[]> all = new ArrayList<>();
        for (Rows slot : slots) {
            List<float[]> kept = slot.image().features();
            all.addAll(kept.subList(kept.size() - slot.rows(), kept.size()));
        }
        int rows = rows();
        float[] flat = new float[rows * all.get(0).length];
        for (int row = 0; row < rows; row++) {
            float[] kept = all.get(Math.min(row, taken - 1));
            System.arraycopy(kept, 0, flat, row * kept.length, kept.length);
        }
        int height = request().latentHeight();
        int width = request().latentWidth();
        return new Tensor(flat, rows, all.get(0).length / (height * width), height, width);
    }

    /** Each row's guidance scale. */
    private float[] guidance() {
        float[] scales = new float[rows()]; // of rows that nobody has taken: none
        for (Rows slot : slots) {
            scales[slot.row()] = (float) slot.generation().request().guidanceScale();
        }
        return scales;
    }

    /** What can be drawn of its pictures' next steps before {@link #step}; see {@link LatentImage#drawAhead}. */
    List<Runnable> drawsAhead() {
        return slots.stream()
                .flatMap(slot -> slot.image().drawAhead(slot.generation().scheduler()).stream())
                .toList();
    }

    /**
     * Takes every picture one step on, by its own scheduler, and tells the jobs. What goes wrong in it, be it numbers that are
     * not finite, a scheduler or a listener that throws, is the failure of its job and of no other, and ends that job's part of
     * the step, unless the job is cancelled and leaves anyway.
     */
    void step(Output output) {
        slots.forEach(slot -> unlessFailed(slot.generation(), () -> step(slot, output)));
        generations().forEach(generation -> unlessFailed(generation, generation::reportStep));
    }

    /** Takes a part of a step that is one job's, unless an earlier part has failed the job. */
    private static void unlessFailed(Generation generation, Runnable part) {
        if (generation.done().isDone()) {
            return;
        }
        try {
            part.run();
        } catch (RuntimeException | Error e) {
            generation.fail(e);
        }
    }

    private static void step(Rows slot, Output output) {
        float[] guided = slot.guided(output.prediction());
        // Looked at by itself, for a scheduler that cuts its sample would hide an infinite number.
        checkFinite(guided, slot, "the UNet's output");
        keepFeatures(slot, output);
        slot.image().advance(slot.generation().scheduler(), guided);
        checkFinite(slot.image().latents(), slot, "the latents");
    }

    private static void keepFeatures(Rows slot, Output output) {
        if (slot.keeps() && output.features().isPresent()) {
            Tensor features = output.features().get();
            slot.image()
                    .keep(IntStream.rangeClosed(slot.row(), slot.promptRow())
                            .mapToObj(features::row)
                            .toList());
        } else if (!slot.keeps()) {
            slot.image().forget();
        }
    }

    static boolean areFinite(float[] numbers) {
        float sum = 0;
        for (float number : numbers) {
            sum += number * 0; // not a number, for one that is infinite or none
        }
        return !Float.isNaN(sum);
    }

    private static void checkFinite(float[] numbers, Rows slot, String what) {
        if (!areFinite(numbers)) {
            Generation generation = slot.generation();
            String where = what + " at step " + slot.image().step() + " of " + generation.steps();
            throw new NonFiniteException(generation.request().model().description(), where);
        }
    }

    /** The call failed: so did every job in it. */
    void fail(Throwable cause) {
        generations().forEach(generation -> generation.fail(cause));
    }
}
