package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.checkpoint.ConfigFile;
import dev.darkroom.worker.model.checkpoint.SafetensorsSource;
import dev.darkroom.worker.model.checkpoint.UnetConfig;
import dev.darkroom.worker.model.graph.GraphForm;
import dev.darkroom.worker.model.graph.GuidanceEmbedding;
import dev.darkroom.worker.model.graph.Sinusoid;
import dev.darkroom.worker.model.graph.UnetGraph;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A UNet that takes its guidance in is one that does not, at another point of its sinusoid. */
class DistilledUnetTest {
    private static final RuntimeOptions OPTIONS = new RuntimeOptions(Device.CPU, 2, Memory.FAST_START);
    private static final String PROJECTION = "time_embedding.cond_proj.weight";
    private static final int WIDTH = 64;
    private static final float[] TIMESTEPS = {999, 481.37f};
    private static final float[] SCALES = {8.5f, 1.5f};

    @TempDir
    private Path folder;

    private UnetConfig plain;
    private Tensor latents;
    private Tensor context;

    @BeforeEach
    void write() throws Exception {
        FormulaCheckpoint.of("tiny-sd15")
                .writeComponent(
                        folder,
                        "unet",
                        DataType.F32,
                        new SafetensorsWriter.Spec(PROJECTION, DataType.F32, List.of(32L, (long) WIDTH)));
        Path config = folder.resolve("config.json");
        plain = UnetConfig.read(ConfigFile.read(config));
        String json = Files.readString(config);
        Files.writeString(config, json.replaceFirst("\\{", "{\"time_cond_proj_dim\": " + WIDTH + ","));
        Golden golden = Golden.of("tiny-sd15", "unet");
        latents = golden.tensor("float4_2x8x16.sample");
        context = golden.tensor("encoder_hidden_states", 2);
    }

    @Test
    void itsGuidanceIsProjectedOntoTheSinusoid() throws Exception {
        try (Unet unet =
                new OnnxModelLoader(OPTIONS).loadUnet(folder, Optional.empty()).unet()) {
            Tensor predicted = unet.predict(rows(Optional.of(SCALES)));
            assertThat(Golden.error(predicted, predictedAt(conditioned()))).isLessThan(2e-5);
            Tensor otherwise = unet.predict(rows(Optional.of(new float[] {8.5f, 2.5f})));
            assertThat(otherwise.row(0)).isEqualTo(predicted.row(0));
            assertThat(Golden.error(otherwise, predicted)).isGreaterThan(1e-2);
        }
    }

    @Test
    void itDoesNotRunWithoutAndOthersNotWith() throws Exception {
        try (Unet unet =
                new OnnxModelLoader(OPTIONS).loadUnet(folder, Optional.empty()).unet()) {
            assertThatThrownBy(() -> unet.predict(rows(Optional.empty())))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("needs a guidance");
        }
        SafetensorsSource weights = SafetensorsSource.open(folder, OnnxModelLoader.UNET_WEIGHTS);
        try (Unet unet = WholeUnet.load(plain, UnetGraph.build(plain, weights, GraphForm.CPU), OPTIONS)) {
            assertThatThrownBy(() -> unet.predict(rows(Optional.of(SCALES))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("takes no guidance");
        }
    }

    private UnetRows rows(Optional<float[]> guidance) {
        return new UnetRows(latents, TIMESTEPS, context, Optional.empty(), guidance);
    }

    /** Sinusoid + W * embedding. */
    private float[] conditioned() throws Exception {
        float[] time = new Sinusoid(plain.time()).of(TIMESTEPS);
        float[] embedded = new GuidanceEmbedding(WIDTH).of(SCALES);
        float[] matrix = SafetensorsFile.open(folder.resolve(OnnxModelLoader.UNET_WEIGHTS))
                .floats(PROJECTION);
        int frequencies = matrix.length / WIDTH;
        for (int row = 0; row < SCALES.length; row++) {
            for (int i = 0; i < frequencies; i++) {
                double sum = 0;
                for (int k = 0; k < WIDTH; k++) {
                    sum += (double) matrix[i * WIDTH + k] * embedded[row * WIDTH + k];
                }
                time[row * frequencies + i] += (float) sum;
            }
        }
        return time;
    }

    /** What the plain network makes of a sinusoid. */
    private Tensor predictedAt(float[] time) throws Exception {
        SafetensorsSource weights = SafetensorsSource.open(folder, OnnxModelLoader.UNET_WEIGHTS);
        int rows = TIMESTEPS.length;
        try (Network network = Network.load(
                UnetGraph.build(plain, weights, GraphForm.CPU),
                OPTIONS,
                UnetGraph.PREDICTION,
                inputs -> new Shape(inputs.head().getShape().getShape()))) {
            return network.predict(
                    new ToTensor<float[]>() {
                        @Override
                        NDList inputs(NDManager manager, float[] input) {
                            return new NDList(
                                    array(manager, UnetGraph.SAMPLE, latents),
                                    array(manager, UnetGraph.TIME, input, rows, input.length / rows),
                                    array(manager, UnetGraph.CONTEXT, context));
                        }
                    },
                    time);
        }
    }
}
