package dev.darkroom.worker.model.runtime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.darkroom.worker.model.InferenceException;
import dev.darkroom.worker.model.graph.ByteProductGraph;
import java.util.Arrays;
import java.util.Map;

/**
 * Whether this processor multiplies bytes exactly. One without VNNI, AMX or the like adds up pairs of products in 16 bits,
 * which hold two of the largest no more: ONNX Runtime then gives wrong numbers and says nothing.
 */
final class ByteProducts {
    private ByteProducts() {}

    /** The answer of this process; the first to ask waits some milliseconds. */
    static boolean areExact() {
        return Answer.EXACT;
    }

    private static final class Answer {
        static final boolean EXACT = largest() == ByteProductGraph.LARGEST;
    }

    /** The sum of the largest products that a layer may meet, as this processor adds it up. */
    static float largest() {
        OrtEnvironment environment = Inference.environment();
        byte[][] numbers = new byte[ByteProductGraph.SIDE][ByteProductGraph.SIDE];
        for (byte[] row : numbers) {
            Arrays.fill(row, Byte.MAX_VALUE);
        }
        float[][] ones = new float[ByteProductGraph.SIDE][ByteProductGraph.SIDE];
        for (float[] row : ones) {
            Arrays.fill(row, 1);
        }
        try (SessionOptions options = new SessionOptions();
                OrtSession session =
                        environment.createSession(ByteProductGraph.build().model(), options);
                OnnxTensor left = OnnxTensor.createTensor(environment, ones);
                OnnxTensor right = OnnxTensor.createTensor(environment, numbers);
                OrtSession.Result result =
                        session.run(Map.of(ByteProductGraph.LEFT, left, ByteProductGraph.RIGHT, right))) {
            return ((OnnxTensor) result.get(0)).getFloatBuffer().get(0);
        } catch (OrtException e) {
            throw new InferenceException("A product of bytes failed: " + e.getMessage(), e);
        }
    }
}
