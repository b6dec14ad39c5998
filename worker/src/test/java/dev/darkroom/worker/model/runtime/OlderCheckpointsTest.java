package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same weights under names that checkpoints had, or will have, at other times. */
class OlderCheckpointsTest {
    @TempDir
    private Path folder;

    @Test
    void otherNamesOfTheSameWeightsGiveTheSameResults() throws Exception {
        FormulaCheckpoint.of("tiny-sd15").write(folder, DataType.F32);
        rename(
                folder.resolve("vae/diffusion_pytorch_model.safetensors"),
                name -> name.replace(".to_q.", ".query.")
                        .replace(".to_k.", ".key.")
                        .replace(".to_v.", ".value.")
                        .replace(".to_out.0.", ".proj_attn."));
        rename(folder.resolve("text_encoder/model.safetensors"), name -> name.replace("text_model.", ""));
        OnnxModelLoader loader = new OnnxModelLoader(new RuntimeOptions(Device.CPU, 2, Memory.FAST_START));
        try (LoadedModel model = loader.load(ModelFiles.of("older", folder))) {
            Golden vae = Golden.of("tiny-sd15", "vae");
            assertThat(Golden.error(
                            model.vaeDecoder().decode(vae.tensor("decode_2x8x8.latents")),
                            vae.tensor("decode_2x8x8.output")))
                    .isLessThan(5e-5);
            Golden text = Golden.of("tiny-sd15", "text");
            int[][] tokens = text.integers("text_encoder.input_ids");
            assertThat(Golden.error(
                            model.textEncoder().encode(tokens, 0).context(),
                            text.tensor("text_encoder.last_hidden_state")))
                    .isLessThan(2e-5);
        }
    }

    private static void rename(Path path, UnaryOperator<String> newName) throws IOException {
        SafetensorsFile file = SafetensorsFile.open(path);
        Map<SafetensorsWriter.Spec, String> oldNames = new LinkedHashMap<>();
        for (String name : file.names()) {
            TensorEntry entry = file.find(name).orElseThrow();
            oldNames.put(new SafetensorsWriter.Spec(newName.apply(name), entry.type(), entry.shape()), name);
        }
        Path renamed = path.resolveSibling("renamed");
        SafetensorsWriter.write(renamed, oldNames.keySet(), (spec, first, target) -> {
            try {
                int bytes = spec.type().bytes();
                target.put(file.map(oldNames.get(spec)).slice((int) first * bytes, target.remaining()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        Files.delete(path);
        Files.move(renamed, path);
    }
}
