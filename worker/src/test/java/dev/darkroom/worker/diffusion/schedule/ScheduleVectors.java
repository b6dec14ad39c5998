package dev.darkroom.worker.diffusion.schedule;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/** Reads the reference vectors of the schedulers; see the README beside them. */
final class ScheduleVectors {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ScheduleVectors() {}

    static JsonNode cases(String name) {
        try (InputStream file = Objects.requireNonNull(
                        ScheduleVectors.class.getResourceAsStream("/diffusion/schedule/" + name), name);
                InputStream in = new GZIPInputStream(file)) {
            return JSON.readTree(in).get("cases");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Map<String, Object> settings(JsonNode object) {
        Map<String, Object> settings = JSON.convertValue(object, new TypeReference<Map<String, Object>>() {});
        settings.values().removeIf(Objects::isNull);
        return settings;
    }

    static float[] floats(JsonNode array) {
        float[] values = new float[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).floatValue();
        }
        return values;
    }

    static float[] decoded(String base64) {
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(base64)).order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(values);
        return values;
    }

    static Scheduler create(String className, Map<String, Object> settings, int steps, double eta) {
        for (SchedulerClass candidate : SchedulerClass.values()) {
            if (candidate.diffusersName().equals(className)) {
                return Schedulers.create(SchedulerConfig.of(candidate, settings), steps, eta);
            }
        }
        throw new IllegalArgumentException(className);
    }

    /** The largest absolute difference over the root mean square of the expected values. */
    static double relativeError(float[] actual, float[] expected) {
        double largest = 0;
        double squares = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = Math.abs((double) actual[i] - expected[i]);
            largest = Math.max(largest, Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference);
            squares += (double) expected[i] * expected[i];
        }
        return largest / Math.sqrt(squares / expected.length);
    }

    static double absoluteSum(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += Math.abs(value);
        }
        return sum;
    }
}
