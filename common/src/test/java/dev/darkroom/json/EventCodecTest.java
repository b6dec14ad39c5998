package dev.darkroom.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.FailureCode;
import dev.darkroom.event.InvalidEventException;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.ModelRef;
import dev.darkroom.event.StoredImage;
import dev.darkroom.event.Timings;
import dev.darkroom.job.Noise;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventCodecTest {
    private static final String SHA = "0123456789abcdef".repeat(4);
    private static final Optional<String> CONTEXT = Optional.of("{\"user\":  42.50}");
    private static final Instant TIME = Instant.parse("2026-11-24T08:30:00.125Z");
    private static final Instant RECORD_TIME = Instant.parse("2026-11-24T08:30:01Z");
    private static final SchemaOracle SCHEMA = new SchemaOracle(Schemas.event());

    static Stream<JobEvent> events() {
        return Stream.of(
                new JobEvent.Started("cat-1", 1, CONTEXT, "worker-7", "shapes"),
                new JobEvent.Progress("cat-1", 2, CONTEXT, 5, 20, Optional.of("previews/cat-1/5.jpg")),
                new JobEvent.Completed(
                        "cat-1",
                        1,
                        CONTEXT,
                        new ModelRef("shapes", SHA),
                        Optional.of(Noise.CUDA_PHILOX),
                        List.of(
                                new StoredImage(
                                        "images", "cat-1/0/0.png", Optional.empty(), SHA, 1234, 64, 72, "png", 7),
                                new StoredImage(
                                        "images",
                                        "cat-1/0/1.png",
                                        Optional.of("https://s3.example/images/cat-1/0/1.png"),
                                        SHA,
                                        5_000_000_000L,
                                        64,
                                        72,
                                        "png",
                                        Long.MAX_VALUE)),
                        new Timings(12, 34, 5678, 90, 3, 45)),
                new JobEvent.Failed(
                        "cat-1", 1, Optional.empty(), FailureCode.INVALID_JOB, "width: required\n\"quoted\" 🖼"),
                new JobEvent.Retrying(
                        "cat-1",
                        3,
                        CONTEXT,
                        FailureCode.STORAGE_UNAVAILABLE,
                        "The bucket cannot be reached",
                        Instant.parse("2026-11-24T08:30:05Z")),
                new JobEvent.Rejected(
                        "cat-1", 1, CONTEXT, FailureCode.DUPLICATE_ID, "Another job came first under this id", SHA),
                new JobEvent.Cancelled("cat-1", 1, CONTEXT, 7),
                new JobEvent.Expired("cat-1", 1, Optional.of("null"), 0));
    }

    @Test
    void hasAGoldenFileForEachKind() throws Exception {
        assertThat(Golden.names("events"))
                .containsExactlyElementsOf(events().map(JobEvent::type).sorted().toList());
    }

    @ParameterizedTest
    @MethodSource("events")
    void writesTheGoldenData(JobEvent event) throws Exception {
        assertThat(StrictJson.MAPPER.readTree(EventCodec.encode(event)))
                .isEqualTo(StrictJson.MAPPER.readTree(golden(event)));
    }

    @ParameterizedTest
    @MethodSource("events")
    void readsTheGoldenData(JobEvent event) throws Exception {
        assertThat(EventCodec.decode("dev.darkroom.job." + event.type() + ".v1", golden(event)))
                .isEqualTo(event);
    }

    @ParameterizedTest
    @MethodSource("events")
    void readsBackWhatItWrites(JobEvent event) throws Exception {
        assertThat(EventCodec.decode(event.type(), EventCodec.encode(event))).isEqualTo(event);
    }

    @ParameterizedTest
    @MethodSource("events")
    void writesWhatTheSchemaDescribes(JobEvent event) throws Exception {
        assertThat(SCHEMA.accepts("/$defs/" + event.type(), Golden.text("events/" + event.type() + ".json")))
                .isTrue();
        assertThat(SCHEMA.accepts("/$defs/" + event.type(), "{\"job_id\":\"cat-1\",\"attempt\":1}"))
                .isFalse();
    }

    @ParameterizedTest
    @MethodSource("events")
    void needsEveryFieldThatTheSchemaRequires(JobEvent event) throws Exception {
        ObjectNode whole = (ObjectNode) StrictJson.MAPPER.readTree(EventCodec.encode(event));
        for (String field : (Iterable<String>) whole::fieldNames) {
            ObjectNode without = whole.deepCopy().without(List.of(field));
            String json = StrictJson.MAPPER.writeValueAsString(without);
            boolean optional = SCHEMA.accepts("/$defs/" + event.type(), json);
            // "retriable" never says anything else than false: readers do not need it.
            boolean readable = field.equals("retriable") ? optional : reads(event.type(), json);
            assertThat(readable).as(event.type() + " without " + field).isEqualTo(optional);
        }
    }

    @ParameterizedTest
    @MethodSource("events")
    void passesOverFieldsThatItDoesNotKnow(JobEvent event) throws Exception {
        ObjectNode grown = (ObjectNode) StrictJson.MAPPER.readTree(EventCodec.encode(event));
        grown.putObject("since_v7").put("context", "not the job's");
        JobEvent read = EventCodec.decode(event.type(), StrictJson.MAPPER.writeValueAsBytes(grown));
        assertThat(EventCodec.headers(read, "w", TIME)).isEqualTo(EventCodec.headers(event, "w", TIME));
        assertThat(read.getClass()).isEqualTo(event.getClass());
    }

    @Test
    void readsACompletedJobWhoseNoiseItDoesNotKnow() throws Exception {
        String json = Golden.text("events/completed.json").replace("cuda-philox", "tea-leaves");
        JobEvent.Completed completed =
                (JobEvent.Completed) EventCodec.decode("completed", json.getBytes(StandardCharsets.UTF_8));
        assertThat(completed.noise()).isEmpty();
        assertThat(completed.images()).hasSize(2);
    }

    @Test
    void writesTheHeadersOfTheKafkaBinding() {
        assertThat(EventCodec.headers(events().toList().get(2), "worker-7", TIME))
                .containsExactly(
                        Map.entry("ce_specversion", "1.0"),
                        Map.entry("ce_id", "cat-1/completed"),
                        Map.entry("ce_source", "worker-7"),
                        Map.entry("ce_type", "dev.darkroom.job.completed.v1"),
                        Map.entry("ce_subject", "cat-1"),
                        Map.entry("ce_time", "2026-11-24T08:30:00.125Z"),
                        Map.entry("ce_dataschema", "urn:darkroom:schema:event:v1#/$defs/completed"),
                        Map.entry("content-type", "application/json"));
    }

    @Test
    void namesEveryEventTheSameWayAgain() {
        assertThat(events().map(JobEvent::eventId))
                .containsExactly(
                        "cat-1/started/1",
                        "cat-1/progress/2/5",
                        "cat-1/completed",
                        "cat-1/failed",
                        "cat-1/retrying/3/"
                                + Instant.parse("2026-11-24T08:30:05Z").toEpochMilli(),
                        "cat-1/rejected/" + SHA,
                        "cat-1/cancelled",
                        "cat-1/expired");
    }

    @Test
    void endsAJobWithFourKindsOnly() {
        assertThat(events().filter(JobEvent::terminal).map(JobEvent::type))
                .containsExactly("completed", "failed", "cancelled", "expired");
    }

    @ParameterizedTest
    @MethodSource("events")
    void readsTheRecordThatItWrites(JobEvent event) throws Exception {
        assertThat(EventCodec.read(EventCodec.headers(event, "worker-7", TIME), EventCodec.encode(event), RECORD_TIME))
                .isEqualTo(new CloudEvent(event.eventId(), "worker-7", TIME, event));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ce_type", "ce-type", "CE_Type", "type"})
    void readsHeadersAsOtherBindingsNameThem(String header) throws Exception {
        CloudEvent read = EventCodec.read(Map.of(header, "dev.darkroom.job.cancelled.v1"), cancelled(), RECORD_TIME);
        assertThat(read)
                .isEqualTo(new CloudEvent(
                        "cat-1/cancelled", "", RECORD_TIME, new JobEvent.Cancelled("cat-1", 1, Optional.empty(), 7)));
    }

    @Test
    void readsTheStructuredMode() throws Exception {
        String value = "{\"specversion\":\"1.0\",\"id\":\"x\",\"source\":\"s\",\"time\":\"2026-11-24T08:30:00.125Z\","
                + "\"type\":\"dev.darkroom.job.cancelled.v1\",\"data\":"
                + new String(cancelled(), StandardCharsets.UTF_8)
                + "}";
        assertThat(EventCodec.read(
                        Map.of("content-type", "application/cloudevents+json; charset=UTF-8"),
                        value.getBytes(StandardCharsets.UTF_8),
                        RECORD_TIME))
                .isEqualTo(new CloudEvent("x", "s", TIME, new JobEvent.Cancelled("cat-1", 1, Optional.empty(), 7)));
    }

    @Test
    void keepsTheNameOfACodeThatItDoesNotKnow() throws Exception {
        String data =
                "{\"job_id\":\"a\",\"attempt\":1,\"code\":\"COSMIC_RAYS\",\"message\":\"hit\",\"retriable\":false}";
        assertThat(EventCodec.decode("failed", data.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(new JobEvent.Failed("a", 1, Optional.empty(), FailureCode.INTERNAL, "COSMIC_RAYS: hit"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "{",
                "{}",
                "{\"job_id\":\"a\"}",
                "{\"job_id\":\"a\",\"attempt\":1,\"step\":\"7\"}",
                "{\"job_id\":\"a\",\"attempt\":1,\"step\":7.5}",
                "{\"job_id\":\"a\",\"attempt\":0,\"step\":7}",
                "{\"job_id\":\"a b\",\"attempt\":1,\"step\":7}",
                "{\"job_id\":\"a\",\"attempt\":1,\"step\":-1}",
                "{\"job_id\":\"a\",\"attempt\":1,\"step\":99999999999}",
                "{\"job_id\":\"a\",\"attempt\":1,\"step\":7,\"step\":7}",
                "{\"job_id\":\"a\",\"attempt\":1,\"step\":7} 1"
            })
    void refusesDataThatIsNoEvent(String data) {
        assertThatExceptionOfType(InvalidEventException.class)
                .isThrownBy(() -> EventCodec.decode("cancelled", data.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "dev.darkroom.job.cancelled.v2",
                "dev.darkroom.job.v1",
                "dev.darkroom.job..v1",
                "com.example.other"
            })
    void refusesKindsThatItDoesNotKnow(String type) {
        assertThatExceptionOfType(InvalidEventException.class)
                .isThrownBy(() -> EventCodec.decode(type, cancelled()))
                .withMessageStartingWith("Not a known kind of event");
    }

    @Test
    void refusesARecordWithoutAType() {
        assertThatExceptionOfType(InvalidEventException.class)
                .isThrownBy(() -> EventCodec.read(Map.of(), cancelled(), RECORD_TIME))
                .withMessage("A record without a ce_type header is not an event");
    }

    @Test
    void refusesAContextThatIsNotJson() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new JobEvent.Cancelled("a", 1, Optional.of("1, \"terminal\": true"), 0));
    }

    @Test
    void takesAWholeNumberAsOneHoweverItIsWritten() throws Exception {
        String data = "{\"job_id\":\"a\",\"attempt\":1.0,\"step\":7e0}";
        assertThat(SCHEMA.accepts("/$defs/cancelled", data)).isTrue();
        assertThat(EventCodec.decode("cancelled", data.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(new JobEvent.Cancelled("a", 1, Optional.empty(), 7));
    }

    @Test
    void publishesAnyMessage() throws Exception {
        String monster = "\ud800" + "m".repeat(100_000);
        JobEvent event = new JobEvent.Failed("a", 1, Optional.empty(), FailureCode.INTERNAL, monster);
        assertThat(EventCodec.decode("failed", EventCodec.encode(event))).isEqualTo(event);
        assertThat(((JobEvent.Failed) event).message()).startsWith("?mm").hasSize(16_384);
    }

    private static boolean reads(String type, String json) {
        try {
            EventCodec.decode(type, json.getBytes(StandardCharsets.UTF_8));
            return true;
        } catch (InvalidEventException e) {
            return false;
        }
    }

    private static byte[] cancelled() {
        return EventCodec.encode(new JobEvent.Cancelled("cat-1", 1, Optional.empty(), 7));
    }

    private static byte[] golden(JobEvent event) throws IOException {
        return Golden.bytes("events/" + event.type() + ".json");
    }
}
