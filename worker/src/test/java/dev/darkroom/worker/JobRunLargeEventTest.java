package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.intake.DeadLetters;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Events that are larger than their topic takes: the job ends all the same, and its slot is free. */
@Timeout(30)
class JobRunLargeEventTest extends JobRunFixture {
    private static final String LARGE = JobWorld.JOB.replace("}", ",\"context\":\"" + "x".repeat(3_000) + "\"}");

    @Test
    void anEventIsToldWithoutItsContextRatherThanNot() throws Exception {
        world.largestValue = 2_000;
        world.deliver(LARGE, 1);

        assertThat(world.acts.all()).endsWith("put outcome.json", "event job/completed", "accept");
        assertThat(world.completed().context()).isEmpty();
        assertThat(world.completed().images()).hasSize(2);
        assertThat(world.outcome().orElseThrow().context())
                .as("the bucket has all of it")
                .isPresent();
        assertThat(world.letters).isEmpty();
    }

    @Test
    void aFailureIsToldShortWithItsDeadLetter() {
        world.largestValue = 500;
        world.deliver(LARGE.replace("}", ",\"scheduler\":\"" + "y".repeat(2_000) + "\"}"), 1);

        JobEvent.Failed failed = (JobEvent.Failed) world.last();
        assertThat(failed.context()).isEmpty();
        assertThat(failed.message()).hasSizeLessThanOrEqualTo(200);
        assertThat(world.letters)
                .singleElement()
                .satisfies(letter ->
                        assertThat(letter.header(DeadLetters.VALUE_OMITTED)).isPresent());
        assertThat(world.acts.all()).endsWith("accept");
    }

    @Test
    void whatCannotBeToldAtAllIsADeadLetterThatSaysSo() throws Exception {
        world.largestValue = 10;
        world.deliver(LARGE, 1);

        assertThat(world.terminalEvents()).isEmpty();
        assertThat(world.outcome()).containsInstanceOf(JobEvent.Completed.class);
        assertThat(world.letters).singleElement().satisfies(letter -> {
            assertThat(text(letter.header(DeadLetters.ERROR_CODE))).isEqualTo("INTERNAL");
            assertThat(text(letter.header(DeadLetters.ERROR))).contains("completed", "larger than its topic takes");
        });
        assertThat(world.acts.all()).endsWith("letter INTERNAL", "accept");
    }

    private static String text(Optional<byte[]> header) {
        return new String(header.orElseThrow(), StandardCharsets.UTF_8);
    }
}
