package dev.darkroom.worker.diffusion.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LoraTagsTest {
    @Test
    void tagsAreTakenOutOfThePrompt() {
        LoraTags tags = LoraTags.parse("a cat<lora:ink wash:0.8>, (red:1.2) <lora:b> <lora:c:1:0.5><lora:d:>");
        assertThat(tags.prompt()).isEqualTo("a cat, (red:1.2)  ");
        assertThat(tags.tags())
                .containsExactly(
                        new LoraTags.Tag("ink wash", "0.8"),
                        new LoraTags.Tag("b", ""),
                        new LoraTags.Tag("c", "1:0.5"),
                        new LoraTags.Tag("d", ""));
    }

    @Test
    void whatIsNoTagStays() {
        for (String prompt :
                new String[] {"", "a $1 cat", "<lora:", "<lora:a", "<hypernet:a:1>", "<lora>", "< lora:a>"}) {
            assertThat(LoraTags.parse(prompt)).isEqualTo(new LoraTags(prompt, List.of()));
        }
    }
}
