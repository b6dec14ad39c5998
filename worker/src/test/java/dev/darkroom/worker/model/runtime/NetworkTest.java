package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.onnxruntime.OrtSession;
import dev.darkroom.worker.model.InferenceException;
import dev.darkroom.worker.model.InsufficientMemoryException;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.graph.LongGraph;
import dev.darkroom.worker.model.graph.WideGraph;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import java.util.Arrays;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class NetworkTest {
    private static final int SIDE = 1024;
    private static final int SECONDS = 30;

    private final Network network = load();
    private final Tensor zeros = new Tensor(new float[SIDE * SIDE], SIDE, SIDE);

    NetworkTest() throws ModelException {}

    /** A run would take a processor core some minutes, so only one that was ended is over in time. */
    private static Network load() throws ModelException {
        return Network.load(
                LongGraph.build(SIDE, 10_000),
                new RuntimeOptions(Device.CPU, 1, Memory.STEADY),
                LongGraph.POWER,
                inputs -> inputs.head().getShape());
    }

    @AfterEach
    void close() {
        network.close();
    }

    @Test
    @Timeout(value = 2 * SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void closingEndsARunInsteadOfWaitingForIt() throws Exception {
        FutureTask<Tensor> run = start(new Interruption());
        network.close();
        assertThatThrownBy(() -> run.get(SECONDS, TimeUnit.SECONDS))
                .hasCauseInstanceOf(InferenceException.class)
                .hasMessageContaining("The long network was closed while it ran");
        assertThatThrownBy(() -> network.predict(new Call(), zeros))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    @Timeout(value = 2 * SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void anInterruptionEndsItsRunAndNoOther() throws Exception {
        Interruption interruption = new Interruption();
        FutureTask<Tensor> other = start(new Interruption());
        FutureTask<Tensor> run = start(interruption);
        interruption.raise();
        assertThatThrownBy(() -> run.get(SECONDS, TimeUnit.SECONDS))
                .hasCauseInstanceOf(InferenceException.class)
                .hasMessageContaining("The long network was interrupted");
        assertThatThrownBy(() -> network.predict(new Call(), zeros, interruption))
                .as("a run whose interruption is raised before it begins")
                .isInstanceOf(InferenceException.class)
                .hasMessageContaining("interrupted");

        assertThat(other).isNotDone();
        FutureTask<Tensor> later = start(new Interruption());
        assertThat(later).isNotDone();
    }

    /** Four terabytes: no machine of ours has them, and no system promises them. */
    @Test
    void memoryThatIsNotThereIsToldFromOtherFailures() throws ModelException {
        int side = 1 << 20;
        Tensor numbers = new Tensor(new float[side], side, 1);
        try (Network wide = Network.load(
                WideGraph.build(side),
                new RuntimeOptions(Device.CPU, 1, Memory.STEADY),
                WideGraph.OUTPUT,
                inputs -> inputs.head().getShape())) {
            assertThatThrownBy(() -> wide.predict(new WideCall(), numbers))
                    .isInstanceOf(InsufficientMemoryException.class)
                    .hasMessageContaining("The wide network failed");
        }
    }

    /** Starts a run, and returns when it is under way. */
    private FutureTask<Tensor> start(Interruption interruption) {
        FutureTask<Tensor> run = new FutureTask<>(() -> network.predict(new Call(), zeros, interruption));
        Thread running = new Thread(run, "long run");
        running.setDaemon(true);
        running.start();
        while (!computes(running)) {
            assertThat(run.isDone()).isFalse();
            Thread.onSpinWait();
        }
        return run;
    }

    /** Whether a thread is inside of the native part of ONNX Runtime. */
    private static boolean computes(Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(
                        frame -> frame.isNativeMethod() && frame.getClassName().equals(OrtSession.class.getName()));
    }

    private static final class WideCall extends ToTensor<Tensor> {
        @Override
        NDList inputs(NDManager manager, Tensor column) {
            Tensor row = new Tensor(column.data(), 1, column.data().length);
            return new NDList(array(manager, WideGraph.COLUMN, column), array(manager, WideGraph.ROW, row));
        }
    }

    private static final class Call extends ToTensor<Tensor> {
        @Override
        NDList inputs(NDManager manager, Tensor matrix) {
            return new NDList(array(manager, LongGraph.MATRIX, matrix));
        }
    }
}
