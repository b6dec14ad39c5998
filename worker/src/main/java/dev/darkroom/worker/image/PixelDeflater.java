package dev.darkroom.worker.image;

import java.io.ByteArrayOutputStream;
import java.util.zip.Deflater;

/**
 * Compresses filtered rows into one zlib stream. Where they hold the noise of a texture, a search for repeats takes most of
 * the time and finds accidents, whose lengths and distances take more room than they save; so each strip is tried in
 * samples, and searched only if that pays. Not safe for use by several threads.
 */
final class PixelDeflater implements AutoCloseable {
    /** Bytes that are compressed in one way. */
    static final int STRIP = 1 << 17;

    private static final int SAMPLES = 4;
    private static final int SAMPLE = 1 << 11;
    private static final int LEVEL = 4; // a tenth more bytes than 6, in less than half the time
    private static final int VALUES = 256;
    private static final int CODES = 80; // bytes that the lengths of so many codes take, more or less
    private static final double PAYS = 0.99;
    private static final int BUFFER = 1 << 16;

    private final Deflater stream = new Deflater(LEVEL);
    // One of its own: to change the strategy after a reset has no effect on what follows in zlib 1.2.11.
    private final Deflater searching = new Deflater(LEVEL);
    private final byte[] buffer = new byte[BUFFER];
    private final byte[] sample = new byte[SAMPLES * SAMPLE];

    static byte[] compressed(byte[] rows) {
        try (PixelDeflater deflater = new PixelDeflater()) {
            return deflater.deflate(rows);
        }
    }

    private PixelDeflater() {
        searching.setStrategy(Deflater.FILTERED);
    }

    private byte[] deflate(byte[] rows) {
        ByteArrayOutputStream result = new ByteArrayOutputStream(rows.length / 2 + 64);
        for (int at = 0; at < rows.length; at += STRIP) {
            int length = Math.min(STRIP, rows.length - at);
            stream.setStrategy(searchPays(rows, at, length) ? Deflater.FILTERED : Deflater.HUFFMAN_ONLY);
            write(result); // a strategy holds from the next call on: for what came with this one it would be too late
            stream.setInput(rows, at, length);
            while (!stream.needsInput()) {
                write(result);
            }
        }
        stream.finish();
        while (!stream.finished()) {
            write(result);
        }
        return result.toByteArray();
    }

    private void write(ByteArrayOutputStream result) {
        int length;
        do {
            length = stream.deflate(buffer);
            result.write(buffer, 0, length);
        } while (length == buffer.length);
    }

    private boolean searchPays(byte[] rows, int at, int length) {
        int size = Math.min(SAMPLE, length / SAMPLES);
        for (int i = 0; i < SAMPLES; i++) {
            System.arraycopy(rows, at + length / SAMPLES * i, sample, size * i, size);
        }
        return searched(size * SAMPLES) < PAYS * coded(size * SAMPLES);
    }

    /** Bytes of the sample after a search. */
    private long searched(int length) {
        searching.reset();
        searching.setInput(sample, 0, length);
        searching.finish();
        while (!searching.finished()) {
            searching.deflate(buffer);
        }
        return searching.getBytesWritten();
    }

    /** What the sample would be with Huffman's codes alone: each as long as its value is rare, a bit at least; and the codes. */
    private double coded(int length) {
        int[] counts = new int[VALUES];
        for (int i = 0; i < length; i++) {
            counts[sample[i] & 0xff]++;
        }
        double bits = 0;
        for (int count : counts) {
            bits += count == 0 ? 0 : count * Math.max(1, Math.log((double) length / count) / Math.log(2));
        }
        return bits / Byte.SIZE + CODES;
    }

    @Override
    public void close() {
        stream.end();
        searching.end();
    }
}
