package dev.darkroom.worker.model.runtime;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.darkroom.worker.model.graph.ModelGraph;
import dev.darkroom.worker.model.safetensors.DataType;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;

/** Sessions that compute weights while a model is loaded: one for each type of stored weights, made when it is first needed. */
final class WeightSessions {
    private final Function<DataType, ModelGraph> graph;
    private final int threads;
    private final Closing owner;
    private final Map<DataType, OrtSession> sessions = new EnumMap<>(DataType.class);

    /** None yet; those that are made are closed with their owner. */
    WeightSessions(Function<DataType, ModelGraph> graph, int threads, Closing owner) {
        this.graph = graph;
        this.threads = threads;
        this.owner = owner;
    }

    OrtSession of(DataType type) throws OrtException {
        OrtSession known = sessions.get(type);
        if (known != null) {
            return known;
        }
        try (SessionOptions options = new SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            options.setCPUArenaAllocator(false); // an arena would keep what is closed
            OrtSession session = owner.add(
                    Inference.environment().createSession(graph.apply(type).model(), options));
            sessions.put(type, session);
            return session;
        }
    }
}
