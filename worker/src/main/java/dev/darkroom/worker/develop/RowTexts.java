package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.AddedConditions;
import dev.darkroom.worker.model.Tensor;
import java.util.Optional;
import java.util.function.Function;

/** From the texts of a call's rows to what the UNet takes of them. Stateless. */
final class RowTexts {
    private RowTexts() {}

    /** {@code (rows, tokens, width)}. */
    static Tensor context(Conditioning.Text[] texts, int tokens) {
        Tensor flat = rows(texts, Conditioning.Text::context);
        return new Tensor(flat.data(), texts.length, tokens, flat.rowSize() / tokens);
    }

    /** What Stable Diffusion XL is told besides; empty for others. */
    static Optional<AddedConditions> added(DevelopRequest request, Conditioning.Text[] texts) {
        if (texts[0].pooled().isEmpty()) {
            return Optional.empty();
        }
        Tensor pooled = rows(texts, text -> text.pooled().orElseThrow());
        return Optional.of(new AddedConditions(pooled, timeIds(request, texts.length)));
    }

    /** As diffusers fills them in: nothing was cropped, and the picture is to be what it is. */
    private static Tensor timeIds(DevelopRequest request, int rows) {
        float[] row = {request.height(), request.width(), 0, 0, request.height(), request.width()};
        float[] all = new float[rows * row.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = row[i % row.length];
        }
        return new Tensor(all, rows, row.length);
    }

    private static Tensor rows(Conditioning.Text[] texts, Function<Conditioning.Text, float[]> part) {
        int size = part.apply(texts[0]).length;
        float[] all = new float[texts.length * size];
        for (int row = 0; row < texts.length; row++) {
            System.arraycopy(part.apply(texts[row]), 0, all, row * size, size);
        }
        return new Tensor(all, texts.length, size);
    }
}
