package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.darkroom.worker.model.DeepFeatures;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.FormulaLora;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.LoraFile;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.checkpoint.Adaptation;
import dev.darkroom.worker.model.checkpoint.Checkpoint;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import dev.darkroom.worker.model.safetensors.DataType;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LoRAs in the other forms that a UNet has: from weights of 16 bits, in bytes, without its deep part. */
class LoraFormsTest {
    private static final String ID = "tiny-sd15";

    @TempDir
    private static Path folder;

    private static List<LoraFile> loras;
    private static UnetRows rows;
    private static Tensor expected;

    @BeforeAll
    static void write() throws Exception {
        FormulaCheckpoint.of(ID).write(folder.resolve("F32"), DataType.F32);
        FormulaCheckpoint.of(ID).write(folder.resolve("F16"), DataType.F16);
        loras = List.of(FormulaLora.of(ID + "/kohya-locon").write(folder.resolve("lora.safetensors"), 0.6));
        Golden golden = Golden.unpacked(ID, "lora", folder);
        Tensor text = golden.tensor("kohya-locon.0.6.encoder_hidden_states");
        rows = new UnetRows(golden.tensor("none.sample"), new float[] {801, 121}, Tensor.stack(List.of(text, text)));
        expected = golden.tensor("kohya-locon.0.6.unet");
    }

    @Test
    void weightsOf16BitsAreWidenedBeforeTheChange() throws Exception {
        try (LoadedModel model = load("F16", Precision.FP32)) {
            assertThat(Golden.error(model.unet().predict(rows), expected)).isBetween(1e-5, 1e-2);
        }
    }

    @Test
    void theChangeIsQuantisedWithTheWeight() throws Exception {
        assumeTrue(ByteProducts.areExact(), "this processor cuts off sums of bytes, so int8 runs in float32");
        for (String type : List.of("F32", "F16")) {
            try (LoadedModel model = load(type, Precision.INT8)) {
                assertThat(model.description().precision()).isEqualTo(Precision.INT8);
                assertThat(Golden.error(model.unet().predict(rows), expected)).isBetween(1e-4, 0.4);
            }
        }
    }

    @Test
    void withoutItsDeepPartTheUnetIsChangedToo() throws Exception {
        try (LoadedModel model = load("F32", Precision.FP32)) {
            DeepFeatures deep = model.unet().deepFeatures().orElseThrow();
            DeepFeatures.Prediction whole = deep.predict(rows, new Interruption());
            assertThat(Golden.error(whole.prediction(), expected)).isLessThan(5e-5);
            Tensor shallow = deep.predictFrom(whole.features(), rows, new Interruption());
            assertThat(Golden.error(shallow, expected)).isLessThan(5e-5);
        }
    }

    @Test
    void whileTheyAreMergedChangedWeightsAreInMemoryOnceMore() throws Exception {
        OnnxModelLoader loader = loader();
        ModelFiles plain = ModelFiles.of(ID, folder.resolve("F32"));
        assertThat(loader.loadingMemory(plain)).isEqualTo(loader.memory(plain));
        ModelFiles changed = plain.with(loras);
        assertThat(loader.memory(changed)).isEqualTo(loader.memory(plain));
        long more = loader.loadingMemory(changed) - loader.memory(changed);
        long numbers = Adaptation.of(Checkpoint.open(changed), loras).parameters();
        assertThat(more).isEqualTo(4 * numbers).isPositive();

        List<LoraFile> other =
                List.of(FormulaLora.of("tiny-sdxl/kohya-sgm").write(folder.resolve("xl.safetensors"), 1));
        assertThatThrownBy(() -> loader.loadingMemory(plain.with(other)))
                .as("found before other models make room")
                .isInstanceOf(UnsupportedModelException.class);
    }

    /** Of a float32 file, in the mode that maps it; the changed weights are each set's own. */
    @Test
    void setsShareTheWeightsThatTheyDoNotChange() throws Exception {
        OnnxModelLoader loader = loader();
        ModelFiles plain = ModelFiles.of(ID, folder.resolve("F32"));
        long weights = Checkpoint.open(plain).summary().components().stream()
                .mapToLong(component -> Float.BYTES * component.parameters())
                .sum();
        assertThat(loader.sharedMemory(plain)).isEqualTo(weights).isLessThan(loader.memory(plain));
        long numbers = Adaptation.of(Checkpoint.open(plain), loras).parameters();
        assertThat(loader.sharedMemory(plain.with(loras))).isEqualTo(weights - Float.BYTES * numbers);

        assertThat(loader.sharedMemory(ModelFiles.of(ID, folder.resolve("F16"))))
                .as("widened")
                .isZero();
        OnnxModelLoader steady = new OnnxModelLoader(new RuntimeOptions(Device.CPU, 2, Memory.STEADY));
        assertThat(steady.sharedMemory(plain)).as("copied").isZero();
        OnnxModelLoader cuda = new OnnxModelLoader(new RuntimeOptions(Device.CUDA, 2, Memory.FAST_START));
        assertThat(cuda.sharedMemory(plain)).as("on the card").isZero();
        assumeTrue(ByteProducts.areExact(), "this processor cuts off sums of bytes, so int8 runs in float32");
        long unet = Checkpoint.open(plain).summary().components().get(1).parameters();
        assertThat(loader.sharedMemory(plain.in(Precision.INT8))).isEqualTo(weights - Float.BYTES * unet);
    }

    private static LoadedModel load(String type, Precision precision) throws Exception {
        return loader().load(
                        ModelFiles.of(ID, folder.resolve(type)).in(precision).with(loras));
    }

    private static OnnxModelLoader loader() {
        return new OnnxModelLoader(new RuntimeOptions(Device.CPU, 2, Memory.FAST_START));
    }
}
