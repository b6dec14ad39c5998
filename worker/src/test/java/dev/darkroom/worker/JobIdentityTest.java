package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.Noise;
import dev.darkroom.job.OutputFormat;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.json.JobCodec;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class JobIdentityTest {
    private static GenerationJob.Builder job() {
        return GenerationJob.builder("job", "a red ring");
    }

    @Test
    void contextAndDeadlineDoNotMakeAnotherJob() {
        GenerationJob later = job().context("{\"order\": 17}")
                .deadline(Instant.parse("2030-01-01T00:00:00Z"))
                .build();
        assertThat(JobIdentity.of(later)).isEqualTo(JobIdentity.of(job().build()));
    }

    @Test
    void spellingDoesNotMakeAnotherJob() throws Exception {
        String one = "{\"id\":\"job\",\"prompt\":\"a red ring\",\"guidance_scale\":4,\"num_images\":1}";
        String two = "{ \"guidance_scale\": 4.0, \"prompt\": \"a\\u0020red ring\", \"id\": \"job\" }";
        assertThat(identity(one)).isEqualTo(identity(two));
    }

    static Stream<GenerationJob> others() {
        return Stream.of(
                        GenerationJob.builder("job-2", "a red ring"),
                        GenerationJob.builder("job", "a red ring "),
                        job().negativePrompt("x"),
                        job().model("shapes"),
                        job().width(128),
                        job().height(128),
                        job().numInferenceSteps(25),
                        job().guidanceScale(7.5),
                        job().scheduler("ddim"),
                        job().seed(0),
                        job().numImages(2),
                        job().clipSkip(1),
                        job().promptSyntax(PromptSyntax.WEIGHTED),
                        job().noise(Noise.CUDA_PHILOX),
                        job().guidanceRescale(0.5),
                        job().guidanceStart(0.5),
                        job().guidanceEnd(0.5),
                        job().cacheInterval(2),
                        job().eta(0.5),
                        job().output(new OutputFormat(OutputFormat.Kind.JPEG, 80)))
                .map(GenerationJob.Builder::build);
    }

    @ParameterizedTest
    @MethodSource("others")
    void whateverChangesThePictureMakesAnotherJob(GenerationJob other) {
        assertThat(JobIdentity.of(other)).isNotEqualTo(JobIdentity.of(job().build()));
        if (other.id().equals("job")) {
            assertThat(JobIdentity.of(other).contentHash())
                    .isNotEqualTo(JobIdentity.of(job().build()).contentHash())
                    .matches("[0-9a-f]{64}");
        }
    }

    @Test
    void anInvalidJobIsItsBytes() {
        byte[] value = "{\"id\":\"job\",\"prompt\":7}".getBytes(StandardCharsets.UTF_8);
        assertThat(JobIdentity.ofInvalid("job", value)).isEqualTo(JobIdentity.ofInvalid("job", value.clone()));
        assertThat(JobIdentity.ofInvalid("job", value)).isNotEqualTo(JobIdentity.ofInvalid("job", new byte[0]));
    }

    private static JobIdentity identity(String json) throws Exception {
        return JobIdentity.of(JobCodec.decode(json.getBytes(StandardCharsets.UTF_8)));
    }
}
