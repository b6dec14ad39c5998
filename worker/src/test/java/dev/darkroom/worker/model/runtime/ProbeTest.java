package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import org.junit.jupiter.api.Test;

class ProbeTest {
    @Test
    void theProbeRunsOnEveryMachinesCpu() {
        assertThatCode(() -> Probe.run(Inference.environment(), Device.CPU)).doesNotThrowAnyException();
    }

    @Test
    void withoutTheCudaBuildTheCpuIsWhatIsAvailable() {
        Inference.environment();
        assumeFalse(OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA));
        assertThatThrownBy(() -> Probe.run(Inference.environment(), Device.CUDA))
                .isInstanceOf(OrtException.class);
        assertThat(Device.available()).isEqualTo(Device.CPU);
    }
}
