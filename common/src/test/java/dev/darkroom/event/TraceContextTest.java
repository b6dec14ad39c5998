package dev.darkroom.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceContextTest {
    private static final String TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "banana",
                "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                TRACEPARENT + "\n",
                TRACEPARENT + "-more",
                "\u0000"
            })
    void whatIsNoTraceIsLeftOut(String traceparent) {
        assertThat(TraceContext.of(bytes(traceparent), bytes("a=b"))).isEqualTo(TraceContext.NONE);
    }

    @Test
    void bytesThatAreNoTextAreLeftOut() {
        assertThat(TraceContext.of(Optional.of(new byte[] {(byte) 0xff, (byte) 0xfe}), Optional.empty()))
                .isEqualTo(TraceContext.NONE);
        assertThat(TraceContext.of(Optional.of(new byte[1 << 20]), Optional.empty()))
                .isEqualTo(TraceContext.NONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a=\nb", "", "a=\u00e9"})
    void aBrokenStateLeavesTheTrace(String state) {
        TraceContext context = TraceContext.of(bytes(TRACEPARENT), bytes(state));

        assertThat(context.traceparent()).contains(TRACEPARENT);
        assertThat(context.tracestate()).isEmpty();
    }

    @Test
    void aStateThatIsTooLongIsLeftOut() {
        assertThat(TraceContext.of(bytes(TRACEPARENT), bytes("a".repeat(513))).tracestate())
                .isEmpty();
        assertThat(TraceContext.of(bytes(TRACEPARENT), bytes("a".repeat(512))).tracestate())
                .isPresent();
    }

    @Test
    void itsPartsAreThoseOfTheHeader() {
        TraceContext context = TraceContext.of(bytes(TRACEPARENT), bytes("a=b"));

        assertThat(context.traceId()).contains("0af7651916cd43dd8448eb211c80319c");
        assertThat(context.spanId()).contains("b7ad6b7169203331");
        assertThat(context.headers()).isEqualTo(Map.of("traceparent", TRACEPARENT, "tracestate", "a=b"));
        assertThat(TraceContext.NONE.headers()).isEmpty();
    }

    @Test
    void aStateWithoutATraceIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TraceContext(Optional.empty(), Optional.of("a=b")))
                .withMessageContaining("traceparent");
    }

    private static Optional<byte[]> bytes(String text) {
        return Optional.of(text.getBytes(StandardCharsets.UTF_8));
    }
}
