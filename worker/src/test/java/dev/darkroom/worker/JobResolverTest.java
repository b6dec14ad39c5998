package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.event.FailureCode;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.develop.DevelopRequest;
import dev.darkroom.worker.develop.RowwiseModel;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.LoadedModels;
import dev.darkroom.worker.model.ModelDefaults;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.model.catalogue.LocalCatalogue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JobResolverTest {
    private static final ModelDefaults DEFAULTS = new ModelDefaults(
            Optional.of("euler"), Optional.of(7), Optional.of(2.5), Optional.of(128), Optional.of(192));

    @TempDir
    private Path folder;

    private final RowwiseModel model = new RowwiseModel("model");

    @Test
    void whatNobodySaysComesFromTheCheckpoint() throws Exception {
        DevelopRequest request = resolve(GenerationJob.builder("job", "x"));
        assertThat(request.scheduler()).isEqualTo("ddim");
        assertThat(request.guidanceScale()).isEqualTo(7.5);
        assertThat(request.width()).isEqualTo(64);
        assertThat(request.height()).isEqualTo(64);
    }

    @Test
    void theOperatorsDefaultsComeBeforeTheCheckpoints() throws Exception {
        model.defaults = DEFAULTS;
        DevelopRequest request = resolve(GenerationJob.builder("job", "x"));
        assertThat(request.scheduler()).isEqualTo("euler");
        assertThat(request.numInferenceSteps()).isEqualTo(7);
        assertThat(request.guidanceScale()).isEqualTo(2.5);
        assertThat(request.width()).isEqualTo(128);
        assertThat(request.height()).isEqualTo(192);
    }

    @Test
    void theJobComesBeforeAllDefaults() throws Exception {
        model.defaults = DEFAULTS;
        DevelopRequest request = resolve(GenerationJob.builder("job", "x")
                .scheduler("dpmpp_2m")
                .numInferenceSteps(3)
                .guidanceScale(1)
                .width(256)
                .height(320));
        assertThat(request.scheduler()).isEqualTo("dpmpp_2m");
        assertThat(request.numInferenceSteps()).isEqualTo(3);
        assertThat(request.guidanceScale()).isEqualTo(1);
        assertThat(request.width()).isEqualTo(256);
        assertThat(request.height()).isEqualTo(320);
    }

    @Test
    void anEditingModelIsRefusedByWhatItWants() {
        model.unetChannels = 8;
        assertThatThrownBy(() -> resolve(GenerationJob.builder("job", "x")))
                .isInstanceOfSatisfying(
                        JobFailedException.class,
                        failure -> assertThat(failure.code()).isEqualTo(FailureCode.UNSUPPORTED))
                .hasMessageContainingAll("a picture to edit", "8 channels");
    }

    @Test
    void aModelThatIsToldItsGuidanceRefusesAnIntervalOfIt() throws Exception {
        model.guidanceEmbedded = true;
        assertThatThrownBy(() -> resolve(GenerationJob.builder("job", "x").guidanceEnd(0.8)))
                .isInstanceOfSatisfying(
                        JobFailedException.class,
                        failure -> assertThat(failure.code()).isEqualTo(FailureCode.UNSUPPORTED))
                .hasMessageContainingAll("Model model", "guidance_start", "guidance_end");
        assertThat(resolve(GenerationJob.builder("job", "x")).guidanceScale()).isEqualTo(7.5);
    }

    @Test
    void aModelWithoutDeepFeaturesRefusesToReuseThem() throws Exception {
        model.reusable = false;
        assertThatThrownBy(() -> resolve(GenerationJob.builder("job", "x").cacheInterval(3)))
                .isInstanceOfSatisfying(
                        JobFailedException.class,
                        failure -> assertThat(failure.code()).isEqualTo(FailureCode.UNSUPPORTED))
                .hasMessageContainingAll("Model model", "cache_interval");
        model.reusable = true;
        assertThat(resolve(GenerationJob.builder("job", "x").cacheInterval(3)).cacheInterval())
                .isEqualTo(3);
    }

    /** Those of 2 guided pictures here have 2 * 2 rows of one channel of 256 * 256 numbers: 1 MiB. */
    @Test
    void aJobWhoseDeepFeaturesTakeTooMuchOfTheHeapIsRefused() throws Exception {
        GenerationJob.Builder job =
                GenerationJob.builder("job", "x").width(2048).height(2048).numImages(2);
        DevelopRequest reusing = resolve(job.cacheInterval(2));
        JobResolver.checkFeatures(reusing, 8 << 20);
        assertThatThrownBy(() -> JobResolver.checkFeatures(reusing, (8 << 20) - 8))
                .isInstanceOfSatisfying(
                        JobFailedException.class,
                        failure -> assertThat(failure.code()).isEqualTo(FailureCode.OUT_OF_MEMORY))
                .hasMessageContainingAll("2 pictures of 2048x2048", "1 MiB", "cache_interval");
        JobResolver.checkFeatures(resolve(job.cacheInterval(1)), 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"prompt", "negative_prompt"})
    void aPromptOfManyRowsIsRefusedWithoutItsWords(String field) {
        String breaks = "secret BREAK ".repeat(300);
        boolean negative = field.equals("negative_prompt");
        GenerationJob.Builder job = GenerationJob.builder("job", negative ? "x" : breaks)
                .promptSyntax(PromptSyntax.WEIGHTED)
                .negativePrompt(negative ? breaks : "");
        assertThatThrownBy(() -> resolve(job))
                .isInstanceOfSatisfying(
                        JobFailedException.class,
                        failure -> assertThat(failure.code()).isEqualTo(FailureCode.UNSUPPORTED))
                .hasMessageContainingAll("field " + field, "300 rows")
                .hasMessageNotContaining("secret");
    }

    @Test
    void aLongTextIsNoSuchPrompt() throws Exception {
        GenerationJob.Builder job =
                GenerationJob.builder("job", "!?".repeat(2000)).promptSyntax(PromptSyntax.WEIGHTED);
        assertThat(resolve(job).prompt()).hasSize(4000);
    }

    @Test
    void ofManyModelsAFewAreNamed() throws Exception {
        for (int k = 0; k < 30; k++) {
            Files.createFile(folder.resolve("model-" + (100 + k) + ".safetensors"));
        }
        ModelLoader nobody = new ModelLoader() {
            @Override
            public LoadedModel load(ModelFiles files) {
                throw new AssertionError("Nobody loads " + files.id());
            }

            @Override
            public long memory(ModelFiles files) {
                throw new AssertionError("Nobody loads " + files.id());
            }
        };
        try (LoadedModels models = new LoadedModels(LocalCatalogue.of(folder), nobody, 1)) {
            JobResolver resolver = new JobResolver(models, Optional.empty());
            assertThatThrownBy(() ->
                            resolver.borrow(GenerationJob.builder("job", "x").build(), Optional.empty()))
                    .hasMessageContaining("this worker has: model-100, ")
                    .hasMessageEndingWith("model-119 and 10 more");
        }
    }

    private DevelopRequest resolve(GenerationJob.Builder job) throws JobFailedException {
        return JobResolver.resolve(
                        job.build(),
                        Optional.empty(),
                        model,
                        model.description().schedulerConfig())
                .request();
    }
}
