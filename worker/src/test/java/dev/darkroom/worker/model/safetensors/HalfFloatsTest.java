package dev.darkroom.worker.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.platform.Fp16Conversions;
import org.junit.jupiter.api.Test;

class HalfFloatsTest {
    @Test
    void everyFloat16IsWidenedAsTheRuntimeWidensIt() {
        for (int bits = 0; bits <= 0xffff; bits++) {
            float expected = Fp16Conversions.fp16ToFloat((short) bits);
            float actual = HalfFloats.fromFloat16((short) bits);
            assertThat(Float.floatToIntBits(actual)).as("0x%04x", bits).isEqualTo(Float.floatToIntBits(expected));
        }
    }

    @Test
    void everyBfloat16IsTheUpperHalfOfAFloat() {
        for (int bits = 0; bits <= 0xffff; bits++) {
            float expected = Fp16Conversions.bf16ToFloat((short) bits);
            float actual = HalfFloats.fromBfloat16((short) bits);
            assertThat(Float.floatToIntBits(actual)).as("0x%04x", bits).isEqualTo(Float.floatToIntBits(expected));
        }
    }

    @Test
    void theSmallestAndLargestNumbersAreRight() {
        assertThat(HalfFloats.fromFloat16((short) 0x0001)).isEqualTo(0x1p-24f);
        assertThat(HalfFloats.fromFloat16((short) 0x7bff)).isEqualTo(65504f);
        assertThat(HalfFloats.fromFloat16((short) 0xfc00)).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(HalfFloats.fromFloat16((short) 0x7e00)).isNaN();
        assertThat(Float.floatToRawIntBits(HalfFloats.fromFloat16((short) 0x8000)))
                .isEqualTo(0x80000000);
    }
}
