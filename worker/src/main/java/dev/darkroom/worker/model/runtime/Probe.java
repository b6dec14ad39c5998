package dev.darkroom.worker.model.runtime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.darkroom.worker.model.graph.ProbeGraph;
import java.nio.FloatBuffer;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out what networks can run on here, by running one. */
final class Probe {
    private static final Logger LOG = LoggerFactory.getLogger(Probe.class);

    private Probe() {}

    /** Never fails: what does not work is not available. */
    static RuntimeOptions.Device device() {
        try {
            OrtEnvironment environment = Inference.environment(); // loads the library, without its telemetry
            if (OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
                run(environment, RuntimeOptions.Device.CUDA);
                return RuntimeOptions.Device.CUDA;
            }
        } catch (OrtException | RuntimeException | LinkageError e) {
            LOG.warn("CUDA does not work here, so networks run on the CPU: {}", e.toString());
        }
        return RuntimeOptions.Device.CPU;
    }

    /** A provider may be there while its libraries, its driver or the card are not: only a run tells. */
    static void run(OrtEnvironment environment, RuntimeOptions.Device device) throws OrtException {
        try (SessionOptions options = new SessionOptions()) {
            if (device == RuntimeOptions.Device.CUDA) {
                options.addCUDA(0);
            }
            try (OrtSession session =
                            environment.createSession(ProbeGraph.build().model(), options);
                    OnnxTensor number =
                            OnnxTensor.createTensor(environment, FloatBuffer.wrap(new float[] {21}), new long[] {1});
                    OrtSession.Result result = session.run(Map.of(ProbeGraph.NUMBER, number));
                    OnnxTensor twice = (OnnxTensor) result.get(0)) {
                float value = twice.getFloatBuffer().get(0);
                if (value != 42) {
                    throw new IllegalStateException("Twice 21 is not " + value);
                }
            }
        }
    }
}
