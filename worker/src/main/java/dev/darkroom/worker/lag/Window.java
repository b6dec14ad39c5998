package dev.darkroom.worker.lag;

import dev.darkroom.client.Lane;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Consumer;

/** The newest records of one partition that may be unsettled, in the order of their offsets. Not thread-safe. */
final class Window {
    private final int most;
    private final Consumer<Waiting> dropped;
    private final Deque<Waiting> records = new ArrayDeque<>();
    private long from;

    /**
     * A record that waits, or that a worker has.
     *
     * @param lane that the job is taken from, or goes back to
     * @param id of the job; empty for a record that is none
     * @param size empty for a record that costs nothing: it is no job
     * @param sent when the record was written
     * @param enqueued since when the job waits
     * @param due when its next attempt may begin
     * @param deadline when its pictures are of no more use
     */
    record Waiting(
            long offset,
            Lane lane,
            Optional<String> id,
            Optional<JobSize> size,
            Instant sent,
            Instant enqueued,
            Instant due,
            Optional<Instant> deadline) {}

    /**
     * Knows no record yet.
     *
     * @param from the offset that is read first
     * @param most how many records there is room for; of more, the oldest are forgotten
     * @param dropped gets each record that is not known any more
     */
    Window(long from, int most, Consumer<Waiting> dropped) {
        this.from = from;
        this.most = most;
        this.dropped = dropped;
    }

    /** Takes note of a record; records come in the order of their offsets. */
    void add(Waiting record) {
        records.add(record);
        if (records.size() > most) {
            Waiting oldest = records.remove();
            from = oldest.offset() + 1;
            dropped.accept(oldest);
        }
    }

    /** Forgets what lies before an offset. */
    void trim(long start) {
        while (!records.isEmpty() && records.element().offset() < start) {
            dropped.accept(records.remove());
        }
    }

    /** The records that are known. */
    Collection<Waiting> known() {
        return Collections.unmodifiableCollection(records);
    }

    /**
     * How many records there may be from one offset to another that are not known: before those that are, or behind.
     *
     * @param position up to where records were read
     */
    long unknown(long start, long end, long position) {
        return Math.max(0, Math.min(from, end) - start) + Math.max(0, end - Math.max(position, start));
    }
}
