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
    private static final int LEVEL = 6;
    private static final int TRIAL_LEVEL = 4; // finds less than the other, in a fourth of the time
    private static final double PAYS = 0.99;
    private static final int BUFFER = 1 << 16;

    private final Deflater stream = new Deflater(LEVEL);
    // One for each strategy: to change it after a reset has no effect on what follows in zlib 1.2.11.
    private final Deflater searching = trialDeflater(Deflater.FILTERED);
    private final Deflater coding = trialDeflater(Deflater.HUFFMAN_ONLY);
    private final byte[] buffer = new byte[BUFFER];
    private final byte[] sample = new byte[SAMPLES * SAMPLE];

    static byte[] compressed(byte[] rows) {
        try (PixelDeflater deflater = new PixelDeflater()) {
            return deflater.deflate(rows);
        }
    }

    private static Deflater trialDeflater(int strategy) {
        Deflater deflater = new Deflater(TRIAL_LEVEL);
        deflater.setStrategy(strategy);
        return deflater;
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
        return trial(searching, size * SAMPLES) < PAYS * trial(coding, size * SAMPLES);
    }

    private long trial(Deflater trial, int length) {
        trial.reset();
        trial.setInput(sample, 0, length);
        trial.finish();
        while (!trial.finished()) {
            trial.deflate(buffer);
        }
        return trial.getBytesWritten();
    }

    @Override
    public void close() {
        stream.end();
        searching.end();
        coding.end();
    }
}
