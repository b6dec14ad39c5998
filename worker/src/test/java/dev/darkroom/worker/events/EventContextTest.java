package dev.darkroom.worker.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventContextTest {
    private static final String TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    @ParameterizedTest
    @ValueSource(strings = {"", "banana", "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", "\u0000"})
    void whatIsNoTraceIsLeftOut(String traceparent) {
        assertThat(EventContext.of(bytes(traceparent), bytes("a=b"))).isEqualTo(EventContext.NONE);
    }

    @Test
    void aBrokenStateLeavesTheTrace() {
        EventContext context = EventContext.of(bytes(TRACEPARENT), bytes("a=\nb"));

        assertThat(context.traceparent()).contains(TRACEPARENT);
        assertThat(context.tracestate()).isEmpty();
    }

    private static Optional<byte[]> bytes(String text) {
        return Optional.of(text.getBytes(StandardCharsets.UTF_8));
    }
}
