package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.GivenImage;
import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.diffusion.schedule.Sampler;
import dev.darkroom.worker.diffusion.schedule.Schedulers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a picture's text, written by hand in A1111's form, comes to as a job. */
class A1111PictureTest {
    private static final String VALUES =
            "Steps: 20, Sampler: %s, CFG scale: 7, Seed: 3735928559, Size: 512x768, Model hash: 6ce0161689, Model: v1-5";

    private static String text(String sampler, String more) {
        return "a (cat:1.2), <lora:ink:0.8>\nNegative prompt: dogs\n" + VALUES.formatted(sampler) + more;
    }

    private static GenerationJob job(String sampler, String more) throws IOException {
        return A1111Picture.of(text(sampler, more)).job(Optional.empty());
    }

    @Test
    void everythingThatAJobHasIsRead() throws IOException {
        GenerationJob job = job("DPM++ 2M", ", Schedule type: Karras, Clip skip: 2, ENSD: 31337, Version: v1.9.4");
        assertThat(job)
                .isEqualTo(GenerationJob.builder("generate", "a (cat:1.2), <lora:ink:0.8>")
                        .negativePrompt("dogs")
                        .promptSyntax(PromptSyntax.WEIGHTED)
                        .numInferenceSteps(20)
                        .scheduler("dpmpp_2m_karras")
                        .guidanceScale(7)
                        .seed(3_735_928_559L)
                        .width(512)
                        .height(768)
                        .noise(Noise.CUDA_PHILOX)
                        .clipSkip(1)
                        .build());
        assertThat(job("DDIM", ", Eta DDIM: 0.5, RNG: CPU").eta()).isEqualTo(0.5);
        assertThat(job("DDIM", ", Eta: 1").eta()).as("an older version's").isEqualTo(1);
        assertThat(job("Euler", ", Eta: 1").eta()).isZero();
        assertThat(job("Euler", ", RNG: CPU").noise()).isEqualTo(Noise.TORCH_CPU);
        assertThat(job("Euler", ", RNG: NV").noise()).isEqualTo(Noise.CUDA_PHILOX);
        assertThat(job("Euler", "").clipSkip()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "DPM++ 2M Karras, '', dpmpp_2m_karras",
        "DPM++ 2M, '', dpmpp_2m",
        "DPM++ 2M, Automatic, dpmpp_2m_karras",
        "DPM++ 2M, Uniform, dpmpp_2m",
        "DPM++ 2M SDE, Automatic, dpmpp_2m_sde_exponential",
        "DPM++ 2M SDE Exponential, '', dpmpp_2m_sde_exponential",
        "DPM++ 3M SDE, Automatic, dpmpp_3m_sde_exponential",
        "DPM++ SDE, Automatic, dpmpp_sde_karras",
        "DPM2, Automatic, kdpm2_karras",
        "DPM2 a, Automatic, kdpm2_a_karras",
        "Euler, Automatic, euler",
        "Euler, Beta, euler_beta",
        "Euler a, Automatic, euler_a",
        "LMS Karras, '', lms_karras",
        "Heun, Exponential, heun_exponential",
        "PLMS, Automatic, pndm",
        "UniPC, Automatic, unipc",
        "LCM, Automatic, lcm",
        "DDIM, '', ddim",
        "LMS Karras, Automatic, lms_karras",
        "DPM++ 2M Karras, Automatic, dpmpp_2m_karras",
        "DPM++ 2M Karras, exponential, dpmpp_2m_exponential",
        "Euler, karras, euler_karras"
    })
    void samplersOfBothFormsAreKnown(String sampler, String scheduleType, String scheduler) throws IOException {
        String more = scheduleType.isEmpty() ? "" : ", Schedule type: " + scheduleType;
        assertThat(job(sampler, more).scheduler()).contains(scheduler);
    }

    /** What a PNG of Darkroom's says of its scheduler, A1111 takes for the same. */
    @Test
    void theSamplersThatDarkroomWritesAreTheSameHere() throws IOException {
        int known = 0;
        for (Sampler sampler : Sampler.values()) {
            List<String> names = new ArrayList<>(List.of(sampler.jobName()));
            sampler.suffixes().stream()
                    .filter(suffix -> !suffix.equals("_lu"))
                    .forEach(suffix -> names.add(sampler.jobName() + suffix));
            for (String name : sampler.a1111Name().isPresent() ? names : List.<String>of()) {
                assertThat(job(Schedulers.samplerLabel(name), ", Schedule type: " + A1111Sampler.scheduleType(name))
                                .scheduler())
                        .contains(name);
                known++;
            }
        }
        assertThat(known).isGreaterThan(30);
        assertThat(A1111Sampler.scheduleType("dpmpp_2m")).isEqualTo("Uniform");
        assertThat(A1111Sampler.scheduleType("euler")).isEqualTo("Automatic");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "Hires upscale: 2, Hires upscaler: Latent | 'Hires upscale', 'Hires upscaler'",
                "Face restoration: CodeFormer | 'Face restoration'",
                "Script: X/Y/Z plot | 'Script'",
                "Variation seed: 1, Variation seed strength: 0.2 | 'Variation seed strength'",
                "ADetailer model: face_yolov8n.pt | 'ADetailer model'",
                "Mask blur: 4 | 'Mask blur'",
                "Token merging ratio: 0.5 | 'Token merging ratio'",
                "RNG: MT | 'MT'",
                "Schedule type: SGM Uniform | 'SGM Uniform'",
                "Schedule type: Karras | 'Euler a' and the schedule type 'Karras'",
                "Eta: 0.67 | 'Eta' of '0.67'",
                "ENSD: 31337 | 'ENSD' of '31337'",
                "ENSD: x | 'ENSD'",
                "Civitai resources: \"[]\" | 'Civitai resources'",
                "Clip skip: 0 | clip_skip",
                "Clip skip: 2147483648 | 'Clip skip'"
            })
    void whatDarkroomCannotDoIsRefusedByName(String more, String named) {
        assertThatThrownBy(() -> job("Euler a", ", " + more))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(named)
                .message()
                .doesNotContain("cat");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "DPM fast | 20 | 7 | 1 | 512x512 | 'DPM fast'",
                "Euler | 0 | 7 | 1 | 512x512 | num_inference_steps",
                "Euler | x | 7 | 1 | 512x512 | 'Steps'",
                "Euler | 20 | 7e1 | 1 | 512x512 | 'CFG scale'",
                "Euler | 20 | 31 | 1 | 512x512 | guidance_scale",
                "Euler | 20 | 1.2.3 | 1 | 512x512 | 'CFG scale'",
                "Euler | 20 | 7 | -1 | 512x512 | seed",
                "Euler | 20 | 7 | 99999999999999999999 | 512x512 | 'Seed'",
                "Euler | 20 | 7 | 1 | 512x4096 | height",
                "Euler | 20 | 7 | 1 | 500x512 | width",
                "Euler | 20 | 7 | 1 | 512 | 'Size'",
            })
    void valuesOutOfTheirRangeAreRefused(
            String sampler, String steps, String scale, String seed, String size, String named) {
        String text = "a cat\nSteps: " + steps + ", Sampler: " + sampler + ", CFG scale: " + scale + ", Seed: " + seed
                + ", Size: " + size;
        assertThatThrownBy(() -> A1111Picture.of(text))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(named);
    }

    @Test
    void whatIsMissingIsNamed() {
        assertThatThrownBy(() -> A1111Picture.of("a\nSteps: 1, Sampler: Euler, Size: 64x64, Seed: 1"))
                .hasMessageContaining("'CFG scale'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a [cat:dog:0.5]",
                "a [cat::0.5]",
                "a [cat:dog:5e-1]",
                "a [cat:dog:+.5]",
                "a [cat:-1]",
                "a [big [cat|dog]]",
                "a cat AND a dog",
                "<hypernet:x:1> a cat",
                "<lyco:x:1> a cat"
            })
    void syntaxThatWouldBeReadAsTextIsRefused(String prompt) {
        assertThatThrownBy(() -> A1111Picture.of(prompt + "\n" + VALUES.formatted("Euler")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Darkroom does not do that");
        assertThatThrownBy(() -> A1111Picture.of("a\nNegative prompt: " + prompt + "\n" + VALUES.formatted("Euler")))
                .isInstanceOf(IOException.class);
    }

    @Test
    void longBracketsAreReadWhole() {
        String prompt = "[cat|" + "a dog, ".repeat(200) + "]";
        assertThatThrownBy(() -> A1111Picture.of(prompt + "\n" + VALUES.formatted("Euler")))
                .hasMessageContaining("alternates");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a [cat], [(dog:1.2)]",
                "[cat\\|dog], a|b",
                "a \\[cat:dog:0.5\\]",
                "SAND | BREAK (x:0.5)",
                "<lora:x:1> a:b:0.5",
                "]["
            })
    void weightedPromptsAreTaken(String prompt) throws IOException {
        assertThat(A1111Picture.of(prompt + "\n" + VALUES.formatted("Euler"))
                        .job(Optional.empty())
                        .prompt())
                .isEqualTo(prompt);
    }

    @Test
    void aPictureMadeFromAPictureNeedsIt() throws IOException {
        A1111Picture made = A1111Picture.of(text("Euler", ", Denoising strength: 0.75"));
        assertThatThrownBy(() -> made.job(Optional.empty()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("--image");
        GivenImage named = GivenImage.of("file-cat.png").withMask("file-mask.png");
        assertThat(made.job(Optional.of(named)).given())
                .contains(GivenImage.of("file-cat.png").withStrength(0.75));
        A1111Picture edited = A1111Picture.of(text("Euler", ", Denoising strength: 1, Image CFG scale: 1.5"));
        assertThat(edited.job(Optional.of(named)).given())
                .as("as a model for editing takes it")
                .contains(GivenImage.of("file-cat.png").withGuidance(1.5));
        A1111Picture both = A1111Picture.of(text("Euler", ", Denoising strength: 0.75, Image CFG scale: 1.5"));
        assertThatThrownBy(() -> both.job(Optional.of(named)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("'Image CFG scale' and a 'Denoising strength' of '0.75'");
        assertThat(A1111Picture.of(text("Euler", "")).job(Optional.of(named)).given())
                .isEmpty();
    }
}
