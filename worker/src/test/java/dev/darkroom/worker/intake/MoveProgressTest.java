package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MoveProgressTest {
    @Test
    void theFirstRecordThatWaitsIsCommitted() {
        MoveProgress progress = MoveProgress.of(Optional.of(new OffsetAndMetadata(10)));
        for (long offset = 10; offset < 15; offset++) {
            assertThat(progress.read(offset)).isTrue();
        }
        progress.moved(10);
        progress.moved(13);

        assertThat(progress.position().offset()).isEqualTo(11);
        assertThat(progress.position().metadata()).startsWith("moved=");
    }

    @Test
    void whenNothingWaitsTheNextOffsetIsCommittedAndNothingElse() {
        MoveProgress progress = MoveProgress.of(Optional.empty());
        progress.read(3);
        progress.moved(3);

        assertThat(progress.position()).isEqualTo(new OffsetAndMetadata(4, ""));
    }

    /** Any number of owners, each of which moves some of what it reads: every record is moved once. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void anOwnerGoesOnWhereTheLastOneStopped(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Set<Long> left = new TreeSet<>();
        for (long offset = 5; offset < 500; offset++) {
            if (random.nextInt(4) > 0) { // the others are markers, which nobody reads
                left.add(offset);
            }
        }
        List<Long> log = new ArrayList<>(left);
        OffsetAndMetadata committed = new OffsetAndMetadata(0);
        while (!left.isEmpty()) {
            MoveProgress owner = MoveProgress.of(Optional.of(committed));
            int reads = random.nextInt(1, 200);
            for (long offset : log) {
                if (offset >= committed.offset() && reads-- > 0) {
                    assertThat(owner.read(offset)).as("%d is left", offset).isEqualTo(left.contains(offset));
                    if (left.contains(offset) && random.nextInt(3) == 0) {
                        owner.moved(offset);
                        left.remove(offset);
                    }
                }
            }
            committed = owner.position();
        }
        assertThat(committed).isEqualTo(new OffsetAndMetadata(log.get(log.size() - 1) + 1, ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "moved=", "moved=!!", "moved=\u00e9", "attempt 3", "moved=/////w=="})
    void metadataOfOthersDoesNoHarm(String metadata) {
        MoveProgress progress = MoveProgress.of(Optional.of(new OffsetAndMetadata(5, metadata)));

        assertThat(progress.read(1000)).isTrue();
    }

    @Test
    void whatIsCommittedFitsWhatBrokersTake() {
        MoveProgress progress = MoveProgress.of(Optional.empty());
        long offset = 0;
        while (!progress.isSpanFull()) {
            progress.read(offset);
            offset += 2;
        }
        progress.read(offset + 100_000);

        assertThat(offset).isEqualTo(MoveProgress.LONGEST_SPAN + 2);
        assertThat(progress.position().offset()).isZero();
        assertThat(progress.position().metadata().length()).isBetween(2000, 4096);
    }

    @Test
    void aTopicThatWasMadeAnewIsReadFromItsStart() {
        MoveProgress before = MoveProgress.of(Optional.of(new OffsetAndMetadata(100)));
        before.read(100);
        before.read(101);
        before.moved(101);

        MoveProgress after = MoveProgress.of(Optional.of(before.position()));
        assertThat(after.read(0)).isTrue();
        assertThat(after.read(101)).isTrue();
        assertThat(after.position().offset()).isZero();
    }
}
