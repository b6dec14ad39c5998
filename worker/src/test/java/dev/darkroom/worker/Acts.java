package dev.darkroom.worker;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** What a job does to the world outside, in order. A test says which acts are refused, and what follows on one. */
final class Acts {
    private final List<String> all = new CopyOnWriteArrayList<>();
    private final Map<String, Integer> refusals = new ConcurrentHashMap<>();
    private final Map<String, Runnable> consequences = new ConcurrentHashMap<>();

    /** Refuses an act the next {@code times} times; each is there as {@code refused <act>}. */
    void refuse(String act, int times) {
        refusals.put(act, times);
    }

    /** Runs something right after the act is done for the first time; what it throws comes out of the act. */
    void then(String act, Runnable consequence) {
        consequences.put(act, consequence);
    }

    /** For the fakes: whether to fail instead of doing the act. */
    boolean refused(String act) {
        int left = refusals.getOrDefault(act, 0);
        if (left == 0) {
            return false;
        }
        refusals.put(act, left - 1);
        did("refused " + act);
        return true;
    }

    /** For the fakes: the act is done. */
    void did(String act) {
        all.add(act);
        Optional.ofNullable(consequences.remove(act)).ifPresent(Runnable::run);
    }

    List<String> all() {
        return List.copyOf(all);
    }
}
