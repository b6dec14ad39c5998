package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.config.DeviceConfig;
import dev.darkroom.worker.develop.CallRules;
import dev.darkroom.worker.develop.CallTiming;
import dev.darkroom.worker.develop.RowwiseModel;
import dev.darkroom.worker.develop.WarmUp;
import dev.darkroom.worker.model.CallTimes;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.LoraFile;
import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.model.NonFiniteModelException;
import dev.darkroom.worker.model.Precision;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class WarmingLoaderTest {
    private static final ModelFiles FILES = ModelFiles.of("model", Path.of("model"));
    private static final CallTiming TIMING =
            new CallTiming(CallRules.strict(WorkerModels.MAX_ROWS), 1, Duration.ofSeconds(5), System::nanoTime);

    @TempDir
    private Path folder;

    private final RowwiseModel model = new RowwiseModel("model");
    private final WarmingLoader loader = new WarmingLoader(new Fixed(model), ModelDescription::nativeSize, TIMING);

    /** Hands out one model. */
    private record Fixed(RowwiseModel model) implements ModelLoader {
        @Override
        public LoadedModel load(ModelFiles files) {
            model.steps.release(1000);
            return model;
        }

        @Override
        public long memory(ModelFiles files) {
            return 7;
        }
    }

    @Test
    void aModelRunsBeforeItIsHandedOut() throws Exception {
        model.companyCounts = true;
        assertThat(loader.load(FILES)).isSameAs(model);
        assertThat(model.rowsOfCalls).containsExactly(2);
        assertThat(model.closed).isFalse();
        assertThat(loader.memory(FILES)).isEqualTo(7);
    }

    @Test
    void aModelWhoseRowsAreIndependentTellsWhatItsCallsTake() throws Exception {
        LoadedModel timed = loader.load(FILES);

        assertThat(timed.callTimes().orElseThrow().isOf(64, 64)).isTrue();
        assertThat(timed.callTimes().orElseThrow().byRows()).containsKey(1);
        assertThat(model.rowsOfCalls).startsWith(2, 1);
        timed.close();
        assertThat(model.closed).isTrue();
    }

    @Test
    void aModelIsTimedOnceWhateverItsLoras() throws Exception {
        ModelFiles inked = FILES.with(List.of(new LoraFile("ink", Path.of("ink"), Optional.empty(), 0.1)));
        LoadedModel first = loader.load(inked);
        int calls = model.rowsOfCalls.size();
        assertThat(calls).isGreaterThan(2);

        ModelFiles more = FILES.with(List.of(new LoraFile("ink", Path.of("ink"), Optional.empty(), 0.11)));
        LoadedModel second = loader.load(more);
        assertThat(model.rowsOfCalls.subList(calls, model.rowsOfCalls.size()))
                .as("it runs, to see that it can, and is not timed")
                .containsExactly(2);
        assertThat(second.callTimes()).isPresent().isEqualTo(first.callTimes());
        second.close();
        assertThat(model.closed).isTrue();

        model.rowsOfCalls.clear();
        assertThat(loader.load(FILES).callTimes()).as("nor is it without any").isEqualTo(first.callTimes());
        assertThat(model.rowsOfCalls).containsExactly(2);

        model.rowsOfCalls.clear();
        loader.load(ModelFiles.of(FILES.id(), Path.of("another")));
        assertThat(model.rowsOfCalls).as("other files are another model").startsWith(2, 1);
    }

    @Test
    void aModelThatRunsButCannotBeTimedIsHandedOut() throws Exception {
        model.onCall(() -> model.broken = model.rowsOfCalls.size() > 1);

        assertThat(loader.load(FILES)).isSameAs(model);
        assertThat(model.rowsOfCalls).containsExactly(2, 1);
        assertThat(model.closed).isFalse();
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
    void aModelThatWantsAPictureIsGivenOne() throws Exception {
        model.companyCounts = true;
        model.unetChannels = 9;
        assertThat(loader.load(FILES)).isSameAs(model);
        assertThat(model.rowsOfCalls).as("with and without the prompt").containsExactly(2);

        model.unetChannels = 8;
        assertThat(loader.load(FILES)).isSameAs(model);
        assertThat(model.rowsOfCalls).as("and without the picture").containsExactly(2, 3);
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
    void theDemoModelIsTimedWhereJobsCanShareCalls() throws Exception {
        DeviceConfig steady = new DeviceConfig(
                DeviceConfig.Kind.CPU, 2, DeviceConfig.Memory.HIGH, DeviceConfig.Determinism.FAST, Optional.empty());
        try (LoadedModel shapes =
                WorkerModels.loader(steady).load(ModelFiles.of("shapes", TestStack.MODELS.resolve("shapes")))) {
            CallTimes times = shapes.callTimes().orElseThrow();
            assertThat(List.of(1, 2, 4, 6, 8))
                    .startsWith(times.byRows().keySet().toArray(new Integer[0]));
            assertThat(times.byRows()).containsKey(times.usefulRows());
        }
    }

    @Test
    void weightsThatAreNotNumbersAreFoundWhileItIsLoaded() throws Exception {
        ModelFiles files = ModelFiles.of("nan", DemoModel.notNumbers(folder.resolve("nan")));
        assertThatThrownBy(() -> real().load(files))
                .isInstanceOf(NonFiniteModelException.class)
                .hasMessageContainingAll("nan", "not finite", "fp32", "weights");
    }

    private static WarmingLoader real() {
        return new WarmingLoader(WorkerModels.runtimeLoader(WorkerModels.ANY_DEVICE), WarmUp::smallestSide, TIMING);
    }
}
