package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.onnxruntime.platform.Fp16Conversions;
import dev.darkroom.worker.model.NonFiniteModelException;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.checkpoint.SafetensorsSource;
import dev.darkroom.worker.model.graph.ByteLayersGraph;
import dev.darkroom.worker.model.graph.ModelGraph;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layers that multiply bytes, against the same arithmetic in Java. */
class ByteLayersTest {
    private static final int IN = 24;
    private static final int OUT = 70;

    /** An output channel whose weights are all zeros. */
    private static final int EMPTY = 3;

    private final SplittableRandom random = new SplittableRandom(11);

    @TempDir
    private Path folder;

    private float[] weight = {};
    private float[] bias = {};

    @BeforeEach
    void productsAreExact() {
        assumeTrue(ByteProducts.areExact(), "this processor cuts off sums of bytes, so int8 runs in float32");
    }

    @ParameterizedTest
    @CsvSource({"F32,STEADY", "F32,FAST_START", "F16,STEADY", "BF16,FAST_START"})
    void aLinearLayerIsTheSumOfProductsOfBytes(DataType type, Memory memory) throws Exception {
        write(type, "", 0, (long) OUT, (long) IN);
        Tensor x = noise(5, IN);
        ModelGraph graph = ByteLayersGraph.linear(weights(), IN, OUT);
        assertThat(ByteLayersGraph.products(graph)).containsExactly("MatMulIntegerToFloat");

        Tensor y = run(graph, memory, x, new Shape(5, OUT));

        Bytes bytes = Bytes.of(x.data());
        for (int row = 0; row < 5; row++) {
            int[] window = Arrays.copyOfRange(bytes.numbers(), row * IN, (row + 1) * IN);
            for (int out = 0; out < OUT; out++) {
                assertThat(y.data()[row * OUT + out]).isCloseTo(product(window, bytes.scale(), out), within(1e-4f));
            }
        }
    }

    /** All that UNets have: over every pixel, every second one, with and without a margin before the first. */
    @ParameterizedTest
    @CsvSource({"3,1,1,1", "3,2,1,1", "3,2,0,1", "1,1,0,0"})
    void aConvolutionIsTheSumOfProductsOfBytes(int side, int stride, int before, int after) throws Exception {
        write(DataType.F32, "", 0, (long) OUT, (long) IN, (long) side, (long) side);
        int height = 7;
        int width = 10;
        int newHeight = (height + before + after - side) / stride + 1;
        int newWidth = (width + before + after - side) / stride + 1;
        Tensor x = noise(2, IN, height, width);
        ModelGraph graph = ByteLayersGraph.convolution(weights(), IN, OUT, side, stride, before, after);
        assertThat(ByteLayersGraph.products(graph)).containsExactly("MatMulIntegerToFloat");

        Tensor y = run(graph, Memory.STEADY, x, new Shape(2, OUT, newHeight, newWidth));

        Bytes bytes = Bytes.of(x.data());
        int at = 0;
        for (int picture = 0; picture < 2; picture++) {
            for (int out = 0; out < OUT; out++) {
                for (int top = 0; top < newHeight; top++) {
                    for (int left = 0; left < newWidth; left++) {
                        int[] window = new int[IN * side * side];
                        for (int i = 0; i < window.length; i++) {
                            int row = top * stride - before + i / side % side;
                            int column = left * stride - before + i % side;
                            boolean inside = row >= 0 && row < height && column >= 0 && column < width;
                            int channel = picture * IN + i / (side * side);
                            window[i] = inside ? bytes.numbers()[(channel * height + row) * width + column] : 0;
                        }
                        assertThat(y.data()[at++]).isCloseTo(product(window, bytes.scale(), out), within(1e-4f));
                    }
                }
            }
        }
    }

    /** The next layer would make bytes of what is no number, so the model's test picture would not show it. */
    @ParameterizedTest
    @CsvSource({
        "F32,layer.weight,NaN", "F16,layer.weight,Infinity", "BF16,layer.weight,-Infinity",
        "F32,layer.bias,Infinity", "F16,layer.bias,NaN", "BF16,layer.bias,NaN"
    })
    void aWeightThatIsNotFiniteIsRefused(DataType type, String broken, float value) throws Exception {
        write(type, broken, value, (long) OUT, (long) IN);
        ModelGraph graph = ByteLayersGraph.linear(weights(), IN, OUT);

        assertThatThrownBy(() -> run(graph, Memory.STEADY, noise(1, IN), new Shape(1, OUT)))
                .isInstanceOf(NonFiniteModelException.class)
                .hasMessageContaining("weights.safetensors");
    }

    /** Java alone would give it back at some later collection of its own. */
    @Test
    void weightsLeaveNothingInDirectMemory() throws Exception {
        int in = 1 << 18;
        long bytes = (long) in * OUT;
        write(DataType.F16, "", 0, (long) OUT, (long) in);

        BufferPoolMXBean direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .findFirst()
                .orElseThrow();
        System.gc(); // what others in this process have left
        long before = direct.getMemoryUsed();

        run(ByteLayersGraph.linear(weights(), in, OUT), Memory.FAST_START, noise(1, in), new Shape(1, OUT));

        // A thread of Java's frees it, a moment later.
        long most = before + bytes * 3 / 4;
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (direct.getMemoryUsed() > most && System.nanoTime() < end) { // making no garbage itself
            Thread.onSpinWait();
        }
        assertThat(direct.getMemoryUsed()).isLessThanOrEqualTo(most);
    }

    @Test
    void thisProcessorSaysWhetherItsProductsAreExact() {
        assertThat(ByteProducts.largest()).isEqualTo(255 * 127 * 64);
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Bytes(int[] numbers, float scale) {
        /** As ONNX defines DynamicQuantizeLinear; numbers count from zero. */
        static Bytes of(float[] values) {
            float least = 0;
            float greatest = 0;
            for (float value : values) {
                least = Math.min(least, value);
                greatest = Math.max(greatest, value);
            }
            float scale = (greatest - least) / 255;
            int zero = (int) Math.rint(-least / scale);
            int[] numbers = new int[values.length];
            for (int i = 0; i < values.length; i++) {
                int number = (int) Math.rint(values[i] / scale) + zero;
                numbers[i] = Math.max(0, Math.min(255, number)) - zero;
            }
            return new Bytes(numbers, scale);
        }
    }

    private float product(int[] window, float scale, int out) {
        float[] channel = Arrays.copyOfRange(weight, out * window.length, (out + 1) * window.length);
        float greatest = 0;
        for (float value : channel) {
            greatest = Math.max(greatest, Math.abs(value));
        }
        float weightScale = Math.max(greatest, 1e-30f) / 127;
        long sum = 0;
        for (int i = 0; i < window.length; i++) {
            sum += window[i] * (long) Math.rint(channel[i] / weightScale);
        }
        return sum * scale * weightScale + bias[out];
    }

    /** @param broken name of the tensor whose last number is {@code last} */
    private void write(DataType type, String broken, float last, Long... shape) throws Exception {
        SafetensorsWriter.write(
                folder.resolve("weights.safetensors"),
                List.of(
                        new SafetensorsWriter.Spec("layer.weight", type, List.of(shape)),
                        new SafetensorsWriter.Spec("layer.bias", type, List.of((long) OUT))),
                (spec, first, target) -> {
                    long perChannel = spec.size() / OUT;
                    for (long i = first; target.hasRemaining(); i++) {
                        boolean empty = spec.name().equals("layer.weight") && i / perChannel == EMPTY;
                        boolean isLast = spec.name().equals(broken) && i == spec.size() - 1;
                        float value = isLast ? last : (float) random.nextDouble() - 0.4f;
                        put(empty ? 0 : value, type, target);
                    }
                });
        SafetensorsFile file = SafetensorsFile.open(folder.resolve("weights.safetensors"));
        weight = file.floats("layer.weight");
        bias = file.floats("layer.bias");
    }

    private static void put(float value, DataType type, ByteBuffer target) {
        switch (type) {
            case F32 -> target.putFloat(value);
            case F16 -> target.putShort(Fp16Conversions.floatToFp16(value));
            case BF16 -> target.putShort(Fp16Conversions.floatToBf16(value));
            default -> throw new IllegalArgumentException(type.name());
        }
    }

    private SafetensorsSource weights() throws Exception {
        return SafetensorsSource.open(folder, "weights.safetensors");
    }

    private Tensor noise(int... shape) {
        float[] values = new float[Arrays.stream(shape).reduce(1, Math::multiplyExact)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (3 * random.nextDouble() - 1);
        }
        return new Tensor(values, shape);
    }

    private static Tensor run(ModelGraph graph, Memory memory, Tensor x, Shape shape) throws Exception {
        try (Network network =
                Network.load(graph, new RuntimeOptions(Device.CPU, 2, memory), ByteLayersGraph.Y, inputs -> shape)) {
            return network.predict(new Call(), x);
        }
    }

    private static final class Call extends ToTensor<Tensor> {
        @Override
        NDList inputs(NDManager manager, Tensor x) {
            return new NDList(array(manager, ByteLayersGraph.X, x));
        }
    }
}
