package dev.darkroom.worker.model.runtime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.darkroom.worker.model.InferenceException;
import dev.darkroom.worker.model.graph.MatMulGraph;
import java.nio.FloatBuffer;
import java.util.Map;

/** How fast the CPU multiplies matrices: what a network on it can reach at best. */
public final class MatMulSpeed {
    // About a feed-forward layer of Stable Diffusion 1.5 at its largest resolution.
    private static final int ROWS = 4096;
    private static final int INNER = 1280;
    private static final int COLUMNS = 1280;

    private MatMulSpeed() {}

    /**
     * Operations in a second, two for each multiplication, in float32; the fastest of some runs.
     *
     * @throws InferenceException when the runtime fails
     */
    public static double measure(int threads, int runs) {
        OrtEnvironment environment = Inference.environment();
        try (SessionOptions options = new SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            try (OrtSession session = environment.createSession(
                            MatMulGraph.build(ROWS, INNER, COLUMNS).model(), options);
                    OnnxTensor left = matrix(environment, ROWS, INNER);
                    OnnxTensor right = matrix(environment, INNER, COLUMNS)) {
                Map<String, OnnxTensor> inputs = Map.of(MatMulGraph.LEFT, left, MatMulGraph.RIGHT, right);
                session.run(inputs).close();
                long fastest = Long.MAX_VALUE;
                for (int i = 0; i < runs; i++) {
                    long start = System.nanoTime();
                    session.run(inputs).close();
                    fastest = Math.min(fastest, System.nanoTime() - start);
                }
                return 2.0 * ROWS * INNER * COLUMNS * 1e9 / fastest;
            }
        } catch (OrtException e) {
            throw new InferenceException("A matrix product failed: " + e.getMessage(), e);
        }
    }

    private static OnnxTensor matrix(OrtEnvironment environment, int rows, int columns) throws OrtException {
        FloatBuffer values = DirectBuffers.floats((long) rows * columns);
        for (int i = 0; i < values.capacity(); i++) {
            values.put(i, (i % 251 - 125) / 125f);
        }
        return OnnxTensor.createTensor(environment, values, new long[] {rows, columns});
    }
}
