package dev.darkroom.worker.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.graph.ClipTextGraph;
import dev.darkroom.worker.model.graph.GraphForm;
import dev.darkroom.worker.model.graph.UnetGraph;
import dev.darkroom.worker.model.graph.VaeDecoderGraph;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter.Spec;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Valid files whose tensors are not those of a model load, or are refused; nothing else happens. */
class SingleFileFuzzTest {
    private static final int FILES = Integer.getInteger("fuzz.files", 50);
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"tiny-sd15", "tiny-sd21", "tiny-sdxl"})
    void mixedUpTensorsAreRefused(String id) throws Exception {
        List<Spec> specs = FormulaCheckpoint.of(id).singleFile().specs();
        int refused = 0;
        for (int i = 0; i < FILES; i++) {
            long seed = 31L * i + id.hashCode();
            Random random = new Random(seed);
            List<Spec> changed = new ArrayList<>(specs);
            for (int k = random.nextInt(4); k >= 0; k--) {
                change(changed, random);
            }
            Path file = folder.resolve("model.safetensors");
            writeSparse(file, changed);
            refused += refuses(file, seed) ? 1 : 0;
        }
        assertThat(refused).isBetween(FILES / 4, FILES - 1);
    }

    private static boolean refuses(Path file, long seed) {
        boolean[] refused = new boolean[1];
        assertThatCode(() -> {
                    try {
                        Checkpoint opened = Checkpoint.open(file);
                        UnetGraph.build(opened.unet(), opened.unetWeights(), GraphForm.CPU);
                        VaeDecoderGraph.build(opened.vae(), opened.vaeWeights(), GraphForm.CPU);
                        ClipTextGraph.build(
                                opened.textEncoder(),
                                opened.textEncoderWeights(),
                                ClipTextGraph.Output.NORMED,
                                GraphForm.CPU);
                        if (opened.secondText().isPresent()) {
                            Checkpoint.Text text = opened.secondText().get();
                            ClipTextGraph.build(
                                    text.encoder(),
                                    text.weights(),
                                    ClipTextGraph.Output.PLAIN_AND_POOLED,
                                    GraphForm.CPU);
                        }
                    } catch (ModelException e) {
                        assertThat(e).hasMessageContaining(file.getFileName().toString());
                        refused[0] = true;
                    }
                })
                .as("seed %d", seed)
                .doesNotThrowAnyException();
        return refused[0];
    }

    private static void change(List<Spec> specs, Random random) {
        int at = random.nextInt(specs.size());
        Spec spec = specs.get(at);
        switch (random.nextInt(5)) {
            case 0 -> specs.remove(at);
            case 1 -> specs.set(at, new Spec(spec.name() + ".more", spec.type(), spec.shape()));
            case 2 -> specs.set(at, new Spec(spec.name(), DataType.I64, spec.shape()));
            case 3 -> {
                List<Long> shape = new ArrayList<>(spec.shape());
                if (!shape.isEmpty()) {
                    long[] sizes = {0, 1, 3, 64, 65_537};
                    shape.set(random.nextInt(shape.size()), sizes[random.nextInt(sizes.length)]);
                }
                specs.set(at, new Spec(spec.name(), spec.type(), shape));
            }
            default -> {
                List<Long> shape = new ArrayList<>();
                for (int i = random.nextInt(5); i > 0; i--) {
                    shape.add((long) random.nextInt(100));
                }
                specs.set(at, new Spec(spec.name(), spec.type(), shape));
            }
        }
    }

    /** All zeros, which take no room on the disk. */
    private static void writeSparse(Path file, List<Spec> specs) throws IOException {
        ObjectNode header = JSON.createObjectNode();
        long offset = 0;
        for (Spec spec : specs) {
            long end = offset + spec.size() * spec.type().bytes();
            ObjectNode entry = header.putObject(spec.name());
            entry.put("dtype", spec.type().name());
            spec.shape().forEach(entry.putArray("shape")::add);
            entry.putArray("data_offsets").add(offset).add(end);
            offset = end;
        }
        byte[] json = JSON.writeValueAsBytes(header);
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(0);
            out.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(json.length)
                    .array());
            out.write(json);
            out.setLength(8 + json.length + offset);
        }
    }
}
