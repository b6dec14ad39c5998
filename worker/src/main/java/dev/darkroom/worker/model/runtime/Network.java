package dev.darkroom.worker.model.runtime;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.EngineException;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.darkroom.worker.model.InferenceException;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.graph.ModelGraph;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;

/**
 * A network that can run: a session of ONNX Runtime inside of a DJL model. It owns both. Safe for use by several
 * threads; closing ends the calls under way, after the operator that each is at, and later ones fail.
 */
final class Network implements AutoCloseable {
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
        Closing opened = new Closing();
        try (SessionOptions sessionOptions = new SessionOptions()) {
            configure(sessionOptions, graph, options);
            OrtSession session = opened.add(Inference.environment().createSession(graph.model(), sessionOptions));
            Model model = opened.add(Model.newInstance(graph.name(), Device.cpu(), Inference.ENGINE));
            Runs runs = new Runs();
            model.setBlock(new SessionBlock(session, runs, output, outputShape));
            return new Network(graph.name(), model, runs, opened);
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

    private static void configure(SessionOptions session, ModelGraph graph, RuntimeOptions options)
            throws OrtException {
        session.setIntraOpNumThreads(options.threads());
        // Threads that spin between operators take the cores from all else, and from each other: with two of them busy
        // a step of a small model took five times as long.
        session.addConfigEntry("session.intra_op.allow_spinning", "0");
        session.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
        session.addConfigEntry(
                "session.model_external_initializers_file_folder_path",
                graph.folder().toString());
        session.addConfigEntry("session.use_device_allocator_for_initializers", "1");
        if (options.memory() == RuntimeOptions.Memory.FAST_START) {
            // Both of these would copy weights into another layout.
            session.addConfigEntry("session.disable_prepacking", "1");
            session.setOptimizationLevel(SessionOptions.OptLevel.EXTENDED_OPT);
        } else {
            session.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
        }
        if (options.device() == RuntimeOptions.Device.CUDA) {
            session.addCUDA(0);
        }
    }

    /**
     * Runs the network.
     *
     * @throws InferenceException when the runtime fails, or the network was closed meanwhile
     * @throws IllegalStateException when the network was closed before
     */
    <I, O> O predict(Translator<I, O> translator, I input) {
        openness.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("The " + name + " is closed");
            }
            // A predictor belongs to one thread, and costs some microseconds.
            try (Predictor<I, O> predictor = model.newPredictor(translator)) {
                return predictor.predict(input);
            } catch (TranslateException | EngineException e) {
                throw new InferenceException(
                        runs.ended()
                                ? "The " + name + " was closed while it ran"
                                : "The " + name + " failed: " + e.getMessage(),
                        e);
            }
        } finally {
            openness.readLock().unlock();
        }
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
