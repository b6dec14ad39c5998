package dev.darkroom.worker.model.safetensors;

/** Conversion of 16-bit floating point numbers; exact, for every 16-bit number is a 32-bit one. */
final class HalfFloats {
    private HalfFloats() {}

    /** IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction. */
    static float fromFloat16(short half) {
        int bits = half & 0xffff;
        int sign = (bits & 0x8000) << 16;
        int exponent = (bits >>> 10) & 0x1f;
        int fraction = bits & 0x3ff;
        if (exponent == 0) { // zero or subnormal: fraction * 2^-24
            float magnitude = fraction * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        int wide = exponent == 0x1f ? 0xff : exponent + (127 - 15);
        return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
    }

    /** bfloat16: the upper half of a 32-bit number. */
    static float fromBfloat16(short half) {
        return Float.intBitsToFloat(half << 16);
    }
}
