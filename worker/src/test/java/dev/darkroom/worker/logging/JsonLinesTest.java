package dev.darkroom.worker.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.darkroom.event.TraceContext;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;
import org.slf4j.event.KeyValuePair;

class JsonLinesTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

    private final LoggerContext context = new LoggerContext();
    private final Logger logger = context.getLogger("dev.darkroom.Some");

    @BeforeEach
    void open() {
        context.setMDCAdapter(MDC.getMDCAdapter());
    }

    private LoggingEvent event(String message, Throwable thrown, Object... arguments) {
        return new LoggingEvent("caller", logger, Level.WARN, message, thrown, arguments);
    }

    private static JsonNode parsed(LoggingEvent event) throws Exception {
        String line = new JsonLines().line(event);
        assertThat(line).endsWith("\n").containsOnlyOnce("\n");
        return new ObjectMapper().readTree(line);
    }

    @Test
    void aLineIsAnObject() throws Exception {
        LoggingEvent event = event("Job {}: {} s", null, "order-17", 3);
        event.setKeyValuePairs(List.of(
                new KeyValuePair("stage", "denoised"), new KeyValuePair("ms", 812L), new KeyValuePair("part", 0.25)));
        JsonNode line = parsed(event);
        assertThat(Instant.parse(line.get("time").asText())).isEqualTo(event.getInstant());
        assertThat(line.get("level").asText()).isEqualTo("WARN");
        assertThat(line.get("logger").asText()).isEqualTo("dev.darkroom.Some");
        assertThat(line.get("message").asText()).isEqualTo("Job order-17: 3 s");
        assertThat(line.get("stage").asText()).isEqualTo("denoised");
        assertThat(line.get("ms").isIntegralNumber()).isTrue();
        assertThat(line.get("ms").asLong()).isEqualTo(812);
        assertThat(line.get("part").asDouble()).isEqualTo(0.25);
        assertThat(line.has("error")).isFalse();
    }

    @Test
    void whatIsInATextDoesNotEndItsLine() throws Exception {
        String hostile = "a\"}\r\n{\"level\":\"ERROR\"}\u0000\u001b[31m\u2028\ud83d\ude00 \\";
        assertThat(parsed(event("{}", null, hostile)).get("message").asText()).isEqualTo(hostile);
        LoggingEvent event = event("x", null);
        event.setKeyValuePairs(List.of(new KeyValuePair("job", hostile)));
        assertThat(parsed(event).get("job").asText()).isEqualTo(hostile);
    }

    @Test
    void anErrorHasItsStackAndItsCauses() throws Exception {
        Throwable thrown = new IllegalStateException("outer\nline", new IllegalArgumentException("inner"));
        JsonNode error = parsed(event("It failed", thrown)).get("error");
        assertThat(error.get("type").asText()).isEqualTo("java.lang.IllegalStateException");
        assertThat(error.get("message").asText()).isEqualTo("outer\nline");
        assertThat(error.get("stack").asText())
                .contains("Caused by: java.lang.IllegalArgumentException: inner", "JsonLinesTest");
    }

    @Test
    void aStackIsBounded() throws Exception {
        JsonNode error = parsed(event("x", new IllegalStateException("y".repeat(100_000))))
                .get("error");
        assertThat(error.get("stack").asText()).hasSize(32_768);
    }

    @Test
    void whatAThreadLogsSaysWhichJobItIs() throws Exception {
        TraceContext trace = TraceContext.of(
                Optional.of(("00-" + TRACE + "-b7ad6b7169203331-01").getBytes(StandardCharsets.US_ASCII)),
                Optional.empty());
        try (JobLog mark = new JobLog(trace)) {
            JobLog.identified("order-17");
            LoggingEvent event = event("x", null);
            event.setMDCPropertyMap(MDC.getCopyOfContextMap());
            JsonNode line = parsed(event);
            assertThat(line.get("job").asText()).isEqualTo("order-17");
            assertThat(line.get("trace_id").asText()).isEqualTo(TRACE);
            assertThat(line.get("span_id").asText()).isEqualTo("b7ad6b7169203331");
            assertThat(mark).isNotNull();
        }
        assertThat(MDC.getCopyOfContextMap()).isNullOrEmpty();
    }
}
