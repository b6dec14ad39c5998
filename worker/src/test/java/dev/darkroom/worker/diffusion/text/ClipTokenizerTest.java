package dev.darkroom.worker.diffusion.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ClipTokenizerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, Integer> VOCABULARY = vocabulary(unzipped("vocab.json.gz"));
    private static final List<String> MERGES = ClipVocabulary.merges();
    private static final ClipTokenizer CLIP = new ClipTokenizer(VOCABULARY, MERGES);
    private static final ClipTokenizer BANG =
            new ClipTokenizer(VOCABULARY, MERGES, SpecialTokens.CLIP.withPadding("!"));

    static Stream<Arguments> texts() throws IOException {
        List<Arguments> cases = new ArrayList<>();
        for (JsonNode text : JSON.readTree(unzipped("tokenizer.json.gz")).get("cases")) {
            cases.add(Arguments.of(text.get("text").textValue(), text));
        }
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("texts")
    void idsAreTheReferences(String text, JsonNode expected) {
        assertThat(CLIP.encode(text)).isEqualTo(ids(expected.get("ids")));
        assertThat(CLIP.padded(text)).isEqualTo(ids(expected.get("padded")));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void idsAreTheReferencesWhereTheExclamationMarkPads(String text, JsonNode expected) {
        JsonNode ids = expected.has("ids_bang") ? expected.get("ids_bang") : expected.get("ids");
        assertThat(BANG.encode(text)).isEqualTo(ids(ids));
        assertThat(BANG.padded(text)).isEqualTo(ids(expected.get("padded_bang")));
    }

    @Test
    void allVectorsAreThere() throws IOException {
        assertThat(texts()).hasSize(190);
        assertThat(VOCABULARY).hasSize(49_408);
        assertThat(MERGES).hasSize(48_894);
    }

    /** The published vocabulary follows from the merges, which is why only they are shipped. */
    @Test
    void theShippedVocabularyIsThePublishedOne() {
        assertThat(ClipVocabulary.tokens(MERGES)).isEqualTo(VOCABULARY).hasSize(ClipVocabulary.SIZE);
        assertThat(ClipVocabulary.tokenizer(SpecialTokens.CLIP.withPadding("!")).padded("wow!"))
                .isEqualTo(BANG.padded("wow!"));
    }

    @Test
    void aSmallVocabularyWorksTheSameWay() {
        Map<String, Integer> vocabulary = vocabulary(text("shapes/vocab.json"));
        ClipTokenizer shapes = new ClipTokenizer(vocabulary, ClipTokenizer.parseMerges(text("shapes/merges.txt")));
        int[] words = Stream.of("a", "red", "circle", "on", "a", "blue", "background")
                .mapToInt(word -> Objects.requireNonNull(vocabulary.get(word + "</w>"), word))
                .toArray();
        int[] padded = shapes.padded("A red CIRCLE on a blue background");
        assertThat(padded).hasSize(77);
        assertThat(padded[0]).isEqualTo(694);
        assertThat(Arrays.copyOfRange(padded, 1, 8)).isEqualTo(words);
        assertThat(Arrays.copyOfRange(padded, 8, 77)).containsOnly(695);
        assertThat(shapes.encode("черный 🐱!")).startsWith(694).endsWith(695).hasSizeGreaterThan(10);
    }

    @Test
    void aLongWordIsQuickAndWhole() {
        Map<Integer, String> tokens = new HashMap<>();
        VOCABULARY.forEach((token, id) -> tokens.put(id, token));
        String word = "ab".repeat(100_000);
        StringBuilder joined = new StringBuilder();
        for (int id : CLIP.encode(word)) {
            joined.append(tokens.get(id));
        }
        assertThat(joined).hasToString("<|startoftext|>" + word + "</w><|endoftext|>");
    }

    /** Joining pair by pair with a heap equals the definition: always the earliest merge, leftmost first. */
    @Test
    void mergesComeInTheOrderOfTheirRank() {
        long seed = 20261124L;
        Random random = new Random(seed);
        Map<String, Integer> ranks = new HashMap<>();
        for (int rank = 0; rank < MERGES.size(); rank++) {
            ranks.put(MERGES.get(rank), rank);
        }
        for (int round = 0; round < 500; round++) {
            StringBuilder word = new StringBuilder();
            for (int i = random.nextInt(40); i >= 0; i--) {
                word.append((char) ('a' + random.nextInt(round % 25 + 1)));
            }
            int[] encoded = CLIP.encode(word.toString());
            assertThat(Arrays.copyOfRange(encoded, 1, encoded.length - 1))
                    .as("word %s, seed %d", word, seed)
                    .isEqualTo(byDefinition(word.toString(), ranks));
        }
    }

    @Test
    void inCapitalsOrUnfinishedASpecialTokenIsText() {
        assertThat(CLIP.encode("a <|ENDOFTEXT|> b")).isEqualTo(CLIP.encode("a <| endoftext |> b"));
        assertThat(CLIP.encode("<|endoftext|")).isEqualTo(CLIP.encode("<| endoftext |"));
    }

    /** The first character that combines, and nothing else that would call for the composed form. */
    @Test
    void aLetterAndItsAccentAreOneLetter() {
        assertThat(CLIP.encode("cafe a\u0300 la")).isEqualTo(CLIP.encode("cafe \u00e0 la"));
    }

    /** Else whoever names an embedding could end every prompt where he likes. */
    @Test
    void anAddedWordDoesNotTakeASpecialTokensPlace() {
        ClipTokenizer tokenizer = CLIP.with(Map.of("<|ENDOFTEXT|>", new int[] {50_000}));
        assertThat(tokenizer.encode("a <|endoftext|> b")).isEqualTo(CLIP.encode("a <|endoftext|> b"));
        assertThat(tokenizer.encode("<|EndOfText|>")).contains(50_000);
        assertThat(CLIP.with(Map.of())).isSameAs(CLIP);
    }

    @Test
    void anUnpairedSurrogateIsAQuestionMark() {
        assertThat(CLIP.encode("a \ud83d b")).isEqualTo(CLIP.encode("a ? b"));
        assertThat(CLIP.encode("\udc31")).isEqualTo(CLIP.encode("?"));
    }

    @Test
    void severalThreadsGetTheSameIds() throws InterruptedException, ExecutionException {
        ClipTokenizer shared = new ClipTokenizer(VOCABULARY, MERGES);
        List<String> prompts = IntStream.range(0, 200)
                .mapToObj(i -> "prompt number" + i % 7 + " with words" + i)
                .toList();
        List<int[]> expected = prompts.stream().map(CLIP::encode).toList();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<List<int[]>>> results = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                results.add(threads.submit(
                        () -> prompts.stream().map(shared::encode).toList()));
            }
            for (Future<List<int[]>> result : results) {
                assertThat(result.get()).usingRecursiveComparison().isEqualTo(expected);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aVocabularyWithoutAByteIsRefused() {
        Map<String, Integer> vocabulary = new HashMap<>(VOCABULARY);
        vocabulary.remove("A</w>");
        assertThatThrownBy(() -> new ClipTokenizer(vocabulary, MERGES))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("A</w>")
                .hasMessageContaining("byte 65");
    }

    @Test
    void brokenMergesAndTokensAreRefusedByName() {
        assertThatThrownBy(() -> new ClipTokenizer(VOCABULARY, List.of("i n", "nospace")))
                .hasMessageContaining("Merge 1")
                .hasMessageContaining("nospace");
        for (String merge : List.of("i n g", " i", "i ", "")) {
            assertThatThrownBy(() -> new ClipTokenizer(VOCABULARY, List.of(merge)))
                    .hasMessage("Merge 0 is not two tokens: '" + merge + "'");
        }
        assertThatThrownBy(() -> new ClipTokenizer(VOCABULARY, List.of("q ~"))).hasMessageContaining("q~");
        assertThatThrownBy(() -> new ClipTokenizer(VOCABULARY, MERGES, SpecialTokens.CLIP.withPadding("<pad>")))
                .hasMessageContaining("<pad>");
        assertThatThrownBy(() -> new ClipTokenizer(Map.of("a", -1), List.of())).hasMessageContaining("-1");
        for (int length : new int[] {2, 4097}) {
            assertThatThrownBy(() -> new SpecialTokens("<s>", "</s>", "!", length))
                    .hasMessage("The maximum length must be from 3 to 4096: " + length);
        }
        for (int length : new int[] {3, 4096}) {
            assertThat(new ClipTokenizer(VOCABULARY, MERGES, new SpecialTokens("!", "?", "#", length)).padded("cat"))
                    .hasSize(length)
                    .startsWith(0, CLIP.encode("cat")[1]);
        }
        assertThatThrownBy(() -> new SpecialTokens("<s>", "<s>", "!", 77)).hasMessageContaining("<s>");
        assertThatThrownBy(() -> new SpecialTokens("", "</s>", "!", 77)).hasMessageContaining("empty");
    }

    @Test
    void mergesAreReadWithAnyLineEndAndWithoutTheVersion() {
        assertThat(ClipTokenizer.parseMerges("#version: 0.2\r\ni n\r\n\r\nt h\n"))
                .containsExactly("i n", "t h");
        assertThat(ClipTokenizer.parseMerges("# #\n")).containsExactly("# #");
    }

    private static int[] byDefinition(String word, Map<String, Integer> ranks) {
        List<String> symbols = new ArrayList<>(Arrays.asList(word.split("")));
        symbols.set(symbols.size() - 1, symbols.get(symbols.size() - 1) + "</w>");
        while (true) {
            int best = -1;
            int bestRank = Integer.MAX_VALUE;
            for (int i = 0; i + 1 < symbols.size(); i++) {
                int rank = ranks.getOrDefault(symbols.get(i) + " " + symbols.get(i + 1), Integer.MAX_VALUE);
                if (rank < bestRank) {
                    bestRank = rank;
                    best = i;
                }
            }
            if (best < 0) {
                return symbols.stream()
                        .mapToInt(token -> Objects.requireNonNull(VOCABULARY.get(token)))
                        .toArray();
            }
            symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
        }
    }

    private static int[] ids(JsonNode array) {
        int[] ids = new int[array.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = array.get(i).intValue();
        }
        return ids;
    }

    private static Map<String, Integer> vocabulary(String json) {
        try {
            return JSON.readValue(json, new TypeReference<Map<String, Integer>>() {});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String unzipped(String name) {
        try (InputStream in = new GZIPInputStream(resource(name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(String name) {
        try (InputStream in = resource(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream resource(String name) {
        return Objects.requireNonNull(ClipTokenizerTest.class.getResourceAsStream("/diffusion/text/" + name), name);
    }
}
