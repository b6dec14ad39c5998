package dev.darkroom.worker.model.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * Element types and shapes of all values of a graph, for given sizes of its free dimensions, by the rules of the
 * operators. Whatever does not fit fails.
 */
final class TypedValues {
    /** A value; shapes and indices are computed, all else is not. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Typed(ElementType type, long[] shape, Optional<long[]> integers) {
        Typed(ElementType type, long... shape) {
            this(type, shape, Optional.empty());
        }
    }

    private final Map<String, Typed> values = new HashMap<>();

    void define(String name, Typed value) {
        assertThat(values.put(name, value)).as("an earlier value " + name).isNull();
    }

    Typed of(String name) {
        assertThat(values).as("values made before they are used").containsKey(name);
        return values.get(name);
    }

    /** Computes what a node makes. */
    void run(ParsedGraph.Node node) {
        List<Typed> in = node.inputs().stream()
                .map(name -> name.isEmpty() ? new Typed(ElementType.INT64) : of(name))
                .toList();
        if (node.operator().equals("DynamicQuantizeLinear")) {
            quantised(node.outputs(), in.get(0));
        } else {
            assertThat(node.outputs()).hasSize(1);
            define(node.outputs().get(0), result(node, in));
        }
    }

    private static Typed result(ParsedGraph.Node node, List<Typed> in) {
        return switch (node.operator()) {
            case "Add", "Mul", "Div" -> broadcast(in.get(0), in.get(1));
            case "Cast" ->
                new Typed(elementType(node.integer("to", -1)), in.get(0).shape());
            case "Concat" -> concat(in, (int) node.integer("axis", 0));
            case "Conv" -> convolution(node, in);
            case "Gather" -> gather(in, (int) node.integer("axis", 0));
            case "Gemm" -> gemm(node, in);
            case "Identity", "Gelu", "com.microsoft.Gelu", "com.microsoft.QuickGelu" -> in.get(0);
            case "InstanceNormalization" -> normalised(in, in.get(0).shape()[1]);
            case "LayerNormalization" -> normalised(in, last(in.get(0).shape()));
            case "MatMul" -> matMul(in);
            case "Pad" -> pad(in);
            case "Reshape" -> reshape(in.get(0), in.get(1).integers().orElseThrow());
            case "Resize" -> resize(in);
            case "Shape" -> shape(node, in.get(0));
            case "Slice" -> slice(in);
            case "Transpose" ->
                transpose(in.get(0), node.setting("perm").orElseThrow().integers());
            case "com.microsoft.GroupNorm" -> groupNorm(node, in);
            case "com.microsoft.MatMulIntegerToFloat" -> byteProduct(in);
            case "com.microsoft.MultiHeadAttention" -> attention(node, in);
            default -> throw new AssertionError("No rule for " + node.operator());
        };
    }

    private static ElementType elementType(long number) {
        return Arrays.stream(ElementType.values())
                .filter(type -> type.number() == number)
                .findFirst()
                .orElseThrow();
    }

    private static long last(long[] shape) {
        return shape[shape.length - 1];
    }

    private static void same(ElementType type, List<Typed> values) {
        for (Typed value : values) {
            assertThat(value.type()).isEqualTo(type);
        }
    }

    private static Typed broadcast(Typed a, Typed b) {
        same(a.type(), List.of(b));
        int rank = Math.max(a.shape().length, b.shape().length);
        long[] shape = new long[rank];
        for (int i = 1; i <= rank; i++) {
            long left = i <= a.shape().length ? a.shape()[a.shape().length - i] : 1;
            long right = i <= b.shape().length ? b.shape()[b.shape().length - i] : 1;
            assertThat(left == right || left == 1 || right == 1)
                    .as("%s with %s", Arrays.toString(a.shape()), Arrays.toString(b.shape()))
                    .isTrue();
            shape[rank - i] = Math.max(left, right);
        }
        return new Typed(a.type(), shape);
    }

    private static Typed concat(List<Typed> in, int axis) {
        same(in.get(0).type(), in);
        long[] shape = in.get(0).shape().clone();
        shape[axis] = 0;
        for (Typed part : in) {
            long[] other = part.shape().clone();
            shape[axis] += other[axis];
            other[axis] = shape[axis];
            assertThat(other).isEqualTo(shape);
        }
        boolean known = in.stream().allMatch(part -> part.integers().isPresent());
        long[] integers = in.stream()
                .flatMapToLong(part -> part.integers().map(Arrays::stream).orElse(LongStream.empty()))
                .toArray();
        return new Typed(in.get(0).type(), shape, known ? Optional.of(integers) : Optional.empty());
    }

    private static Typed convolution(ParsedGraph.Node node, List<Typed> in) {
        same(in.get(0).type(), in);
        long[] x = in.get(0).shape();
        long[] weight = in.get(1).shape();
        assertThat(x).hasSize(4);
        assertThat(weight[1]).isEqualTo(x[1]);
        assertThat(in.get(2).shape()).containsExactly(weight[0]);
        long[] pads = node.setting("pads").orElseThrow().integers();
        long[] strides = node.setting("strides").orElseThrow().integers();
        assertThat(node.setting("kernel_shape").orElseThrow().integers()).containsExactly(weight[2], weight[3]);
        long height = (x[2] + pads[0] + pads[2] - weight[2]) / strides[0] + 1;
        long width = (x[3] + pads[1] + pads[3] - weight[3]) / strides[1] + 1;
        return new Typed(in.get(0).type(), x[0], weight[0], height, width);
    }

    private static Typed gather(List<Typed> in, int axis) {
        assertThat(in.get(1).type()).isEqualTo(ElementType.INT64);
        long[] data = in.get(0).shape();
        LongStream shape = LongStream.concat(
                LongStream.concat(
                        Arrays.stream(data, 0, axis), Arrays.stream(in.get(1).shape())),
                Arrays.stream(data, axis + 1, data.length));
        return new Typed(in.get(0).type(), shape.toArray());
    }

    private static Typed gemm(ParsedGraph.Node node, List<Typed> in) {
        same(in.get(0).type(), in);
        assertThat(node.integer("transB", 0)).isEqualTo(1);
        long[] a = in.get(0).shape();
        long[] b = in.get(1).shape();
        assertThat(a).hasSize(2);
        assertThat(b).hasSize(2);
        assertThat(b[1]).isEqualTo(a[1]);
        if (in.size() > 2) {
            assertThat(in.get(2).shape()).containsExactly(b[0]);
        }
        return new Typed(in.get(0).type(), a[0], b[0]);
    }

    private static Typed matMul(List<Typed> in) {
        same(in.get(0).type(), in);
        long[] a = in.get(0).shape();
        long[] b = in.get(1).shape();
        assertThat(a).hasSize(2);
        assertThat(b[0]).isEqualTo(a[1]);
        return new Typed(in.get(0).type(), a[0], b[1]);
    }

    /** Numbers, their scale and their zero. */
    private void quantised(List<String> outputs, Typed value) {
        assertThat(outputs).hasSize(3);
        assertThat(value.type()).isEqualTo(ElementType.FLOAT);
        define(outputs.get(0), new Typed(ElementType.UINT8, value.shape()));
        define(outputs.get(1), new Typed(ElementType.FLOAT));
        define(outputs.get(2), new Typed(ElementType.UINT8));
    }

    /** Operands: numbers, weights, their scales, their zeros (the weights' left out), bias or none. */
    private static Typed byteProduct(List<Typed> in) {
        assertThat(in.get(0).type()).isEqualTo(in.get(4).type()).isEqualTo(ElementType.UINT8);
        assertThat(in.get(1).type()).isEqualTo(ElementType.INT8);
        same(ElementType.FLOAT, List.of(in.get(2), in.get(3)));
        long[] weight = in.get(1).shape();
        assertThat(weight).containsExactly(last(in.get(0).shape()), in.get(3).shape()[0]);
        if (in.size() > 6) {
            assertThat(in.get(6).type()).isEqualTo(ElementType.FLOAT);
            assertThat(in.get(6).shape()).containsExactly(weight[1]);
        }
        long[] shape = in.get(0).shape().clone();
        shape[shape.length - 1] = weight[1];
        return new Typed(ElementType.FLOAT, shape);
    }

    private static Typed pad(List<Typed> in) {
        same(in.get(0).type(), List.of(in.get(2)));
        long[] pads = in.get(1).integers().orElseThrow();
        long[] shape = in.get(0).shape().clone();
        for (int i = 0; i < shape.length; i++) {
            shape[i] += pads[i] + pads[shape.length + i];
        }
        return new Typed(in.get(0).type(), shape);
    }

    private static Typed slice(List<Typed> in) {
        long[] shape = in.get(0).shape().clone();
        for (int i = 0; i < in.get(3).shape()[0]; i++) {
            int axis = (int) in.get(3).integers().orElseThrow()[i];
            long start = in.get(1).integers().orElseThrow()[i];
            long end = in.get(2).integers().orElseThrow()[i];
            long step = in.get(4).integers().orElseThrow()[i];
            long stop = end < 0 ? shape[axis] + end : Math.min(end, shape[axis]);
            shape[axis] = (stop - start + step - 1) / step;
        }
        return new Typed(in.get(0).type(), shape);
    }

    private static Typed normalised(List<Typed> in, long channels) {
        same(in.get(0).type(), in);
        assertThat(in.get(1).shape()).containsExactly(channels);
        assertThat(in.get(2).shape()).containsExactly(channels);
        return in.get(0);
    }

    private static Typed reshape(Typed data, long[] target) {
        long size = Arrays.stream(data.shape()).reduce(1, Math::multiplyExact);
        long[] shape = target.clone();
        long known = 1;
        for (int i = 0; i < shape.length; i++) {
            shape[i] = shape[i] == 0 ? data.shape()[i] : shape[i];
            known *= shape[i] == -1 ? 1 : shape[i];
        }
        for (int i = 0; i < shape.length; i++) {
            shape[i] = shape[i] == -1 ? size / known : shape[i];
        }
        assertThat(Arrays.stream(shape).reduce(1, Math::multiplyExact))
                .as("%s as %s", Arrays.toString(data.shape()), Arrays.toString(target))
                .isEqualTo(size);
        return new Typed(data.type(), shape);
    }

    private static Typed resize(List<Typed> in) {
        long[] shape = in.get(0).shape().clone();
        if (in.size() == 4) {
            System.arraycopy(in.get(3).integers().orElseThrow(), 0, shape, 2, 2);
        } else {
            assertThat(in.get(2).shape()).containsExactly(4); // scales 1, 1, 2, 2: the only ones in use
            shape[2] *= 2;
            shape[3] *= 2;
        }
        return new Typed(in.get(0).type(), shape);
    }

    private static Typed shape(ParsedGraph.Node node, Typed value) {
        int end = (int) node.integer("end", value.shape().length);
        long[] part = Arrays.copyOfRange(value.shape(), (int) node.integer("start", 0), end);
        return new Typed(ElementType.INT64, new long[] {part.length}, Optional.of(part));
    }

    private static Typed transpose(Typed value, long[] permutation) {
        assertThat(permutation).hasSameSizeAs(value.shape());
        long[] shape = Arrays.stream(permutation)
                .map(from -> value.shape()[(int) from])
                .toArray();
        return new Typed(value.type(), shape);
    }

    /** The kernel's conditions: channels last, float32 weights, pairs of channels. */
    private static Typed groupNorm(ParsedGraph.Node node, List<Typed> in) {
        assertThat(in.get(0).shape()).hasSize(4);
        long channels = last(in.get(0).shape());
        same(ElementType.FLOAT, in.subList(1, 3));
        assertThat(in.get(1).shape()).containsExactly(channels);
        assertThat(in.get(2).shape()).containsExactly(channels);
        assertThat(node.integer("channels_last", 1)).isEqualTo(1);
        assertThat(node.integer("activation", -1)).isBetween(0L, 1L);
        assertThat(channels % (2 * node.integer("groups", 0))).isZero();
        return in.get(0);
    }

    private static Typed attention(ParsedGraph.Node node, List<Typed> in) {
        ElementType type = in.get(0).type();
        same(type, in.subList(0, 3));
        long[] query = in.get(0).shape();
        long[] key = in.get(1).shape();
        assertThat(query).hasSize(3);
        assertThat(key).containsExactly(query[0], key[1], query[2]);
        assertThat(in.get(2).shape()).containsExactly(key);
        assertThat(query[2] % node.integer("num_heads", 0)).isZero();
        if (in.size() > 3) {
            assertThat(node.inputs().subList(3, 5)).containsExactly("", "");
            assertThat(in.get(5).type()).isEqualTo(type);
            assertThat(in.get(5).shape()).containsExactly(1, 1, query[1], key[1]);
        }
        return in.get(0);
    }
}
