package dev.darkroom.worker.model.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The wire format, by the examples of its specification. */
class OnnxMessageTest {
    @Test
    void anIntegerIsAVariableLengthField() {
        assertThat(hex(new OnnxMessage().integer(1, 150))).isEqualTo("089601");
        assertThat(hex(new OnnxMessage().integer(1, -1))).isEqualTo("08ffffffffffffffffff01");
    }

    @Test
    void aTextIsALengthAndItsBytes() {
        assertThat(hex(new OnnxMessage().text(2, "testing")))
                .isEqualTo("1207" + HexFormat.of().formatHex("testing".getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void aMessageInAMessageIsALengthAndItsFields() {
        assertThat(hex(new OnnxMessage().message(3, new OnnxMessage().integer(1, 150))))
                .isEqualTo("1a03089601");
    }

    @Test
    void aRealNumberIsFourBytes() {
        assertThat(hex(new OnnxMessage().real(2, 1f))).isEqualTo("150000803f");
    }

    private static String hex(OnnxMessage message) {
        return HexFormat.of().formatHex(message.toByteArray());
    }
}
