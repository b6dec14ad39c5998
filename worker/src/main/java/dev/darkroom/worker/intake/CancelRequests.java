package dev.darkroom.worker.intake;

import dev.darkroom.job.CancelRequest;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The cancel requests that hold, and who waits for one. A {@link ControlReader} fills it. Safe for use by several threads.
 *
 * <p>It has the newest requests, at most 100,000 and at most 8 million characters of ids and reasons, which is some 40 MB
 * at the very most: of more, the oldest are forgotten.
 */
public final class CancelRequests {
    static final int MOST_REQUESTS = 100_000;
    static final int MOST_CHARACTERS = 8_000_000;

    private final Map<String, CancelRequest> requests = new LinkedHashMap<>(); // guarded by this; the oldest first
    private final Map<String, Set<CancelWatch>> watches = new HashMap<>(); // guarded by this
    private int characters; // guarded by this

    /** The request to cancel a job, if there is one. */
    public synchronized Optional<CancelRequest> find(String jobId) {
        return Optional.ofNullable(requests.get(jobId));
    }

    /**
     * Runs an action once when there is a request to cancel the job: at once and on this thread if there is one already,
     * otherwise on the thread that brings it, which it must not block. What the action throws there is logged.
     *
     * @return closed by the caller when the job has ended
     */
    public CancelWatch watch(String jobId, Consumer<CancelRequest> action) {
        CancelWatch watch = new CancelWatch(this, jobId, action);
        Optional<CancelRequest> present;
        synchronized (this) {
            present = find(jobId);
            if (present.isEmpty()) {
                watches.computeIfAbsent(jobId, id -> new LinkedHashSet<>()).add(watch);
            }
        }
        present.ifPresent(action);
        return watch;
    }

    /** Takes a request in, in the place of an earlier one for the same job, and runs the actions that wait for it. */
    public void add(CancelRequest request) {
        Set<CancelWatch> waiting;
        synchronized (this) {
            takeBack(request.jobId());
            requests.put(request.jobId(), request);
            characters += size(request);
            forgetOldest();
            waiting = Optional.ofNullable(watches.remove(request.jobId())).orElse(Set.of());
        }
        waiting.forEach(watch -> watch.run(request)); // without the lock: the actions are others' code
    }

    /** Forgets the request for a job; what it has set off is not undone. */
    public synchronized void takeBack(String jobId) {
        Optional.ofNullable(requests.remove(jobId)).ifPresent(request -> characters -= size(request));
    }

    /** All requests that hold, the oldest first. */
    synchronized List<CancelRequest> all() {
        return List.copyOf(requests.values());
    }

    synchronized void remove(CancelWatch watch) {
        watches.computeIfPresent(watch.jobId(), (id, waiting) -> {
            waiting.remove(watch);
            return waiting.isEmpty() ? null : waiting;
        });
    }

    /** How many jobs are waited for. */
    synchronized int watched() {
        return watches.size();
    }

    private void forgetOldest() {
        Iterator<CancelRequest> oldest = requests.values().iterator();
        while (requests.size() > MOST_REQUESTS || characters > MOST_CHARACTERS) {
            characters -= size(oldest.next());
            oldest.remove();
        }
    }

    private static int size(CancelRequest request) {
        return request.jobId().length() + request.reason().map(String::length).orElse(0);
    }
}
