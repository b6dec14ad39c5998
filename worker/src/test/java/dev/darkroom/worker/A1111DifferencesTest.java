package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.worker.model.ForwardingModel;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.ModelFamily;
import dev.darkroom.worker.model.ModelFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is another way in A1111's web UI is told, or done as there. */
class A1111DifferencesTest {
    private LoadedModel model;

    @BeforeEach
    void load() throws Exception {
        model = new InstantModel.Loader(Duration.ZERO).load(ModelFiles.of("shapes", Path.of("none")));
    }

    private static A1111Picture picture(String sampler, String more) throws Exception {
        return A1111Picture.of(
                "a cat\nSteps: 20, Sampler: " + sampler + ", CFG scale: 7, Seed: 1, Size: 512x512" + more);
    }

    private List<String> told(String sampler, String more) throws Exception {
        List<String> told = new ArrayList<>();
        MadePicture.Weights weights = new MadePicture.Weights(Path.of("none"), Optional.empty(), model);
        picture(sampler, more).check(weights, told::add);
        return told;
    }

    @ParameterizedTest
    @CsvSource({
        "DPM2, 1, last sigma but one",
        "DPM2 a Karras, 1, last sigma but one",
        "DPM++ 2M SDE Exponential, 1, Brownian",
        "DPM++ 3M SDE Exponential, 2, Brownian",
        "UniPC, 1, bh1"
    })
    void samplersThatAreOthersThereAreTold(String sampler, int lines, String word) throws Exception {
        assertThat(told(sampler, ""))
                .hasSize(lines)
                .anySatisfy(line -> assertThat(line).contains(word));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Euler", "Euler a", "DPM++ 2M Karras", "DPM++ SDE Karras", "DDIM", "PLMS", "Heun", "LMS"})
    void thoseThatAreTheSameAreNot(String sampler) throws Exception {
        assertThat(told(sampler, "")).isEmpty();
    }

    @Test
    void aPictureMadeFromAnotherWillNotBeThatOne() throws Exception {
        assertThat(told("Euler", ", Denoising strength: 0.75"))
                .singleElement()
                .asString()
                .contains("other noise");
        assertThat(told("Euler", ", Denoising strength: 1, Image CFG scale: 1.5"))
                .as("edited: its noise is the same")
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"SD1, 1", "SD2, 0", "SDXL, 0"})
    void clipSkipIsOfStableDiffusion1(ModelFamily family, int clipSkip) throws Exception {
        A1111Picture made = picture("Euler", ", Clip skip: 2");
        LoadedModel other = new OfFamily(model, family);
        GenerationJob job = made.job(Optional.empty());
        assertThat(made.on(other, job).clipSkip()).isEqualTo(clipSkip);
        GenerationJob asked = job.toBuilder().clipSkip(3).build();
        assertThat(made.on(other, asked).clipSkip()).isEqualTo(3);
    }

    private static final class OfFamily extends ForwardingModel {
        private final ModelFamily family;

        OfFamily(LoadedModel model, ModelFamily family) {
            super(model);
            this.family = family;
        }

        @Override
        public ModelDescription description() {
            ModelDescription own = super.description();
            return new ModelDescription(
                    own.id(),
                    family,
                    own.precision(),
                    own.unetChannels(),
                    own.guidanceEmbedded(),
                    own.defaults(),
                    own.latentChannels(),
                    own.latentScale(),
                    own.nativeSize(),
                    own.textLayers(),
                    own.zerosForEmptyNegative(),
                    own.guidanceScale(),
                    own.schedulerConfig());
        }
    }
}
