package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.develop.RowwiseModel;
import dev.darkroom.worker.develop.WarmUp;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.model.NonFiniteModelException;
import dev.darkroom.worker.model.Precision;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class WarmingLoaderTest {
    private static final ModelFiles FILES = ModelFiles.of("model", Path.of("model"));

    @TempDir
    private Path folder;

    private final RowwiseModel model = new RowwiseModel("model");
    private final WarmingLoader loader = new WarmingLoader(new Fixed(model), ModelDescription::nativeSize);

    /** Hands out one model. */
    private record Fixed(RowwiseModel model) implements ModelLoader {
        @Override
        public LoadedModel load(ModelFiles files) {
            model.steps.release(1);
            return model;
        }

        @Override
        public long memory(ModelFiles files) {
            return 7;
        }
    }

    @Test
    void aModelRunsBeforeItIsHandedOut() throws Exception {
        assertThat(loader.load(FILES)).isSameAs(model);
        assertThat(model.rowsOfCalls).containsExactly(2);
        assertThat(model.closed).isFalse();
        assertThat(loader.memory(FILES)).isEqualTo(7);
    }

    @Test
    void aModelThatDoesNotRunIsClosedAndMayBeTriedAgain() {
        model.broken = true;
        assertThatThrownBy(() -> loader.load(FILES))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContainingAll("model", "does not run", "The UNet is broken");
        assertThat(model.closed).isTrue();
    }

    @Test
    void aModelOfInfiniteNumbersIsClosedAndItsPrecisionTold() {
        model.precision = Precision.FP16;
        model.infiniteRows = row -> true;
        assertThatThrownBy(() -> loader.load(FILES))
                .isInstanceOfSatisfying(
                        NonFiniteModelException.class,
                        failure -> assertThat(failure.precision()).isEqualTo(Precision.FP16))
                .hasMessageContainingAll("model", "not finite");
        assertThat(model.closed).isTrue();
    }

    @Test
    void theUnetOfAModelThatWantsAPictureIsLeftOut() throws Exception {
        model.unetChannels = 9;
        assertThat(loader.load(FILES)).isSameAs(model);
        assertThat(model.rowsOfCalls).isEmpty();
    }

    @Test
    void theDemoModelIsWarmedUp() throws Exception {
        ModelFiles files = ModelFiles.of("shapes", TestStack.MODELS.resolve("shapes"));
        try (LoadedModel shapes = real().load(files)) {
            assertThat(WarmUp.smallestSide(shapes.description())).isEqualTo(64);
        }
        assertThat(real().memory(files))
                .as("weights in float32 and a working set")
                .isBetween(70_000_000L, 110_000_000L);
    }

    @Test
    void weightsThatAreNotNumbersAreFoundWhileItIsLoaded() throws Exception {
        ModelFiles files = ModelFiles.of("nan", DemoModel.notNumbers(folder.resolve("nan")));
        assertThatThrownBy(() -> real().load(files))
                .isInstanceOf(NonFiniteModelException.class)
                .hasMessageContainingAll("nan", "not finite", "fp32", "weights");
    }

    private static WarmingLoader real() {
        return new WarmingLoader(WorkerModels.runtimeLoader(WorkerModels.ANY_DEVICE), WarmUp::smallestSide);
    }
}
