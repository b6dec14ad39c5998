package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.event.FailureCode;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.LoraUse;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.model.ModelVariant;
import dev.darkroom.worker.model.ModelVariant.Scaled;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JobLorasTest {
    @Test
    void fieldAndPromptAddUp() throws Exception {
        GenerationJob job = weighted("a <lora:b:0.25> cat <lora:a> <lora:c:-1>")
                .loras(List.of(new LoraUse("b", 0.5), new LoraUse("d")))
                .build();
        assertThat(JobLoras.variant("m", job))
                .isEqualTo(new ModelVariant(
                        "m",
                        List.of(new Scaled("a", 1), new Scaled("b", 0.75), new Scaled("c", -1), new Scaled("d", 1))));
        assertThat(JobLoras.prompt(job)).isEqualTo("a  cat  ");
    }

    @Test
    void whatAddsNothingIsNoModelOfItsOwn() throws Exception {
        GenerationJob job = weighted("a cat<lora:a:-0><lora:b:0.5><lora:b:-0.5>")
                .loras(List.of(new LoraUse("c", 0)))
                .build();
        assertThat(JobLoras.variant("m", job)).isEqualTo(ModelVariant.of("m"));
        assertThat(JobLoras.named(job)).containsExactly("a", "b", "c");
    }

    @Test
    void inAPlainPromptTheyAreText() throws Exception {
        GenerationJob job = GenerationJob.builder("id", "a <lora:b:0.25> cat").build();
        assertThat(JobLoras.variant("m", job)).isEqualTo(ModelVariant.of("m"));
        assertThat(JobLoras.prompt(job)).isEqualTo(job.prompt());
    }

    @ParameterizedTest
    @ValueSource(strings = {"<lora:a:0.5:0.7>", "<lora:a:x>", "<lora:a:NaN>", "<lora:a:11>", "<lora:a:1e999>"})
    void aScaleThatIsNoneIsRefused(String tag) {
        assertRefused(tag, "'a'");
    }

    @Test
    void thereAreNotManyAtOnce() {
        assertRefused("<lora:a><lora:b><lora:c><lora:d><lora:e><lora:f><lora:g><lora:h><lora:i>", "9 LoRAs");
    }

    private static void assertRefused(String prompt, String word) {
        assertThatThrownBy(() -> JobLoras.variant("m", weighted(prompt).build()))
                .isInstanceOfSatisfying(
                        JobFailedException.class,
                        failure -> assertThat(failure.code()).isEqualTo(FailureCode.UNSUPPORTED))
                .hasMessageContaining(word);
    }

    private static GenerationJob.Builder weighted(String prompt) {
        return GenerationJob.builder("id", prompt).promptSyntax(PromptSyntax.WEIGHTED);
    }
}
