package dev.darkroom.worker.model.runtime;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;

/** Memory that Java and the runtime read and write alike, without a copy in between. */
final class DirectBuffers {
    private DirectBuffers() {}

    static FloatBuffer floats(long size) {
        return bytes(size, Float.BYTES).asFloatBuffer();
    }

    static FloatBuffer of(float[] values) {
        return floats(values.length).put(values).rewind();
    }

    static LongBuffer of(long[] values) {
        return bytes(values.length, Long.BYTES).asLongBuffer().put(values).rewind();
    }

    static ByteBuffer bytes(long size, int each) {
        return ByteBuffer.allocateDirect(Math.toIntExact(size * each)).order(ByteOrder.nativeOrder());
    }
}
