package dev.darkroom.worker.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileKindTest {
    @TempDir
    private Path folder;

    @Test
    void vectorsAreATextualInversion() throws Exception {
        assertThat(kind(spec("emb_params", DataType.F16, 75, 8))).isEqualTo(FileKind.EMBEDDING);
        assertThat(kind(spec("<cat-toy>", DataType.F32, 8))).isEqualTo(FileKind.EMBEDDING);
        assertThat(kind(spec("clip_g", DataType.BF16, 2, 8), spec("clip_l", DataType.BF16, 2, 4)))
                .isEqualTo(FileKind.EMBEDDING);
    }

    /** A file that a folder takes for one is read for every model: what can be none must not be in the way of them. */
    @Test
    void anotherSingleTensorIsNone() throws Exception {
        assertThat(kind(spec("step", DataType.I64))).isEqualTo(FileKind.MODEL);
        assertThat(kind(spec("scale", DataType.F32))).isEqualTo(FileKind.MODEL);
        assertThat(kind(spec("ids", DataType.I64, 1, 77))).isEqualTo(FileKind.MODEL);
        assertThat(kind(spec("weight", DataType.F32, 76, 8))).isEqualTo(FileKind.MODEL);
        assertThat(kind(spec("clip_g", DataType.F32, 2, 8), spec("clip_l", DataType.I64, 2, 4)))
                .isEqualTo(FileKind.MODEL);
    }

    private FileKind kind(SafetensorsWriter.Spec... tensors) throws Exception {
        Path file = folder.resolve("file.safetensors");
        SafetensorsWriter.write(file, List.of(tensors), (spec, first, target) -> target.position(target.limit()));
        return FileKind.of(file);
    }

    private static SafetensorsWriter.Spec spec(String name, DataType type, long... shape) {
        return new SafetensorsWriter.Spec(
                name, type, Arrays.stream(shape).boxed().toList());
    }
}
