package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.client.Lane;
import dev.darkroom.worker.config.DeliveryConfig;
import dev.darkroom.worker.config.LanesConfig;
import dev.darkroom.worker.config.TopicsConfig;
import dev.darkroom.worker.intake.JobRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrefetchTest {
    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
    private static final TopicsConfig TOPICS =
            new TopicsConfig("jobs", "events", "retry", "control", "dlq.jobs", 1, OptionalInt.empty());

    private final ManualClock clock = new ManualClock(BEGIN);
    private final List<String> opened = new ArrayList<>();

    /** Of a call's four jobs so many are in the loop, a second long, until the next one ends. */
    @ParameterizedTest
    @CsvSource({"4, ''", "3, normal 6", "2, normal 8", "1, normal 8"})
    void slotsAreOpenedForJobsThatAreNotInTheLoop(int looping, String expected) {
        Prefetch prefetch = prefetch(4, 8);
        take(prefetch, 4, BEGIN);
        enter(prefetch, looping);

        run(prefetch, 7, BEGIN);
        assertThat(opened).isEmpty();
        run(prefetch, 1, BEGIN);

        assertThat(String.join(", ", opened)).isEqualTo(expected);
    }

    @Test
    void aLoneSlotGetsAnotherOne() {
        Prefetch prefetch = prefetch(1, 2);
        take(prefetch, 1, BEGIN);
        for (int i = 0; i < 9; i++) {
            prefetch.entered("normal");
            clock.advance(Duration.ofMillis(700));
            prefetch.left("normal");
            clock.advance(Duration.ofMillis(300));
            prefetch.ended(job(BEGIN));
            prefetch.received(job(BEGIN));
        }

        assertThat(opened).containsExactly("normal 2");
    }

    @Test
    void slotsOnlyGrowAndNotBeyondTheMost() {
        Prefetch prefetch = prefetch(4, 8);
        take(prefetch, 4, BEGIN);
        enter(prefetch, 3);
        run(prefetch, 9, BEGIN);
        take(prefetch, 2, BEGIN);
        run(prefetch, 30, BEGIN);
        assertThat(opened).containsExactly("normal 6", "normal 8");

        take(prefetch, 2, BEGIN);
        enter(prefetch, 5);
        run(prefetch, 60, BEGIN);
        assertThat(opened).hasSize(2);
    }

    @Test
    void noSlotIsOpenedWhereNoJobWaits() {
        Prefetch prefetch = prefetch(4, 8);
        take(prefetch, 4, BEGIN);
        enter(prefetch, 1);
        for (int i = 0; i < 40; i++) {
            clock.advance(Duration.ofSeconds(1));
            prefetch.ended(job(BEGIN));
            clock.advance(Duration.ofMillis(1));
            prefetch.received(job(i % 7 == 0 ? clock.instant() : BEGIN)); // as soon as it was sent
        }

        assertThat(opened).isEmpty();
    }

    @Test
    void norWhereASlotIsFree() {
        Prefetch prefetch = prefetch(4, 8);
        take(prefetch, 3, BEGIN);
        enter(prefetch, 1);
        run(prefetch, 40, BEGIN);

        assertThat(opened).isEmpty();
    }

    @Test
    void norWhereSomebodyHasSaidHowManyThereAre() {
        Prefetch prefetch = prefetch(4, 4);
        take(prefetch, 4, BEGIN);
        enter(prefetch, 1);
        run(prefetch, 40, BEGIN);

        assertThat(opened).isEmpty();
    }

    @Test
    void jobsThatNeverCameToTheLoopSayNothing() {
        Prefetch prefetch = prefetch(4, 8);
        take(prefetch, 4, BEGIN);
        run(prefetch, 40, BEGIN);

        assertThat(opened).isEmpty();
    }

    @Test
    void onlyAShareGroupsSlotsGrowAndOnlyWhereNobodyHasSaidHowManyThereAre() {
        LanesConfig filled = new LanesConfig(4, 8, 4, 1);
        assertThat(Worker.mostSlots(new LanesConfig(0, 8, 4, 1), filled, DeliveryConfig.Mode.SHARE))
                .isEqualTo(8);
        assertThat(Worker.mostSlots(new LanesConfig(0, 8, 4, 1), filled, DeliveryConfig.Mode.CLASSIC))
                .isEqualTo(4);
        assertThat(Worker.mostSlots(filled, filled, DeliveryConfig.Mode.SHARE)).isEqualTo(4);
    }

    private Prefetch prefetch(int filling, int most) {
        Prefetch prefetch = new Prefetch(filling, most, TOPICS, clock);
        prefetch.opensBy((lane, slots) -> opened.add(lane.label() + " " + slots));
        return prefetch;
    }

    private static void take(Prefetch prefetch, int jobs, Instant sent) {
        for (int i = 0; i < jobs; i++) {
            prefetch.received(job(sent));
        }
    }

    private static void enter(Prefetch prefetch, int jobs) {
        for (int i = 0; i < jobs; i++) {
            prefetch.entered(Lane.NORMAL.label());
        }
    }

    /** Jobs that end one after the other, each a second long, and whose slot another one gets. */
    private void run(Prefetch prefetch, int jobs, Instant sent) {
        for (int i = 0; i < jobs; i++) {
            clock.advance(Duration.ofSeconds(1));
            prefetch.ended(job(sent));
            prefetch.received(job(sent));
        }
    }

    private static JobRecord job(Instant sent) {
        return new JobRecord("jobs", 0, 0, Optional.empty(), new byte[0], List.of(), sent, 1);
    }
}
