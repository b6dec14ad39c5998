package dev.darkroom.worker.model.catalogue;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A body as a stream that does not wait for ever, which the JDK's own does. One thread reads it; an interrupt ends the
 * read.
 */
final class BodyStream extends InputStream implements HttpResponse.BodySubscriber<BodyStream> {
    /** What the connection has to say: bytes, or that there are no more, or why. */
    private record Signal(List<ByteBuffer> bytes, @Nullable Throwable failure, boolean last) {}

    private final Duration silence;
    private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>(); // one is asked for at a time
    private volatile Flow.@Nullable Subscription subscription;
    private volatile boolean closed;
    private final Deque<ByteBuffer> here = new ArrayDeque<>();
    private boolean ended;

    /** @param silence the longest that the server may send nothing */
    BodyStream(Duration silence) {
        this.silence = silence;
    }

    @Override
    public CompletionStage<BodyStream> getBody() {
        return CompletableFuture.completedFuture(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        if (closed) { // asked after it was told: one of the two sees the other
            given.cancel();
        } else {
            given.request(1);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> bytes) {
        signals.add(new Signal(bytes, null, false));
    }

    @Override
    public void onError(Throwable failure) {
        signals.add(new Signal(List.of(), failure, true));
    }

    @Override
    public void onComplete() {
        signals.add(new Signal(List.of(), null, true));
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (here.isEmpty()) {
            if (ended) {
                return -1;
            }
            take();
        }
        ByteBuffer first = here.getFirst();
        int count = Math.min(length, first.remaining());
        first.get(target, offset, count);
        if (!first.hasRemaining()) {
            here.removeFirst();
        }
        return count;
    }

    /** Waits for the next signal; asks for one more once this one's bytes are all that there are. */
    private void take() throws IOException {
        @Nullable Signal signal;
        try {
            signal = signals.poll(silence.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted");
        }
        if (signal == null) {
            throw new IOException("The server sent nothing for " + silence);
        }
        if (signal.failure() != null) {
            throw new IOException("The connection was lost: " + signal.failure().getMessage(), signal.failure());
        }
        ended = signal.last();
        signal.bytes().stream().filter(ByteBuffer::hasRemaining).forEach(here::add);
        Flow.@Nullable Subscription given = subscription;
        if (!ended && given != null) {
            given.request(1);
        }
    }

    /** Ends the transfer, and with it the connection where the body was not read to its end. */
    @Override
    public void close() {
        closed = true;
        Flow.@Nullable Subscription given = subscription;
        if (!ended && given != null) {
            given.cancel();
        }
        ended = true;
        here.clear();
    }
}
