package dev.darkroom.worker.intake;

import java.util.Base64;
import java.util.BitSet;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;

/**
 * How far the records of one partition of the retry topic were moved. They are moved in order of time, not of offset, so
 * the committed offset, the first record that still waits, says too little: which of the records behind it were moved
 * stands in the commit's metadata, a bit for each. Not thread-safe.
 */
public final class MoveProgress {
    /** Records that lie this far apart are not held at once: the bits of those between must fit the metadata. */
    static final int LONGEST_SPAN = 20_000;

    /** In Base64 somewhat less than the 4096 bytes that brokers take by default. */
    private static final int MOST_BITS = 24_000;

    private static final int LONGEST_METADATA = 4096;
    private static final String MARK = "moved=";

    private final long restoredFrom;
    private final BitSet restored;
    private final TreeSet<Long> waiting = new TreeSet<>();
    private long end;

    private MoveProgress(long restoredFrom, BitSet restored) {
        this.restoredFrom = restoredFrom;
        this.restored = restored;
        this.end = restoredFrom;
    }

    /** The progress that the last owner of the partition committed; none if the commit is not one of ours. */
    public static MoveProgress of(Optional<OffsetAndMetadata> committed) {
        return new MoveProgress(
                committed.map(OffsetAndMetadata::offset).orElse(0L),
                committed
                        .map(OffsetAndMetadata::metadata)
                        .map(MoveProgress::decode)
                        .orElseGet(BitSet::new));
    }

    /** Takes note of a record that was read; says whether it still has to be moved. */
    public boolean read(long offset) {
        if (offset < restoredFrom) {
            // The log begins anew: what was committed was about other records.
            restored.clear();
        }
        end = offset + 1;
        return !wasMovedBefore(offset) && waiting.add(offset);
    }

    private boolean wasMovedBefore(long offset) {
        long bit = offset - restoredFrom;
        return bit >= 0 && bit < restored.length() && restored.get((int) bit);
    }

    void moved(long offset) {
        waiting.remove(offset);
    }

    /** Whether nothing more should be read before the first record that waits was moved. */
    boolean isSpanFull() {
        return !waiting.isEmpty() && end - waiting.first() >= LONGEST_SPAN;
    }

    /** What to commit. */
    OffsetAndMetadata position() {
        long first = waiting.isEmpty() ? end : waiting.first();
        long last = Math.max(end, restoredFrom + restored.length());
        BitSet bits = new BitSet();
        for (int bit = 0; bit < Math.min(last - first, MOST_BITS); bit++) {
            long offset = first + bit;
            // Below the end what is not moved waits; offsets without a record, such as markers, count as moved.
            bits.set(bit, offset < end ? !waiting.contains(offset) : wasMovedBefore(offset));
        }
        return new OffsetAndMetadata(first, encode(bits));
    }

    private static String encode(BitSet bits) {
        return bits.isEmpty() ? "" : MARK + Base64.getEncoder().withoutPadding().encodeToString(bits.toByteArray());
    }

    private static BitSet decode(String metadata) {
        if (!metadata.startsWith(MARK) || metadata.length() > LONGEST_METADATA) {
            return new BitSet();
        }
        try {
            return BitSet.valueOf(Base64.getDecoder().decode(metadata.substring(MARK.length())));
        } catch (IllegalArgumentException e) {
            return new BitSet();
        }
    }
}
