package dev.darkroom.worker;

import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** A textual inversion for the demo model: nobody trained it, but it changes pictures. */
final class DemoEmbedding {
    private static final long WIDTH = 128;
    private static final long VECTORS = 2;

    private DemoEmbedding() {}

    /** Writes one whose numbers follow from a seed; its word is the file's name. */
    static Path write(Path file, long seed) throws IOException {
        Random random = new Random(seed);
        return write(file, WIDTH, () -> (float) random.nextGaussian() * 0.5f);
    }

    /** Writes one that cannot be used: its numbers are none. */
    static Path notNumbers(Path file) throws IOException {
        return write(file, WIDTH, () -> Float.NaN);
    }

    private static Path write(Path file, long width, FloatSource values) throws IOException {
        SafetensorsWriter.write(
                file,
                List.of(new SafetensorsWriter.Spec("emb_params", DataType.F32, List.of(VECTORS, width))),
                (spec, first, target) -> {
                    while (target.hasRemaining()) {
                        target.putFloat(values.next());
                    }
                });
        return file;
    }

    private interface FloatSource {
        float next();
    }
}
