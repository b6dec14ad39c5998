package dev.darkroom.worker.model.runtime;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractSymbolBlock;
import ai.djl.nn.ParameterList;
import ai.djl.onnxruntime.engine.OrtNDArray;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.darkroom.worker.model.Interruption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A DJL block over a session of ONNX Runtime. Unlike DJL's own its runs can be ended from another thread, and the
 * runtime writes outputs straight into buffers that Java can read. A run is asked for the first output, or for more of them.
 */
final class SessionBlock extends AbstractSymbolBlock {
    private static final String INTERRUPTION = "interruption";
    private static final String OUTPUTS = "outputs";

    private final OrtSession session;
    private final Runs runs;
    private final List<NetworkOutput> outputs;

    /**
     * A block over a session, which stays its opener's.
     *
     * @param outputs of the network, at least one
     */
    SessionBlock(OrtSession session, Runs runs, List<NetworkOutput> outputs) {
        this.session = session;
        this.runs = runs;
        this.outputs = List.copyOf(outputs);
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameters, NDList inputs, boolean training, @Nullable PairList<String, Object> options) {
        Map<String, OnnxTensor> named = new LinkedHashMap<>();
        for (NDArray input : inputs) {
            named.put(input.getName(), ((OrtNDArray) input).getTensor());
        }
        NDManager manager = inputs.head().getManager();
        NDList results = new NDList();
        Map<String, OnnxTensor> asked = new LinkedHashMap<>();
        for (NetworkOutput output : outputs.subList(0, asked(options))) {
            Shape shape = output.shape().apply(inputs);
            OrtNDArray result =
                    (OrtNDArray) manager.create(DirectBuffers.floats(shape.size()), shape, DataType.FLOAT32);
            results.add(result);
            asked.put(output.name(), result.getTensor());
        }
        try (Runs.Run run = runs.begin(interruption(options))) {
            session.run(named, Set.of(), asked, run.options()).close();
            return results;
        } catch (OrtException e) {
            throw new EngineException(e);
        }
    }

    /**
     * The options of a call.
     *
     * @param interruption ends it when it is raised
     * @param outputs asked for, the first ones
     */
    static PairList<String, Object> options(Interruption interruption, int outputs) {
        PairList<String, Object> options = new PairList<>();
        options.add(INTERRUPTION, interruption);
        options.add(OUTPUTS, outputs);
        return options;
    }

    private static Interruption interruption(@Nullable PairList<String, Object> options) {
        return options == null ? new Interruption() : (Interruption) options.get(INTERRUPTION);
    }

    private static int asked(@Nullable PairList<String, Object> options) {
        return options == null ? 1 : (Integer) options.get(OUTPUTS);
    }

    @Override
    public PairList<String, Shape> describeInput() {
        return new PairList<>();
    }

    /** The weights belong to the session. */
    @Override
    public ParameterList getDirectParameters() {
        return new ParameterList();
    }
}
