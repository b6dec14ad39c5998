package dev.darkroom.worker.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How often a scheduler calls the UNet is told without setting it up. */
class SchedulerCallsTest {
    private static int made(String name, boolean skipPrkSteps, int steps) {
        Map<String, Object> checkpoint = StableDiffusion.settings(Map.of("skip_prk_steps", skipPrkSteps));
        return Schedulers.create(name, checkpoint, steps).steps();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 25})
    void asManyAreToldAsAreMade(int steps) {
        for (String name : Schedulers.names()) {
            assertThat(Schedulers.calls(name, steps)).as(name).isEqualTo(made(name, true, steps));
        }
    }

    /** What a checkpoint asks for is not known where calls are told. */
    @Test
    void aCheckpointThatWantsRungeKuttaStepsOfPndmMakesEightMore() {
        assertThat(made("pndm", false, 25)).isEqualTo(Schedulers.calls("pndm", 25) + 8);
    }

    @Test
    void nobodysSchedulerHasNone() {
        assertThatThrownBy(() -> Schedulers.calls("nobodys", 25))
                .isInstanceOf(UnsupportedSchedulerException.class)
                .hasMessageContaining("nobodys");
    }
}
