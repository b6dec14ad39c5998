package dev.darkroom.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.darkroom.client.Topics;
import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The AsyncAPI document and the schemas hang together, and say what the code does. */
class AsyncApiTest {
    private final JsonNode document;

    AsyncApiTest() throws IOException {
        document = new YAMLMapper().readTree(Schemas.asyncApi());
    }

    @Test
    void hasAChannelForEachTopic() {
        assertThat(document.path("asyncapi").textValue()).startsWith("3.");
        assertThat(stream(document.path("channels"))
                        .map(channel -> channel.path("address").textValue()))
                .containsExactlyInAnyOrder(
                        Topics.DEFAULT.jobs(),
                        Topics.DEFAULT.jobsHigh(),
                        Topics.DEFAULT.jobsLow(),
                        Topics.DEFAULT.events(),
                        "darkroom.retry",
                        Topics.DEFAULT.control(),
                        "dlq.darkroom.jobs");
    }

    @Test
    void refersToNothingThatIsMissing() throws Exception {
        List<String> references = new ArrayList<>();
        collect(document, references);
        assertThat(references).hasSizeGreaterThan(30);
        for (String reference : references) {
            int hash = reference.indexOf('#');
            String file = hash < 0 ? reference : reference.substring(0, hash);
            JsonNode target = file.isEmpty() ? document : resource(file);
            JsonNode found = hash < 0 ? target : target.at(reference.substring(hash + 1));
            assertThat(found.isObject()).as(reference).isTrue();
        }
    }

    @Test
    void hasAMessageForEachKindOfEvent() {
        Set<String> kinds =
                new TreeSet<>(EventCodecTest.events().map(JobEvent::type).toList());
        Set<String> messages = new TreeSet<>();
        document.at("/channels/events/messages").fieldNames().forEachRemaining(messages::add);
        assertThat(messages).isEqualTo(kinds);
        for (String kind : kinds) {
            assertThat(document.at("/components/messages/" + kind + "/payload/schema/$ref")
                            .textValue())
                    .isEqualTo("./event.v1.json#/$defs/" + kind);
        }
    }

    @Test
    void describesTheHeadersThatEventsHave() {
        JsonNode headers = document.at("/components/messageTraits/cloudEvent/headers");
        List<String> required =
                stream(headers.path("required")).map(JsonNode::textValue).toList();
        JobEvent event = new JobEvent.Cancelled("a", 1, Optional.empty(), 0);
        assertThat(EventCodec.headers(event, "w", Instant.EPOCH).keySet()).containsExactlyElementsOf(required);
        required.forEach(name ->
                assertThat(headers.path("properties").has(name)).as(name).isTrue());
    }

    @Test
    void namesEveryFailureCodeInTheSchema() throws Exception {
        assertThat(stream(new ObjectMapper()
                                .readTree(Schemas.event())
                                .at("/$defs/failure/properties/code/anyOf/0/enum"))
                        .map(JsonNode::textValue))
                .containsExactlyElementsOf(
                        Stream.of(FailureCode.values()).map(FailureCode::name).toList());
    }

    @Test
    void givesTheSchemasTheirNames() throws Exception {
        assertThat(new ObjectMapper().readTree(Schemas.job()).path("$id").textValue())
                .isEqualTo(Schemas.JOB_ID);
        assertThat(new ObjectMapper().readTree(Schemas.event()).path("$id").textValue())
                .isEqualTo(Schemas.EVENT_ID);
        assertThat(new ObjectMapper().readTree(Schemas.control()).path("$id").textValue())
                .isEqualTo(Schemas.CONTROL_ID);
    }

    private static JsonNode resource(String file) throws IOException {
        try (InputStream in = Schemas.class.getResourceAsStream("/dev/darkroom/schema/" + file)) {
            assertThat(in).as(file).isNotNull();
            return new ObjectMapper().readTree(in);
        }
    }

    private static void collect(JsonNode node, List<String> references) {
        if (node.path("$ref").isTextual()) {
            references.add(node.path("$ref").textValue());
        }
        node.forEach(child -> collect(child, references));
    }

    private static Stream<JsonNode> stream(JsonNode node) {
        List<JsonNode> children = new ArrayList<>();
        node.forEach(children::add);
        return children.stream();
    }
}
