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
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A DJL block over a session of ONNX Runtime. Unlike DJL's own its runs can be ended from another thread, and the
 * runtime writes the output straight into a buffer that Java can read.
 */
final class SessionBlock extends AbstractSymbolBlock {
    private static final String INTERRUPTION = "interruption";

    private final OrtSession session;
    private final Runs runs;
    private final String output;
    private final Function<NDList, Shape> outputShape;

    /**
     * @param output name of the network's one output
     * @param outputShape its shape for given inputs
     */
    SessionBlock(OrtSession session, Runs runs, String output, Function<NDList, Shape> outputShape) {
        this.session = session;
        this.runs = runs;
        this.output = output;
        this.outputShape = outputShape;
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameters, NDList inputs, boolean training, @Nullable PairList<String, Object> options) {
        Map<String, OnnxTensor> named = new LinkedHashMap<>();
        for (NDArray input : inputs) {
            named.put(input.getName(), ((OrtNDArray) input).getTensor());
        }
        NDManager manager = inputs.head().getManager();
        Shape shape = outputShape.apply(inputs);
        OrtNDArray result = (OrtNDArray) manager.create(DirectBuffers.floats(shape.size()), shape, DataType.FLOAT32);
        try (Runs.Run run = runs.begin(interruption(options))) {
            session.run(named, Set.of(), Map.of(output, result.getTensor()), run.options())
                    .close();
            return new NDList(result);
        } catch (OrtException e) {
            throw new EngineException(e);
        }
    }

    /** The options of a call that ends when the interruption is raised. */
    static PairList<String, Object> interruptedBy(Interruption interruption) {
        PairList<String, Object> options = new PairList<>();
        options.add(INTERRUPTION, interruption);
        return options;
    }

    private static Interruption interruption(@Nullable PairList<String, Object> options) {
        return options == null ? new Interruption() : (Interruption) options.get(INTERRUPTION);
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
