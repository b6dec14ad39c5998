package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts as A1111's web UI writes them, and others. */
class A1111TextTest {
    private static final String VALUES = "Steps: 20, Sampler: Euler a, Seed: 7";

    @Test
    void promptsAreWhatStandsBeforeTheValues() throws IOException {
        A1111Text text = A1111Text.parse("a cat,\n(sitting:1.2)\nNegative prompt: dogs,\nblurry\n" + VALUES + "\n");
        assertThat(text.prompt()).isEqualTo("a cat,\n(sitting:1.2)");
        assertThat(text.negativePrompt()).isEqualTo("dogs,\nblurry");
        assertThat(text.values())
                .containsExactly(Map.entry("Steps", "20"), Map.entry("Sampler", "Euler a"), Map.entry("Seed", "7"));
        assertThat(text.toString()).doesNotContain("cat").doesNotContain("dogs");
    }

    @Test
    void eitherPromptMayBeAbsent() throws IOException {
        assertThat(A1111Text.parse("a cat\r\n" + VALUES).prompt()).isEqualTo("a cat");
        assertThat(A1111Text.parse("a cat\n" + VALUES).negativePrompt()).isEmpty();
        assertThat(A1111Text.parse("Negative prompt: dogs\n" + VALUES).prompt()).isEmpty();
        assertThat(A1111Text.parse("Negative prompt: dogs\n" + VALUES).negativePrompt())
                .isEqualTo("dogs");
        assertThat(A1111Text.parse("\nNegative prompt: dogs\n" + VALUES).prompt())
                .isEmpty();
        assertThat(A1111Text.parse(VALUES).prompt()).isEmpty();
    }

    @Test
    void quotedValuesMayHaveCommasColonsQuotesAndLines() throws IOException {
        A1111Text text = A1111Text.parse(
                "a\nSteps: 1, Lora hashes: \"ink: 0123, x: 4567\", Note: \"a \\\"b\\\", c:\\nd\\\\\", Version: v1.9.4");
        assertThat(text.values())
                .containsEntry("Lora hashes", "ink: 0123, x: 4567")
                .containsEntry("Note", "a \"b\", c:\nd\\")
                .containsEntry("Version", "v1.9.4");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a secret",
                "a secret\nSampler: Euler, Steps: 1",
                "Steps: 1, secret",
                "Steps: 1, : secret",
                "Steps: 1, A: \"secret",
                "Steps: 1, A: \"secret\\",
                "Steps: 1, A: \"x\" secret, B: 1",
                "Steps: 1, A: \"\\q secret\"",
                "Steps: 1, Steps: secret"
            })
    void anythingElseIsRefusedAndNotQuoted(String text) {
        assertThatThrownBy(() -> A1111Text.parse(text))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("'parameters'")
                .message()
                .doesNotContain("secret");
    }

    @Test
    void longTextsAndManyValuesAreRefused() {
        assertThatThrownBy(() -> A1111Text.parse("a".repeat(70_000) + "\n" + VALUES))
                .hasMessageContaining("characters");
        StringBuilder many = new StringBuilder("Steps: 1");
        for (int i = 0; i < 201; i++) {
            many.append(", v").append(i).append(": 1");
        }
        assertThatThrownBy(() -> A1111Text.parse(many.toString())).hasMessageContaining("more than 200 values");
        assertThatThrownBy(() -> A1111Text.parse("Steps: 1, " + "n".repeat(81) + ": 1"))
                .hasMessageContaining("without a name");
    }

    @Test
    void noTextDoesMoreThanFail() {
        long seed = 20_261_128L;
        SplittableRandom random = new SplittableRandom(seed);
        String alphabet = "a ,:\"\\\nS{}[]\u0000\ud83d";
        int read = 0;
        for (int round = 0; round < 5000; round++) {
            StringBuilder text = new StringBuilder("a\nSteps: ");
            for (int i = random.nextInt(40); i > 0; i--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            try {
                assertThat(A1111Text.parse(text.toString()).values()).containsKey("Steps");
                read++;
            } catch (IOException e) {
                assertThat(e.getMessage()).as("seed %d, round %d", seed, round).contains("'parameters'");
            }
        }
        assertThat(read).isBetween(100, 4900);
    }
}
