package dev.darkroom.worker.model.runtime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtException;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.graph.ChangedWeight;
import dev.darkroom.worker.model.graph.ModelGraph;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * The weights of a graph that LoRAs change, each in a direct buffer of its own; all others stay in the mapped file. A session
 * copies what it is given, so they are closed once it is there. Not for several threads.
 */
final class ChangedWeights implements AutoCloseable {
    private final Map<String, OnnxTensorLike> tensors = new HashMap<>();
    private final Closing opened = new Closing();

    private ChangedWeights() {}

    /**
     * Computes all that are changed; none for a graph without.
     *
     * @throws ModelException when one is not finite, or they do not fit the memory
     */
    static ChangedWeights make(ModelGraph graph, int threads) throws ModelException, OrtException {
        ChangedWeights made = new ChangedWeights();
        if (graph.changed().isEmpty()) {
            return made;
        }
        try (Merging merging = new Merging(new StoredWeights(graph.folder()), threads)) {
            for (ChangedWeight weight : graph.changed()) {
                made.add(weight, merging);
            }
            return made;
        } catch (OutOfMemoryError e) { // of direct memory, which has a bound of its own
            ModelException failure = new ModelException(
                    "The weights that LoRAs change in the " + graph.name() + " of " + graph.folder()
                            + " do not fit Java's direct memory (raise -XX:MaxDirectMemorySize): " + e.getMessage(),
                    e);
            made.opened.closeAfter(failure);
            throw failure;
        } catch (ModelException | OrtException | RuntimeException | Error e) {
            made.opened.closeAfter(e);
            throw e;
        }
    }

    private void add(ChangedWeight weight, Merging merging) throws ModelException, OrtException {
        long[] shape = weight.shape().stream().mapToLong(Long::longValue).toArray();
        long size = weight.shape().stream().reduce(1L, Math::multiplyExact);
        FloatBuffer values = DirectBuffers.floats(size);
        merging.merge(weight.stored(), values);
        tensors.put(weight.name(), opened.add(OnnxTensor.createTensor(Inference.environment(), values, shape)));
    }

    /** By the names of the graph's initialisers. */
    Map<String, OnnxTensorLike> tensors() {
        return tensors;
    }

    /** Gives the memory back, which Java would keep until it needs to collect its own. */
    @Override
    public void close() {
        opened.close();
        if (!tensors.isEmpty()) {
            tensors.clear();
            System.gc();
        }
    }
}
