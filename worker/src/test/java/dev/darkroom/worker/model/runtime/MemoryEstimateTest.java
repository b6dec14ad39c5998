package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.checkpoint.Checkpoint;
import dev.darkroom.worker.model.graph.GraphForm;
import dev.darkroom.worker.model.safetensors.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryEstimateTest {
    private static final long WORKING_SET = 64 << 20;
    private static final NetworkForms WIDE = forms(GraphForm.CPU);
    private static final NetworkForms NARROW = forms(GraphForm.CUDA_FLOAT16);

    @TempDir
    private Path folder;

    private static NetworkForms forms(GraphForm all) {
        return new NetworkForms(all, all, all);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-sd15", "tiny-sdxl"})
    void weightsCountInThePrecisionThatTheyAreComputedWith(String id) throws Exception {
        Path wide = folder.resolve("wide");
        Path narrow = folder.resolve("narrow");
        FormulaCheckpoint.of(id).write(wide, DataType.F32);
        FormulaCheckpoint.of(id).write(narrow, DataType.F16);
        long weights = MemoryEstimate.of(Checkpoint.open(wide).summary(), WIDE) - WORKING_SET;

        assertThat(weights).isCloseTo(weightBytes(wide), withinPercentage(5));
        assertThat(MemoryEstimate.of(Checkpoint.open(narrow).summary(), WIDE) - WORKING_SET)
                .isEqualTo(weights);
        assertThat(MemoryEstimate.of(Checkpoint.open(wide).summary(), NARROW) - WORKING_SET)
                .isEqualTo(weights / 2);
        assertThat(MemoryEstimate.of(Checkpoint.open(narrow).summary(), NARROW) - WORKING_SET)
                .isEqualTo(weights / 2);
    }

    /** It works on the largest pictures of all networks, and stays in float32 on a card. */
    @Test
    void theVaeOfXlCountsInFloat32() throws Exception {
        FormulaCheckpoint.of("tiny-sdxl").write(folder, DataType.F16);
        Checkpoint checkpoint = Checkpoint.open(folder);
        NetworkForms forms =
                NetworkForms.of(RuntimeOptions.Device.CUDA, Optional.empty(), checkpoint.family(), checkpoint.vae());
        assertThat(MemoryEstimate.of(checkpoint.summary(), forms) - MemoryEstimate.of(checkpoint.summary(), NARROW))
                .isEqualTo(checkpoint.summary().components().get(3).parameters() * Short.BYTES);
    }

    @Test
    void theCpuComputesInFloat32WhateverIsAskedFor() throws Exception {
        FormulaCheckpoint.of("tiny-sd15").write(folder, DataType.F16);
        OnnxModelLoader loader =
                new OnnxModelLoader(new RuntimeOptions(RuntimeOptions.Device.CPU, 1, RuntimeOptions.Memory.FAST_START));
        ModelFiles files = ModelFiles.of("tiny", folder);
        assertThat(loader.memory(files.in(Precision.FP16))).isEqualTo(loader.memory(files));
    }

    /** Only with several threads and in the mode whose bits are the same on any number of them. */
    @Test
    void aSmallUnetCountsTwiceWhereItIsThereTwice() throws Exception {
        FormulaCheckpoint.of("tiny-sd15").write(folder, DataType.F16);
        long unet = Checkpoint.open(folder).summary().parametersOf("unet");
        assertThat(memory(1, RuntimeOptions.Memory.STEADY)).isEqualTo(memory(2, RuntimeOptions.Memory.FAST_START));
        assertThat(memory(2, RuntimeOptions.Memory.STEADY) - memory(1, RuntimeOptions.Memory.STEADY))
                .isEqualTo(unet * Float.BYTES);
    }

    private long memory(int threads, RuntimeOptions.Memory memory) throws Exception {
        return new OnnxModelLoader(new RuntimeOptions(RuntimeOptions.Device.CPU, threads, memory))
                .memory(ModelFiles.of("tiny", folder));
    }

    /** Two bytes for a number of the UNet, beside text encoder and VAE in float32. */
    @Test
    void aUnetInBytesCountsHalf() throws Exception {
        assumeTrue(ByteProducts.areExact(), "this processor cuts off sums of bytes, so int8 runs in float32");
        FormulaCheckpoint.of("tiny-sd15").write(folder, DataType.F16);
        OnnxModelLoader loader =
                new OnnxModelLoader(new RuntimeOptions(RuntimeOptions.Device.CPU, 1, RuntimeOptions.Memory.FAST_START));
        ModelFiles files = ModelFiles.of("tiny", folder);
        long unet = Checkpoint.open(folder).summary().components().get(1).parameters();
        assertThat(loader.memory(files) - loader.memory(files.in(Precision.INT8)))
                .isEqualTo(unet * (Float.BYTES - Short.BYTES));
    }

    @Test
    void bytesAreRefusedOnCudaAndTheModelIsNamed() throws Exception {
        FormulaCheckpoint.of("tiny-sd15").write(folder, DataType.F16);
        OnnxModelLoader loader = new OnnxModelLoader(
                new RuntimeOptions(RuntimeOptions.Device.CUDA, 1, RuntimeOptions.Memory.FAST_START));
        ModelFiles files = ModelFiles.of("tiny", folder).in(Precision.INT8);
        assertThatThrownBy(() -> loader.memory(files))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll("tiny", "int8 is for the CPU", "fp16 and fp32");
        assertThatThrownBy(() -> loader.load(files)).isInstanceOf(UnsupportedModelException.class);
    }

    @Test
    void thisMachineHasMemory() throws Exception {
        assertThat(DeviceMemory.total(RuntimeOptions.Device.CPU))
                .isGreaterThanOrEqualTo(Runtime.getRuntime().maxMemory());
    }

    /** All weights are read, and headers are small. */
    private static long weightBytes(Path checkpoint) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.walk(checkpoint)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".safetensors"))
                    .toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }
}
