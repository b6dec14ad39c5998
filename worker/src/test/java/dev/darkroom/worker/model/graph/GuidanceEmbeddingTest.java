package dev.darkroom.worker.model.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuidanceEmbeddingTest {
    /** In float64 and in one go; an angle in float32 is off by its own last bits. */
    @ParameterizedTest
    @CsvSource({"256,8.5", "256,1", "256,7.5", "64,1.3", "6,20", "4,2", "7,3"})
    void aScaleIsEmbeddedByTheFormula(int width, float scale) {
        float[] embedded = new GuidanceEmbedding(width).of(new float[] {scale});
        int half = width / 2;
        assertThat(embedded).hasSize(width);
        for (int i = 0; i < half; i++) {
            double angle = (scale - 1.0) * 1000 * Math.pow(10_000, -(double) i / (half - 1));
            double tolerance = 1e-6 + Math.abs(angle) * 0x1p-21;
            assertThat((double) embedded[i]).isCloseTo(Math.sin(angle), within(tolerance));
            assertThat((double) embedded[half + i]).isCloseTo(Math.cos(angle), within(tolerance));
        }
        if (width % 2 == 1) {
            assertThat(embedded[width - 1]).isZero();
        }
    }

    @Test
    void rowsStandOneBehindTheOther() {
        GuidanceEmbedding embedding = new GuidanceEmbedding(8);
        float[] both = embedding.of(new float[] {7.5f, 2});
        assertThat(both)
                .hasSize(16)
                .startsWith(embedding.of(new float[] {7.5f}))
                .endsWith(embedding.of(new float[] {2}));
    }
}
