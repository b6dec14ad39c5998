package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.Workroom.Company;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WorkroomTest {
    private final Workroom room = new Workroom();
    private final StopSignal never = new StopSignal();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void close() {
        threads.shutdownNow();
    }

    @Test
    void severalWorkTogether() throws Exception {
        for (int i = 0; i < 8; i++) {
            room.enter(Company.OTHERS, never);
        }
    }

    @Test
    void whoIsToBeAloneWaitsForTheOthersAndTheNextForIt() throws Exception {
        Workroom.Place first = room.enter(Company.OTHERS, never);
        Workroom.Place second = room.enter(Company.OTHERS, never);
        Future<Workroom.Place> alone = entering(Company.NOBODY, never, 1);
        Future<Workroom.Place> third = entering(Company.OTHERS, never, 2);
        Future<Workroom.Place> fourth = entering(Company.OTHERS, never, 3);

        first.close();
        first.close();
        assertThat(alone).as("one is inside yet").isNotDone();
        second.close();
        assertThat(alone).succeedsWithin(Duration.ofSeconds(20));
        assertThat(third).isNotDone();
        assertThat(fourth).isNotDone();

        alone.get().close();
        assertThat(third).succeedsWithin(Duration.ofSeconds(20));
        assertThat(fourth).succeedsWithin(Duration.ofSeconds(20));
    }

    @Test
    void twoThatAreToBeAloneComeOneAfterTheOther() throws Exception {
        Workroom.Place first = room.enter(Company.NOBODY, never);
        Future<Workroom.Place> second = entering(Company.NOBODY, never, 1);
        assertThat(second).isNotDone();
        first.close();
        assertThat(second).succeedsWithin(Duration.ofSeconds(20));
    }

    @Test
    void whoGivesUpHoldsNobodyUp() throws Exception {
        StopSignal stop = new StopSignal();
        Workroom.Place first = room.enter(Company.OTHERS, never);
        Future<Workroom.Place> alone = entering(Company.NOBODY, stop, 1);
        Future<Workroom.Place> behind = entering(Company.OTHERS, never, 2);

        stop.raise();

        assertThat(alone)
                .failsWithin(Duration.ofSeconds(20))
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(StoppedException.class);
        assertThat(behind).succeedsWithin(Duration.ofSeconds(20));
        first.close();
    }

    @Test
    void anInterruptEndsTheWaitToo() throws Exception {
        room.enter(Company.NOBODY, never);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> room.enter(Company.OTHERS, never)).isInstanceOf(InterruptedException.class);
        assertThat(room.waiting()).isZero();
    }

    /** Whatever the order, nobody is with one that is alone, and all get in. */
    @Test
    void nobodyIsEverWithOneThatIsAlone() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger broken = new AtomicInteger();
        List<Future<?>> jobs = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            Company company = i % 7 == 3 ? Company.NOBODY : Company.OTHERS;
            jobs.add(threads.submit(() -> {
                Workroom.Place place = room.enter(company, never);
                int with = inside.getAndIncrement();
                if (company == Company.NOBODY) {
                    Thread.onSpinWait();
                    if (with != 0 || inside.get() != 1) {
                        broken.incrementAndGet();
                    }
                }
                inside.decrementAndGet();
                place.close();
                return null;
            }));
        }
        for (Future<?> job : jobs) {
            job.get(20, TimeUnit.SECONDS);
        }
        assertThat(broken).hasValue(0);
    }

    /** Enters on another thread; returns when that one is inside or waits as one of so many. */
    private Future<Workroom.Place> entering(Company company, StopSignal stop, int waiting) {
        Future<Workroom.Place> entering = threads.submit(() -> room.enter(company, stop));
        while (!entering.isDone() && room.waiting() < waiting) {
            Thread.onSpinWait();
        }
        return entering;
    }
}
