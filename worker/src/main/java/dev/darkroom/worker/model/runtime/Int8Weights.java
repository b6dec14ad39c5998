package dev.darkroom.worker.model.runtime;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.checkpoint.StoredTensor;
import dev.darkroom.worker.model.graph.Int8Weight;
import dev.darkroom.worker.model.graph.ModelGraph;
import dev.darkroom.worker.model.graph.QuantisingGraph;
import dev.darkroom.worker.model.safetensors.DataType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The weights of a graph that are in no file, made of those that are. A session copies what it is given, so they are
 * closed once it is there. Not for several threads.
 */
final class Int8Weights implements AutoCloseable {
    private final OrtEnvironment environment = Inference.environment();
    private final Map<String, OnnxTensorLike> tensors = new HashMap<>();
    private final Map<DataType, OrtSession> quantising = new EnumMap<>(DataType.class);
    private final Closing opened = new Closing();
    private final Path folder;
    private final int threads;

    private Int8Weights(Path folder, int threads) {
        this.folder = folder;
        this.threads = threads;
    }

    /** Makes all weights of a graph. */
    static Int8Weights make(ModelGraph graph, int threads) throws ModelException, OrtException {
        Int8Weights weights = new Int8Weights(graph.folder(), threads);
        try {
            for (Int8Weight weight : graph.inBytes()) {
                weights.add(weight);
            }
            return weights;
        } catch (OutOfMemoryError e) { // of direct memory, which has a bound of its own
            ModelException failure = new ModelException(
                    "The " + graph.name() + " of " + graph.folder() + " in int8 does not fit Java's direct memory"
                            + " (raise -XX:MaxDirectMemorySize): " + e.getMessage(),
                    e);
            weights.opened.closeAfter(failure);
            throw failure;
        } catch (ModelException | OrtException | RuntimeException | Error e) {
            weights.opened.closeAfter(e);
            throw e;
        }
    }

    private void add(Int8Weight weight) throws ModelException, OrtException {
        StoredTensor stored = weight.stored();
        OnnxTensor numbers = tensor(OnnxJavaType.INT8, weight.numbers(), weight.rows(), weight.out());
        OnnxTensor scales = tensor(OnnxJavaType.FLOAT, weight.scales(), weight.out());
        OrtSession session = session(stored.type());
        long[] shape = {weight.out(), weight.in(), weight.window()};
        try (OnnxTensor values = OnnxTensor.createTensor(environment, map(stored), shape, javaType(stored.type()))) {
            session.run(
                            Map.of(QuantisingGraph.VALUES, values),
                            Set.of(),
                            Map.of(QuantisingGraph.NUMBERS, numbers, QuantisingGraph.SCALES, scales))
                    .close();
        }
    }

    private OnnxTensor tensor(OnnxJavaType type, String name, long... shape) throws OrtException {
        long size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
        ByteBuffer bytes = DirectBuffers.bytes(size, type.size);
        OnnxTensor tensor = opened.add(OnnxTensor.createTensor(environment, bytes, shape, type));
        tensors.put(name, tensor);
        return tensor;
    }

    private OrtSession session(DataType type) throws OrtException {
        OrtSession known = quantising.get(type);
        if (known != null) {
            return known;
        }
        try (SessionOptions options = new SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            options.setCPUArenaAllocator(false); // an arena would keep what is closed
            OrtSession session = opened.add(
                    environment.createSession(QuantisingGraph.build(type).model(), options));
            quantising.put(type, session);
            return session;
        }
    }

    private static OnnxJavaType javaType(DataType type) {
        return switch (type) {
            case F32 -> OnnxJavaType.FLOAT;
            case F16 -> OnnxJavaType.FLOAT16;
            case BF16 -> OnnxJavaType.BFLOAT16;
            default -> throw new IllegalArgumentException("No weights of type " + type);
        };
    }

    private ByteBuffer map(StoredTensor stored) throws ModelException {
        Path file = folder.resolve(stored.file());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, stored.offset(), stored.length())
                    .order(ByteOrder.nativeOrder());
        } catch (IOException e) {
            throw new ModelException(file + " cannot be read: " + e, e);
        }
    }

    /** By the names of the graph's initialisers. */
    Map<String, OnnxTensorLike> tensors() {
        return tensors;
    }

    @Override
    public void close() {
        opened.close();
    }
}
