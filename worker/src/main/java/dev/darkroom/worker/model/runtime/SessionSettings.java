package dev.darkroom.worker.model.runtime;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import dev.darkroom.worker.model.graph.ModelGraph;
import dev.darkroom.worker.model.graph.VaeEncoderGraph;
import java.util.Map;

/** What a session of ONNX Runtime is told of a network. */
final class SessionSettings {
    /** The first card; a process uses one. */
    private static final int CUDA_DEVICE = 0;

    /** Options of the CUDA provider. */
    static final Map<String, String> CUDA = Map.of(
            // Tensor cores take channels last.
            "prefer_nhwc", "1",
            // A float32 network is one that needs its bits; TF32 has as few as float16.
            "use_tf32", "0",
            // An exhaustive search takes seconds for every new size of picture, and may find another kernel each time.
            "cudnn_conv_algo_search", "HEURISTIC");

    private SessionSettings() {}

    static void apply(SessionOptions session, ModelGraph graph, RuntimeOptions options) throws OrtException {
        session.setIntraOpNumThreads(options.threads());
        // Threads that spin between operators take the cores from all else, and from each other: with two of them busy
        // a step of a small model took five times as long.
        session.addConfigEntry("session.intra_op.allow_spinning", "0");
        session.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
        session.addConfigEntry(
                "session.model_external_initializers_file_folder_path",
                graph.folder().toString());
        session.addConfigEntry("session.use_device_allocator_for_initializers", "1");
        switch (options.device()) {
            case CPU -> cpu(session, graph, options.memory());
            case CUDA -> cuda(session);
        }
    }

    private static void cpu(SessionOptions session, ModelGraph graph, RuntimeOptions.Memory memory)
            throws OrtException {
        if (graph.name().equals(VaeEncoderGraph.NAME)) {
            // It runs once in a job: an arena would keep half of what decoding takes, for as long as the model is
            // there.
            session.setCPUArenaAllocator(false);
        }
        if (memory == RuntimeOptions.Memory.FAST_START) {
            // Both of these would copy weights into another layout.
            session.addConfigEntry("session.disable_prepacking", "1");
            session.setOptimizationLevel(SessionOptions.OptLevel.EXTENDED_OPT);
        } else {
            session.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
        }
    }

    private static void cuda(SessionOptions session) throws OrtException {
        session.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
        try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(CUDA_DEVICE)) {
            for (Map.Entry<String, String> option : CUDA.entrySet()) {
                cuda.add(option.getKey(), option.getValue());
            }
            session.addCUDA(cuda);
        }
    }
}
