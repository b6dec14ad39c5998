package dev.darkroom.worker.model;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps what a text encoder made of the texts that were asked for last: the empty negative prompt that most jobs have, and
 * a prompt that comes with many seeds, are encoded once while their model is loaded.
 *
 * <p>Each row of tokens is encoded on its own, whatever it comes with. So its numbers are the same to the last bit, whether
 * they were kept or not; where a row's numbers depend on its company, they may differ in their last bits from those of one
 * call with all rows. Owns the encoder. Safe for use by several threads; two that ask for a new text at the same time
 * both encode it.
 */
public final class CachingTextEncoder implements TextEncoder {
    private static final boolean BY_LAST_USE = true;

    private final TextEncoder encoder;
    private final long limit;
    private final ReentrantLock lock = new ReentrantLock(); // guards all below; never held while a text is encoded
    private final Map<Key, TextEncoding> kept = new LinkedHashMap<>(16, 0.75f, BY_LAST_USE);
    private long bytes;
    private boolean closed;

    /** All that an encoding depends on beside the encoder. What its tokens weigh is applied to a copy, later. */
    private record Key(IntBuffer tokens, int clipSkip) {
        static Key of(int[] tokens, int clipSkip) {
            return new Key(IntBuffer.wrap(tokens.clone()).asReadOnlyBuffer(), clipSkip);
        }
    }

    /**
     * Starts empty.
     *
     * @param encoder is closed with this
     * @param limit of what is kept, in bytes of ids and numbers
     */
    public CachingTextEncoder(TextEncoder encoder, long limit) {
        this.encoder = encoder;
        this.limit = limit;
    }

    @Override
    public TextEncoding encode(int[][] tokens, int clipSkip) {
        List<TextEncoding> rows = new ArrayList<>(tokens.length);
        for (int[] row : tokens) {
            Key key = Key.of(row, clipSkip);
            rows.add(find(key).orElseGet(() -> encode(key, row)));
        }
        return rows.isEmpty() ? encoder.encode(tokens, clipSkip) : copied(rows);
    }

    private Optional<TextEncoding> find(Key key) {
        lock.lock();
        try {
            return Optional.ofNullable(kept.get(key));
        } finally {
            lock.unlock();
        }
    }

    private TextEncoding encode(Key key, int[] row) {
        TextEncoding encoding = encoder.encode(new int[][] {row}, key.clipSkip());
        lock.lock();
        try {
            if (!closed) {
                keep(key, encoding);
            }
        } finally {
            lock.unlock();
        }
        return encoding;
    }

    private void keep(Key key, TextEncoding encoding) {
        if (size(key, encoding) > limit) {
            return; // else it would push out all others, and then itself
        }
        TextEncoding before = kept.put(key, encoding);
        bytes += size(key, encoding) - (before == null ? 0 : size(key, before));
        Iterator<Map.Entry<Key, TextEncoding>> oldest = kept.entrySet().iterator();
        while (bytes > limit) {
            Map.Entry<Key, TextEncoding> entry = oldest.next();
            bytes -= size(entry.getKey(), entry.getValue());
            oldest.remove();
        }
    }

    private static long size(Key key, TextEncoding encoding) {
        long pooled = encoding.pooled().map(tensor -> tensor.data().length).orElse(0);
        return Integer.BYTES * (long) key.tokens().capacity()
                + Float.BYTES * (encoding.context().data().length + pooled);
    }

    /** One encoding of several rows, in arrays of its own: its caller may change them. */
    private static TextEncoding copied(List<TextEncoding> rows) {
        Optional<Tensor> pooled = rows.get(0)
                .pooled()
                .map(any -> stacked(
                        rows.stream().map(row -> row.pooled().orElseThrow()).toList()));
        return new TextEncoding(stacked(rows.stream().map(TextEncoding::context).toList()), pooled);
    }

    private static Tensor stacked(List<Tensor> rows) {
        int size = rows.get(0).data().length;
        float[] all = new float[rows.size() * size];
        for (int i = 0; i < rows.size(); i++) {
            System.arraycopy(rows.get(i).data(), 0, all, i * size, size);
        }
        int[] shape = rows.get(0).shape().clone();
        shape[0] = rows.size();
        return new Tensor(all, shape);
    }

    /** Bytes of ids and numbers that are kept. */
    long bytes() {
        lock.lock();
        try {
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            kept.clear();
            bytes = 0;
        } finally {
            lock.unlock();
        }
        encoder.close();
    }
}
