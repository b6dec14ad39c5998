package dev.darkroom.worker.model.runtime;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.NonFiniteModelException;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.checkpoint.StoredTensor;
import dev.darkroom.worker.model.graph.Int8Weight;
import dev.darkroom.worker.model.graph.ModelGraph;
import dev.darkroom.worker.model.graph.QuantisingGraph;
import dev.darkroom.worker.model.safetensors.DataType;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The weights of a graph that are in no file, made of those that are. A session copies what it is given, so they are
 * closed once it is there. They are in direct buffers, for the runtime wants memory that is not its own. Not for several
 * threads.
 */
final class Int8Weights implements AutoCloseable {
    private final OrtEnvironment environment = Inference.environment();
    private final Map<String, OnnxTensorLike> tensors = new HashMap<>();
    private final WeightSessions quantising;
    private final Closing opened = new Closing();
    private final ModelGraph graph;
    private final StoredWeights weights;
    private final Merging merging;
    private final Scratch merged = new Scratch();

    private Int8Weights(ModelGraph graph, int threads) {
        this.graph = graph;
        this.weights = new StoredWeights(graph.folder());
        this.merging = opened.add(new Merging(weights, threads));
        this.quantising = new WeightSessions(QuantisingGraph::build, threads, opened);
    }

    /**
     * Makes all weights of a graph; none for one that has all in files.
     *
     * @throws NonFiniteModelException when a weight of the graph, in bytes or not, is not finite: bytes have no way to say
     *     so, and what comes of a layer that is broken is a number again behind the next one
     */
    static Int8Weights make(ModelGraph graph, int threads) throws ModelException, OrtException {
        Int8Weights made = new Int8Weights(graph, threads);
        if (graph.inBytes().isEmpty()) {
            return made;
        }
        try {
            for (StoredTensor stored : graph.asStored()) {
                made.require(made.weights.areFinite(stored), stored);
            }
            for (Int8Weight weight : graph.inBytes()) {
                made.add(weight);
            }
            return made;
        } catch (OutOfMemoryError e) { // of direct memory, which has a bound of its own
            ModelException failure = new ModelException(
                    "The " + graph.name() + " of " + graph.folder() + " in int8 does not fit Java's direct memory"
                            + " (raise -XX:MaxDirectMemorySize): " + e.getMessage(),
                    e);
            made.opened.closeAfter(failure);
            throw failure;
        } catch (ModelException | OrtException | RuntimeException | Error e) {
            made.opened.closeAfter(e);
            throw e;
        }
    }

    private void add(Int8Weight weight) throws ModelException, OrtException {
        StoredTensor stored = weight.stored();
        OnnxTensor numbers = tensor(OnnxJavaType.INT8, weight.numbers(), weight.rows(), weight.out());
        OnnxTensor scales = tensor(OnnxJavaType.FLOAT, weight.scales(), weight.out());
        try (OnnxTensor values = values(weight)) {
            quantising
                    .of(stored.changes().isEmpty() ? stored.type() : DataType.F32)
                    .run(
                            Map.of(QuantisingGraph.VALUES, values),
                            Set.of(),
                            Map.of(QuantisingGraph.NUMBERS, numbers, QuantisingGraph.SCALES, scales))
                    .close();
        }
        require(StoredWeights.areFinite(scales.getFloatBuffer()), stored);
    }

    /** What is to be quantised: as it is stored, or what LoRAs make of it. */
    private OnnxTensor values(Int8Weight weight) throws ModelException, OrtException {
        StoredTensor stored = weight.stored();
        long[] shape = {weight.out(), weight.in(), weight.window()};
        if (stored.changes().isEmpty()) {
            return OnnxTensor.createTensor(environment, weights.map(stored), shape, Merging.javaType(stored.type()));
        }
        FloatBuffer values = merged.get((long) weight.out() * weight.rows());
        merging.merge(stored, values);
        return OnnxTensor.createTensor(environment, values, shape);
    }

    private OnnxTensor tensor(OnnxJavaType type, String name, long... shape) throws OrtException {
        long size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
        ByteBuffer bytes = DirectBuffers.bytes(size, type.size);
        OnnxTensor tensor = opened.add(OnnxTensor.createTensor(environment, bytes, shape, type));
        tensors.put(name, tensor);
        return tensor;
    }

    private void require(boolean finite, StoredTensor stored) throws NonFiniteModelException {
        if (!finite) {
            throw new NonFiniteModelException(
                    "The " + graph.name() + " cannot be had in int8: a weight in the tensor at byte " + stored.offset()
                            + " of " + graph.folder().resolve(stored.file())
                            + " is infinite, or no number. The file is broken",
                    Precision.INT8);
        }
    }

    /** By the names of the graph's initialisers. */
    Map<String, OnnxTensorLike> tensors() {
        return tensors;
    }

    /**
     * Gives the memory back, as much as the model itself takes. Java would keep it until it needs to collect its own, which
     * on an idle worker may be never, and until then the next model's comes on top.
     */
    @Override
    public void close() {
        opened.close();
        if (!tensors.isEmpty()) {
            tensors.clear();
            System.gc();
        }
    }

    /** One buffer for weight after weight; a larger one in its place where it is too small. */
    private static final class Scratch {
        private FloatBuffer largest = DirectBuffers.floats(0);

        FloatBuffer get(long size) {
            if (largest.capacity() < size) {
                largest = DirectBuffers.floats(size);
            }
            return largest.clear().slice(0, Math.toIntExact(size));
        }
    }
}
