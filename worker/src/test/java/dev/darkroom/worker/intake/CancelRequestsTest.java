package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.darkroom.job.CancelRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CancelRequestsTest {
    private final CancelRequests requests = new CancelRequests();
    private final List<CancelRequest> told = new ArrayList<>();

    @Test
    void theLastRequestForAJobIsTheOneThatIsFound() {
        requests.add(request("a"));
        CancelRequest last = new CancelRequest("a", Optional.of("sold out"));
        requests.add(last);

        assertThat(requests.find("a")).contains(last);
        assertThat(requests.find("b")).isEmpty();
    }

    @Test
    void aRequestThatIsTakenBackIsNotFound() {
        requests.add(request("a"));
        requests.takeBack("a");
        requests.takeBack("never-asked-for");

        assertThat(requests.find("a")).isEmpty();
    }

    @Test
    void aWatchIsToldOnceOfWhatIsThereAndOfWhatComes() {
        requests.add(request("there"));
        requests.watch("there", told::add);
        requests.watch("to-come", told::add);
        assertThat(told).containsExactly(request("there"));

        requests.add(request("other"));
        requests.add(request("to-come"));
        requests.add(request("there"));
        requests.add(request("to-come"));
        assertThat(told).containsExactly(request("there"), request("to-come"));
        assertThat(requests.watched()).isZero();
    }

    @Test
    void everyWatchOfAJobIsToldUnlessItIsClosed() {
        List<String> who = new ArrayList<>();
        requests.watch("a", request -> who.add("first"));
        CancelWatch closed = requests.watch("a", request -> who.add("closed"));
        requests.watch("a", request -> who.add("last"));
        closed.close();
        closed.close();
        requests.add(request("a"));

        assertThat(who).containsExactly("first", "last");
    }

    @Test
    void nothingIsKeptOfAWatchThatIsClosed() {
        for (int i = 0; i < 10; i++) {
            requests.watch("a", told::add).close();
        }
        assertThat(requests.watched()).isZero();
    }

    @Test
    void anActionThatFailsIsOnlyItsOwnersLoss() {
        requests.watch("a", request -> {
            throw new IllegalStateException("on purpose");
        });
        requests.watch("a", told::add);
        requests.add(request("a"));
        assertThat(told).containsExactly(request("a"));

        assertThatIllegalStateException()
                .as("at once, on the watcher's own thread")
                .isThrownBy(() -> requests.watch("a", request -> {
                    throw new IllegalStateException("on purpose");
                }));
    }

    @Test
    void anActionMayWatchAndClose() {
        CancelWatch other = requests.watch("b", told::add);
        requests.watch("a", request -> {
            other.close();
            requests.watch("a", told::add);
        });
        requests.add(request("a"));
        requests.add(request("b"));

        assertThat(told).containsExactly(request("a"));
    }

    @Test
    void theOldestAreForgottenWhenThereAreTooMany() {
        for (int i = 0; i <= CancelRequests.MOST_REQUESTS; i++) {
            requests.add(request("job-" + i));
        }
        assertThat(requests.find("job-0")).isEmpty();
        assertThat(requests.find("job-1")).isPresent();

        requests.add(request("job-1")); // the newest now
        requests.add(request("one-more"));
        assertThat(requests.find("job-1")).isPresent();
        assertThat(requests.find("job-2")).isEmpty();
        assertThat(requests.find("job-3")).isPresent();
    }

    @Test
    void theOldestAreForgottenWhenTheyAreTooLarge() {
        int size = 1000;
        int most = CancelRequests.MOST_CHARACTERS / size;
        for (int i = 0; i < most; i++) {
            String id = "job-" + i;
            requests.add(new CancelRequest(id, Optional.of("x".repeat(size - id.length()))));
        }
        assertThat(requests.find("job-0")).isPresent();
        requests.add(request("one-more"));
        assertThat(requests.find("job-0")).isEmpty();
        assertThat(requests.find("job-1")).isPresent();

        requests.takeBack("job-1"); // makes room for this:
        requests.add(new CancelRequest("last", Optional.of("x".repeat(size))));
        assertThat(requests.find("job-2")).isPresent();
    }

    @Test
    void noRequestGetsLostBetweenAddAndWatch() throws Exception {
        int jobs = 2000;
        AtomicInteger heard = new AtomicInteger();
        CountDownLatch begin = new CountDownLatch(1);
        ExecutorService adding = Executors.newSingleThreadExecutor(task -> new Thread(task, "adding"));
        try {
            Future<?> added = adding.submit(() -> {
                begin.await();
                for (int i = 0; i < jobs; i++) {
                    requests.add(request("job-" + i));
                }
                return null;
            });
            begin.countDown();
            for (int i = 0; i < jobs; i++) {
                requests.watch("job-" + i, request -> heard.incrementAndGet());
            }
            added.get(30, TimeUnit.SECONDS);
        } finally {
            adding.shutdownNow();
        }
        assertThat(heard).hasValue(jobs);
    }

    private static CancelRequest request(String jobId) {
        return new CancelRequest(jobId, Optional.empty());
    }
}
