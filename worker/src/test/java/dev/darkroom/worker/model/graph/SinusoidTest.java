package dev.darkroom.worker.model.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.checkpoint.UnetConfig.TimeEmbedding;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SinusoidTest {
    /** A frequency that differs in its last bit turns the angle of timestep 999 by 6e-5. */
    @ParameterizedTest
    @CsvSource({"tiny-sd15,32", "tiny-sd21,64"})
    void aTimestepIsEmbeddedAsTheReferenceDoes(String model, int width) throws IOException {
        float[] expected = Golden.of(model, "unet").tensor("trace.time_proj").data();
        float[] actual = new Sinusoid(new TimeEmbedding(width, 4 * width, true, 0)).of(new float[] {999});
        double largest = 0;
        for (int i = 0; i < width; i++) {
            largest = Math.max(largest, Math.abs(actual[i] - expected[i]));
        }
        assertThat(actual).hasSameSizeAs(expected);
        assertThat(largest).isLessThanOrEqualTo(7e-5);
    }

    @Test
    void rowsStandOneBehindTheOther() {
        Sinusoid sinusoid = new Sinusoid(new TimeEmbedding(4, 16, true, 0));
        float[] both = sinusoid.of(new float[] {1, 0.25f});
        assertThat(both).hasSize(8);
        assertThat(both[0]).isEqualTo((float) Math.cos(1));
        assertThat(both[2]).isEqualTo((float) Math.sin(1));
        assertThat(both[4]).isEqualTo((float) Math.cos(0.25));
    }

    @Test
    void sinesComeFirstWhereTheConfigurationSaysSo() {
        float[] embedded = new Sinusoid(new TimeEmbedding(4, 16, false, 1)).of(new float[] {1});
        assertThat(embedded[0]).isEqualTo((float) Math.sin(1));
        // With a shift of 1 the last frequency is 1/10000.
        assertThat(embedded[1]).isCloseTo(1e-4f, within(1e-10f));
    }
}
