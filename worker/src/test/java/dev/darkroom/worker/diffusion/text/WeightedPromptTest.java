package dev.darkroom.worker.diffusion.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.worker.diffusion.text.WeightedPrompt.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What A1111's web UI makes of prompts. */
class WeightedPromptTest {
    static Stream<Arguments> prompts() {
        return Stream.of(
                prompt("normal text", "normal text", 1.0),
                prompt("an (important) word", "an ", 1.0, "important", 1.1, " word", 1.0),
                prompt("(unbalanced", "unbalanced", 1.1),
                prompt("[unbalanced", "unbalanced", 1 / 1.1),
                prompt("un)opened] text", "un)opened] text", 1.0),
                prompt("\\(literal\\]", "(literal]", 1.0),
                prompt("\\[literal\\) \\\\", "[literal) \\", 1.0),
                prompt("(a\\)b)", "a)b", 1.1),
                prompt("\\a", "a", 1.0),
                prompt("(unnecessary)(parens)", "unnecessaryparens", 1.1),
                prompt("(a:1.3)", "a", 1.3),
                prompt("(a: 1.3 )", "a", 1.3),
                prompt("(a:-0.5)", "a", -0.5),
                prompt("(a:.5)", "a", 0.5),
                prompt("(a:0)", "a", 0.0),
                prompt("(a:1.2.3)", "a:1.2.3", 1.1),
                prompt("a:1.3)", "a:1.3)", 1.0),
                prompt("ratio 16:9, (wide)", "ratio 16:9, ", 1.0, "wide", 1.1),
                prompt("[a:1.3)", "a:1.3)", 1 / 1.1),
                prompt("((a))", "a", 1.1 * 1.1),
                prompt("[[a]]", "a", 1 / 1.1 / 1.1),
                prompt("(a[b)c]", "a", 1.1, "b", 1.0, "c", 1 / 1.1),
                prompt("", new Object[0]),
                prompt(
                        "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
                        "a ",
                        1.0,
                        "house",
                        1.573,
                        " ",
                        1.1,
                        "on",
                        1.0,
                        " a ",
                        1.1,
                        "hill",
                        0.55,
                        ", sun, ",
                        1.1,
                        "sky",
                        1.4641,
                        ".",
                        1.1));
    }

    private static Arguments prompt(String text, Object... parts) {
        return Arguments.of(text, parts(parts));
    }

    private static List<Part> parts(Object... parts) {
        List<Part> list = new ArrayList<>();
        for (int i = 0; i < parts.length; i += 2) {
            list.add(new Part((String) parts[i], (double) parts[i + 1]));
        }
        return list;
    }

    @ParameterizedTest
    @MethodSource("prompts")
    void aPromptIsReadAsTheWebUiReadsIt(String prompt, List<Part> expected) {
        List<List<Part>> sections = WeightedPrompt.parse(prompt).sections();
        assertThat(sections).hasSize(1);
        assertSame(sections.get(0), expected);
    }

    private static void assertSame(List<Part> actual, List<Part> expected) {
        assertThat(actual)
                .extracting(Part::text)
                .isEqualTo(expected.stream().map(Part::text).toList());
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i).weight()).isCloseTo(expected.get(i).weight(), within(1e-12));
        }
    }

    @Test
    void aBreakBeginsASection() {
        assertThat(WeightedPrompt.parse("a (b) BREAK  c").sections())
                .containsExactly(parts("a ", 1.0, "b", 1.1), parts("c", 1.0));
        assertThat(WeightedPrompt.parse("(a BREAK b)").sections()).containsExactly(parts("a", 1.1), parts("b", 1.1));
        assertThat(WeightedPrompt.parse("BREAK").sections()).containsExactly(parts(), parts());
        assertThat(WeightedPrompt.parse("BREAKFAST, a break").sections())
                .containsExactly(parts("BREAKFAST, a break", 1.0));
    }

    @Test
    void everyTextIsAPrompt() {
        long seed = 20_261_128L;
        SplittableRandom random = new SplittableRandom(seed);
        String letters = "ab :1.\\()[],BREAK\n";
        for (int i = 0; i < 20_000; i++) {
            String text = random.ints(random.nextInt(40), 0, letters.length())
                    .mapToObj(at -> letters.substring(at, at + 1))
                    .collect(Collectors.joining());
            WeightedPrompt prompt = WeightedPrompt.parse(text);
            assertThat(prompt.sections())
                    .as("seed %d, text %d: %s", seed, i, text)
                    .isNotEmpty();
            String kept = prompt.sections().stream()
                    .flatMap(List::stream)
                    .map(Part::text)
                    .collect(Collectors.joining());
            assertThat(text.replaceAll("[^ab]", "")).isEqualTo(kept.replaceAll("[^ab]", ""));
        }
    }

    @Test
    void manyBracketsDoNotTakeManyTimes() {
        String text = "(".repeat(2000) + "a" + ")".repeat(1999);
        assertThat(WeightedPrompt.parse(text).sections()).hasSize(1);
        assertThat(WeightedPrompt.parse(":".repeat(4000)).sections()).containsExactly(parts(":".repeat(4000), 1.0));
    }
}
