package dev.darkroom.json;

import static dev.darkroom.json.JobCodecTest.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.InvalidJobException;
import dev.darkroom.job.Violation;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values that no producer meant as a job. Each is refused with an {@link InvalidJobException} and nothing else. */
class HostileJobTest {
    @Test
    void refusesNoValue() {
        assertThat(refusal((byte[]) null)).hasMessage("must be a JSON object, is empty");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n\t "})
    void refusesAnEmptyValue(String value) {
        assertThat(refusal(value)).hasMessage("must be a JSON object, is empty");
    }

    @Test
    void refusesFiveMegabytesWithoutReadingThem() {
        byte[] value = new byte[5_000_000];
        Arrays.fill(value, (byte) '[');
        assertThat(refusal(value)).hasMessage("must have at most 1048576 bytes, has 5000000");
    }

    @Test
    void readsAFullMegabyte() {
        String value = "{\"id\":\"a\",\"prompt\":\"" + "p".repeat((1 << 20) - 22) + "\"}";
        assertThat(value.length()).isEqualTo(1 << 20);
        assertThat(refusal(value)).hasMessage("prompt: must have at most 4000 characters, has 1048554");
    }

    @Test
    void refusesBytesThatAreNotUtf8AndSaysWhere() {
        byte[] value = "{\"id\":\"a\",\"prompt\":\"caf\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(refusal(value)).hasMessage("must be UTF-8, is not at byte 23");
    }

    @Test
    void refusesAnEncodedSurrogate() {
        byte[] value = "{\"id\":\"a\",\"prompt\":\"???\"}".getBytes(StandardCharsets.UTF_8);
        byte[] surrogate = {(byte) 0xed, (byte) 0xa0, (byte) 0x80};
        System.arraycopy(surrogate, 0, value, 20, 3);
        assertThat(refusal(value)).hasMessage("must be UTF-8, is not at byte 20");
    }

    @Test
    void refusesACharacterThatIsCutOff() {
        byte[] value = "{\"id\":\"a\",\"prompt\":\"\u00e9".getBytes(StandardCharsets.UTF_8);
        assertThat(refusal(Arrays.copyOf(value, value.length - 1))).hasMessage("must be UTF-8, is not at byte 20");
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-32BE"})
    void refusesOtherEncodings(String charset) {
        assertThat(refusal("{\"id\":\"a\",\"prompt\":\"\"}".getBytes(Charset.forName(charset)))
                        .violations())
                .hasSize(1);
    }

    @Test
    void refusesABareControlCharacterAndSaysWhere() {
        assertThat(refusal("{\"id\":\"a\",\"prompt\":\"x\u0007\"}"))
                .hasMessage("must be JSON, has the bare control character U+0007 at position 21");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"id\":\"a\",\"prompt\":\"\"} x|must be JSON, fails at line 1, column 24",
                "{\"id\":\"a\",\"prompt\":\"\"}{}|must be one JSON object, has more behind it",
                "{\"id\":\"a\",\"prompt\":\"\",}|must be JSON, fails at line 1, column 23",
                "{\"id\":\"a\",\"eta\":NaN,\"prompt\":\"\"}|must be JSON, fails at line 1, column 20",
                "{\"id\":\"a\",\"eta\":Infinity,\"prompt\":\"\"}|must be JSON, fails at line 1, column 25",
                "{\"id\":\"a\",\"eta\":01,\"prompt\":\"\"}|must be JSON, fails at line 1, column 18",
                "{'id':'a'}|must be JSON, fails at line 1, column 2",
                "{\"id\":\"a\" /* c */,\"prompt\":\"\"}|must be JSON, fails at line 1, column 11",
                "a secret picture|must be JSON, fails at line 1, column 1",
            })
    void refusesWhatIsAlmostJson(String value, String message) {
        assertThat(refusal(value)).hasMessage(message);
    }

    @Test
    void refusesDepthWithoutFollowingIt() {
        assertThat(refusal("{\"id\":\"a\",\"x\":" + "[".repeat(500_000)))
                .hasMessageContaining("must be at most 64 levels deep")
                .hasMessageContaining("x: unknown field");
    }

    @Test
    void refusesNumbersOfManyDigits() {
        assertThat(refusal("{\"id\":\"a\",\"prompt\":\"\",\"seed\":" + "9".repeat(900_000) + "}"))
                .hasMessageContaining("no number over 1000 digits");
    }

    @Test
    void reportsOnlyTheFirstFiftyViolations() {
        String fields =
                IntStream.range(0, 10_000).mapToObj(i -> "\"f" + i + "\":0").collect(Collectors.joining(",", "{", "}"));
        assertThat(refusal(fields).violations())
                .hasSize(51)
                .startsWith(new Violation("f0", "unknown field"))
                .endsWith(new Violation("", "and more"));
    }

    @Test
    void refusesNumbersOfAnyMagnitudeWithoutWritingThemOut() {
        assertThat(refusal("{\"id\":\"a\",\"prompt\":\"\",\"width\":1e999999999,\"seed\":1e-999999999,"
                                + "\"eta\":1e99999999999,\"num_images\":-1e2147483647}")
                        .violations())
                .containsExactly(
                        new Violation(
                                "width",
                                "must be a whole number from 64 to 2048 and a multiple of 8, is about 1E+999999999"),
                        new Violation(
                                "seed", "must be a whole number from 0 to 9223372036854775807, is about 1E-999999999"),
                        new Violation("eta", "must be a number within its range, is out of any"),
                        new Violation("num_images", "must be a whole number from 1 to 16, is about -1E+2147483647"));
    }

    @Test
    void refusesNamesOfManyCharacters() {
        assertThat(refusal("{\"id\":\"a\",\"prompt\":\"\",\"" + "n".repeat(900_000) + "\":0}"))
                .hasMessageContaining("no name over 4096 characters");
    }

    @Test
    void shortensLongNames() {
        assertThat(refusal("{\"id\":\"a\",\"prompt\":\"\",\"" + "n".repeat(4_000) + "\":0}"))
                .hasMessage("'" + "n".repeat(64) + "…': unknown field");
    }

    @Test
    void refusesEveryBeginningOfAJob() throws Exception {
        byte[] whole = JobCodec.encode(JobCodecTest.full());
        for (int length = 0; length < whole.length; length++) {
            InvalidJobException invalid = refusal(Arrays.copyOf(whole, length));
            // Cut inside a number, what is left of it may break a rule of its own.
            assertThat(invalid.violations().get(invalid.violations().size() - 1).toString())
                    .as("%d bytes", length)
                    .matches(
                            "must be (a JSON object, is empty|a JSON object, ends too early .*|JSON, fails at .*|UTF-8, is not .*)");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void survivesAnyChangeOfBytes(long seed) {
        Random random = new Random(seed);
        byte[] whole = JobCodec.encode(JobCodecTest.full());
        for (int round = 0; round < 5_000; round++) {
            byte[] changed = whole.clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
            }
            try {
                GenerationJob job = JobCodec.decode(changed);
                assertThat(JobCodec.decode(JobCodec.encode(job))).isEqualTo(job);
            } catch (InvalidJobException expected) {
                assertThat(expected.violations())
                        .as("seed %d, round %d", seed, round)
                        .isNotEmpty();
            }
        }
    }

    /** Every event repeats the context: a number that no reader of events can hold must not come in. */
    @ParameterizedTest
    @ValueSource(strings = {"1e2147483648", "1e99999999999", "{\"a\": [-1E-99999999999]}"})
    void aContextNumberBeyondEveryReaderIsRefused(String context) {
        byte[] job = ("{\"id\": \"cat-1\", \"prompt\": \"a cat\", \"context\": " + context + "}")
                .getBytes(StandardCharsets.UTF_8);

        assertThatThrownBy(() -> JobCodec.decode(job))
                .isInstanceOfSatisfying(
                        InvalidJobException.class,
                        invalid -> assertThat(invalid.violations())
                                .extracting(Violation::field)
                                .containsExactly("context"));
    }
}
