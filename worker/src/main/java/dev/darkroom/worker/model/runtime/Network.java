package dev.darkroom.worker.model.runtime;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.EngineException;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.darkroom.worker.model.InferenceException;
import dev.darkroom.worker.model.InsufficientMemoryException;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.graph.ModelGraph;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * A network that can run: a session of ONNX Runtime inside of a DJL model. It owns both. Safe for use by several
 * threads; closing ends the calls under way, after the operator that each is at, and later ones fail.
 */
final class Network implements AutoCloseable {
    /** How ONNX Runtime's arenas, the C++ runtime and CUDA say that memory is short; an error code of its own there is none. */
    private static final Pattern NO_MEMORY =
            Pattern.compile("(?i)failed to allocate memory|bad_alloc|bad allocation|out of memory");

    private final String name;
    private final Model model;
    private final Closing opened;
    private final Runs runs;
    private final ReadWriteLock openness = new ReentrantReadWriteLock();
    private boolean closed; // guarded by openness

    private Network(String name, Model model, Runs runs, Closing opened) {
        this.name = name;
        this.model = model;
        this.runs = runs;
        this.opened = opened;
    }

    /**
     * Loads a network.
     *
     * @param output name of its one output
     * @param outputShape shape of the output for given inputs
     */
    static Network load(ModelGraph graph, RuntimeOptions options, String output, Function<NDList, Shape> outputShape)
            throws ModelException {
        return load(graph, options, List.of(new NetworkOutput(output, outputShape)));
    }

    /**
     * Loads a network.
     *
     * @param outputs at least one
     */
    static Network load(ModelGraph graph, RuntimeOptions options, List<NetworkOutput> outputs) throws ModelException {
        Closing opened = new Closing();
        try (SessionOptions sessionOptions = new SessionOptions();
                Int8Weights inBytes = Int8Weights.make(graph, options.threads());
                ChangedWeights changed = ChangedWeights.make(graph, options.threads())) {
            SessionSettings.apply(sessionOptions, graph, options);
            Map<String, OnnxTensorLike> given = new HashMap<>(inBytes.tensors());
            given.putAll(changed.tensors());
            sessionOptions.addExternalInitializers(given);
            OrtSession session = opened.add(Inference.environment().createSession(graph.model(), sessionOptions));
            Model model = opened.add(Model.newInstance(graph.name(), Device.cpu(), Inference.ENGINE));
            Runs runs = new Runs();
            model.setBlock(new SessionBlock(session, runs, outputs));
            return new Network(graph.name(), model, runs, opened);
        } catch (ModelException e) {
            opened.closeAfter(e);
            throw e;
        } catch (OrtException | RuntimeException e) {
            ModelException failure = new ModelException(
                    "The " + graph.name() + " of " + graph.folder() + " cannot be loaded: " + e.getMessage(), e);
            opened.closeAfter(failure);
            throw failure;
        } catch (Error e) {
            opened.closeAfter(e);
            throw e;
        }
    }

    /** A call that can be interrupted: DJL's own predictor has no way to tell the block of it. */
    private static final class Call<I, O> extends Predictor<I, O> {
        private final Interruption interruption;
        private final int outputs;

        Call(Model model, Translator<I, O> translator, Interruption interruption, int outputs) {
            super(model, translator, Device.cpu(), false);
            this.interruption = interruption;
            this.outputs = outputs;
        }

        @Override
        protected NDList predictInternal(TranslatorContext context, NDList inputs) {
            return block.forward(parameterStore, inputs, false, SessionBlock.options(interruption, outputs));
        }
    }

    /** Runs the network as {@link #predict(Translator, Object, Interruption)} does, and nothing interrupts it. */
    <I, O> O predict(Translator<I, O> translator, I input) {
        return predict(translator, input, new Interruption());
    }

    /** Runs the network as {@link #predict(Translator, Object, Interruption, int)} does, for its first output. */
    <I, O> O predict(Translator<I, O> translator, I input, Interruption interruption) {
        return predict(translator, input, interruption, 1);
    }

    /**
     * Runs the network.
     *
     * @param outputs that the translator is given, the first ones
     * @throws InferenceException when the runtime fails, the network was closed meanwhile, or the call was interrupted;
     *     an {@link InsufficientMemoryException} when the memory is too small for the call
     * @throws IllegalStateException when the network was closed before
     */
    <I, O> O predict(Translator<I, O> translator, I input, Interruption interruption, int outputs) {
        openness.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("The " + name + " is closed");
            }
            // A predictor belongs to one thread, and costs some microseconds.
            try (Predictor<I, O> predictor = new Call<>(model, translator, interruption, outputs)) {
                return predictor.predict(input);
            } catch (TranslateException | EngineException e) {
                throw failure(interruption, e);
            }
        } finally {
            openness.readLock().unlock();
        }
    }

    private InferenceException failure(Interruption interruption, Exception cause) {
        String message = "The " + name + " " + fate(interruption, cause);
        return NO_MEMORY.matcher(String.valueOf(cause.getMessage())).find()
                ? new InsufficientMemoryException(message, cause)
                : new InferenceException(message, cause);
    }

    private String fate(Interruption interruption, Exception failure) {
        if (runs.ended()) {
            return "was closed while it ran";
        }
        return interruption.isRaised() ? "was interrupted" : "failed: " + failure.getMessage();
    }

    @Override
    public void close() {
        runs.end();
        openness.writeLock().lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            opened.close();
        } finally {
            openness.writeLock().unlock();
        }
    }
}
