package dev.darkroom.worker;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Asks again until the answer is the one that is waited for, a minute at most. */
final class Patiently {
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private Patiently() {}

    static <T> T until(Callable<T> question, Predicate<T> enough) throws Exception {
        Instant end = Instant.now().plus(LIMIT);
        while (true) {
            T answer = question.call();
            if (enough.test(answer)) {
                return answer;
            }
            if (Instant.now().isAfter(end)) {
                throw new AssertionError("After " + LIMIT + " still: " + answer);
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }
}
