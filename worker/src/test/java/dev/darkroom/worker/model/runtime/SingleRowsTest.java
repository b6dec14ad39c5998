package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.AddedConditions;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnetRows;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SingleRowsTest {
    /** Adds up all that it is told of its one row. */
    private static final class Adding implements Unet {
        private boolean closed;

        @Override
        public Tensor predict(UnetRows rows, Interruption interruption) {
            assertThat(rows.count()).isEqualTo(1);
            AddedConditions added = rows.added().orElseThrow();
            float sum = rows.timesteps()[0]
                    + rows.context().data()[1]
                    + added.pooledText().data()[0]
                    + added.timeIds().data()[1]
                    + rows.guidance().orElseThrow()[0];
            float[] latents = rows.latents().data().clone();
            for (int i = 0; i < latents.length; i++) {
                latents[i] += sum;
            }
            return new Tensor(latents, rows.latents().shape());
        }

        @Override
        public boolean rowsAreIndependent() {
            return false;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    @Test
    void eachRowIsACallOfItsOwnWithAllThatBelongsToIt() {
        Adding adding = new Adding();
        try (SingleRows unet = new SingleRows(adding)) {
            Tensor y = unet.predict(new UnetRows(
                    new Tensor(new float[] {1, 2, 3, 4, 5, 6}, 3, 1, 1, 2),
                    new float[] {10, 20, 30},
                    new Tensor(new float[] {0, 100, 0, 200, 0, 300}, 3, 1, 2),
                    Optional.of(new AddedConditions(
                            new Tensor(new float[] {1000, 2000, 3000}, 3, 1),
                            new Tensor(new float[] {0, 10_000, 0, 20_000, 0, 30_000}, 3, 2))),
                    Optional.of(new float[] {100_000, 200_000, 300_000})));

            assertThat(y.shape()).containsExactly(3, 1, 1, 2);
            assertThat(y.data()).containsExactly(111_111, 111_112, 222_223, 222_224, 333_335, 333_336);
            assertThat(unet.rowsAreIndependent()).isTrue();
        }
        assertThat(adding.closed).isTrue();
    }
}
