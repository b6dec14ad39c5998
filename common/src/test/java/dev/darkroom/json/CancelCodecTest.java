package dev.darkroom.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.darkroom.job.CancelRequest;
import dev.darkroom.job.InvalidCancelRequestException;
import dev.darkroom.job.JobRules;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cancel requests on the wire: what the codec reads and writes is what the schema accepts. */
class CancelCodecTest {
    private static final SchemaOracle SCHEMA = new SchemaOracle(Schemas.control());
    private static final byte[] KEY = bytes("cat-1");

    @Test
    void writesTheLeast() {
        assertThat(CancelCodec.encode(new CancelRequest("cat-1", Optional.empty())))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("{\"cancel\":true}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sold out", "\"\\\n\t\r", "ä\u2028😀", "null"})
    void readsWhatItWrites(String reason) throws Exception {
        CancelRequest request = new CancelRequest("cat-1", Optional.of(reason));
        byte[] value = CancelCodec.encode(request);
        assertThat(SCHEMA.accepts(text(value))).isTrue();
        assertThat(CancelCodec.decode(KEY, value)).isEqualTo(request);
    }

    @Test
    void theLongestReasonFitsWhateverItsCharactersAre() throws Exception {
        for (String character : new String[] {"😀", "\n", "\"", "\u2028"}) {
            String longest = character.repeat(JobRules.MAX_REASON_LENGTH);
            CancelRequest request = new CancelRequest("cat-1", Optional.of(longest));
            byte[] value = CancelCodec.encode(request);
            assertThat(value).hasSizeLessThanOrEqualTo(CancelCodec.MAX_BYTES);
            assertThat(SCHEMA.accepts(text(value))).isTrue();
            assertThat(CancelCodec.decode(KEY, value)).isEqualTo(request);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new CancelRequest("cat-1", Optional.of(longest + "a")))
                    .withMessageContaining("at most 1000");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'cancel':false}",
                "{'cancel':'true'}",
                "{'cancel':1}",
                "{'cancel':null}",
                "{'reason':'x'}",
                "{'cancel':true,'reason':null}",
                "{'cancel':true,'reason':7}",
                "{'cancel':true,'reason':['x']}",
                "{'cancel':true,'reason':'\\u0000'}",
                "{'cancel':true,'reason':'\\ud800'}",
                "{'cancel':true,'because':'x'}",
                "[{'cancel':true}]",
                "true",
                "null",
                "'cancel'"
            })
    void refusesWhatTheSchemaRefuses(String json) {
        String value = json.replace('\'', '"');
        assertThat(SCHEMA.accepts(value)).isFalse();
        assertThatExceptionOfType(InvalidCancelRequestException.class)
                .isThrownBy(() -> CancelCodec.decode(KEY, bytes(value)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "cancel",
                "{",
                "{'cancel':true",
                "{'cancel':true}}",
                "{'cancel':true}{'cancel':true}",
                "{'cancel':false,'cancel':true}",
                "{'cancel':true,}",
                "{cancel:true}",
                "{'cancel':TRUE}"
            })
    void refusesWhatIsNoJson(String text) {
        assertThatExceptionOfType(InvalidCancelRequestException.class)
                .isThrownBy(() -> CancelCodec.decode(KEY, bytes(text.replace('\'', '"'))))
                .withMessageStartingWith("The value");
    }

    @Test
    void refusesWhatIsNoText() {
        for (byte[] value : new byte[][] {null, {}, {0}, {(byte) 0xff, (byte) 0xfe}, bytes("{\"cancel\":true}\0")}) {
            assertThatExceptionOfType(InvalidCancelRequestException.class)
                    .isThrownBy(() -> CancelCodec.decode(KEY, value));
        }
    }

    @Test
    void refusesWhatIsTooBigBeforeItLooksAtIt() throws Exception {
        byte[] largest = bytes("{\"cancel\":true}" + " ".repeat(CancelCodec.MAX_BYTES - 15));
        assertThat(CancelCodec.decode(KEY, largest).jobId()).isEqualTo("cat-1");
        assertThatExceptionOfType(InvalidCancelRequestException.class)
                .isThrownBy(() -> CancelCodec.decode(KEY, Arrays.copyOf(largest, largest.length + 1)))
                .withMessage("The value must have at most 4096 bytes, has 4097");
    }

    @Test
    void readsWhatASchemaRegistrysSerializerWrote() throws Exception {
        assertThat(CancelCodec.decode(KEY, bytes("\0\0\0\0\7{\"cancel\":true}")))
                .isEqualTo(new CancelRequest("cat-1", Optional.empty()));
    }

    @Test
    void theKeyIsAJobsId() throws Exception {
        assertThat(CancelCodec.jobId(bytes("a".repeat(64)))).hasSize(64);
        for (byte[] key : new byte[][] {null, {}, bytes(".a"), bytes("a b"), bytes("ä"), bytes("a".repeat(65)), {-1}}) {
            assertThatExceptionOfType(InvalidCancelRequestException.class)
                    .isThrownBy(() -> CancelCodec.decode(key, bytes("{\"cancel\":true}")))
                    .withMessageStartingWith("The key must be a job's id");
        }
    }

    @Test
    void messagesDoNotRepeatTheValue() {
        for (String value :
                new String[] {"{\"cancel\":secret", "{\"secret\":1}", "{\"cancel\":\"secret\"}", "secret"}) {
            assertThatExceptionOfType(InvalidCancelRequestException.class)
                    .isThrownBy(() -> CancelCodec.decode(KEY, bytes(value)))
                    .satisfies(e -> assertThat(e).hasMessageNotContaining("secret"));
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
