package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.config.DeviceConfig;
import dev.darkroom.worker.config.DeviceConfig.Determinism;
import dev.darkroom.worker.config.DeviceConfig.Kind;
import dev.darkroom.worker.config.DeviceConfig.Memory;
import dev.darkroom.worker.develop.CallRules;
import dev.darkroom.worker.model.CallTimes;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class WorkerModelsTest {
    @Test
    void severalJobsFillADeviceOnlyWhereTheyShareCalls() {
        assertThat(jobs(Kind.CPU, Memory.HIGH, Optional.empty())).isEqualTo(4);
        assertThat(jobs(Kind.CPU, Memory.LOW, Optional.empty())).isEqualTo(4);
        assertThat(jobs(Kind.CUDA, Memory.HIGH, Optional.empty())).isEqualTo(1);
    }

    @Test
    void asManyJobsFillADeviceAsRowsAreWorthIt() {
        assertThat(jobs(Kind.CPU, Memory.HIGH, times(10, 11, 12, 13))).isEqualTo(4);
        assertThat(jobs(Kind.CPU, Memory.HIGH, times(10, 11, 12, 24))).isEqualTo(2);
        assertThat(jobs(Kind.CPU, Memory.HIGH, times(10, 20, 40, 80)))
                .as("one row is enough, and a guided picture has two")
                .isEqualTo(1);
        assertThat(jobs(Kind.CUDA, Memory.LOW, times(10, 11, 12, 13))).isEqualTo(1);
    }

    @Test
    void fastJobsShareCallsEverywhere() {
        DeviceConfig low = new DeviceConfig(Kind.CPU, 1, Memory.LOW, Determinism.FAST, Optional.empty());
        assertThat(WorkerModels.jobsOfACall(low, times(10, 11, 12, 24))).isEqualTo(2);
        assertThat(WorkerModels.callRules(low).company()).isEqualTo(CallRules.Company.SAME_PICTURE);
        assertThat(WorkerModels.callRules(low).filling()).isEqualTo(CallRules.Filling.NONE);

        DeviceConfig card = new DeviceConfig(Kind.CUDA, 1, Memory.LOW, Determinism.FAST, Optional.empty());
        assertThat(WorkerModels.jobsOfACall(card, Optional.empty())).isEqualTo(4);
        assertThat(WorkerModels.callRules(card).filling()).isEqualTo(CallRules.Filling.POWERS_OF_TWO);

        assertThat(WorkerModels.callRules(device(Kind.CUDA, Memory.LOW)))
                .isEqualTo(CallRules.strict(WorkerModels.MAX_ROWS));
    }

    private static int jobs(Kind kind, Memory memory, Optional<CallTimes> times) {
        return WorkerModels.jobsOfACall(device(kind, memory), times);
    }

    private static Optional<CallTimes> times(int one, int two, int four, int eight) {
        return Optional.of(new CallTimes(
                64,
                new TreeMap<>(Map.of(
                        1, Duration.ofMillis(one),
                        2, Duration.ofMillis(two),
                        4, Duration.ofMillis(four),
                        8, Duration.ofMillis(eight)))));
    }

    private static DeviceConfig device(Kind kind, Memory memory) {
        return new DeviceConfig(kind, 1, memory, Determinism.STRICT, Optional.empty());
    }
}
