package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.ForwardingModel;
import dev.darkroom.worker.model.ModelDescription;
import org.junit.jupiter.api.Test;

class WarmUpTest {
    private final RowwiseModel rowwise = new RowwiseModel();

    WarmUpTest() {
        rowwise.steps.release(2);
    }

    /** A model with which the step behind the UNet's first call is out of memory: there is none to say what is infinite. */
    private static final class NoMemory extends ForwardingModel {
        private final RowwiseModel rowwise;

        NoMemory(RowwiseModel rowwise) {
            super(rowwise);
            this.rowwise = rowwise;
        }

        @Override
        public ModelDescription description() {
            if (!rowwise.rowsOfCalls.isEmpty()) {
                throw new OutOfMemoryError("Java heap space");
            }
            return rowwise.description();
        }
    }

    @Test
    void whatIsNotFiniteIsThrownAsItIs() {
        rowwise.infiniteRows = row -> true;
        assertThatThrownBy(() -> WarmUp.run(rowwise, 64)).isExactlyInstanceOf(NonFiniteException.class);
    }

    @Test
    void soIsAStepsLackOfMemory() {
        rowwise.infiniteRows = row -> true;
        assertThatThrownBy(() -> WarmUp.run(new NoMemory(rowwise), 64))
                .isExactlyInstanceOf(OutOfMemoryError.class)
                .hasMessage("Java heap space");
        assertThat(rowwise.rowsOfCalls).containsExactly(2);
    }
}
