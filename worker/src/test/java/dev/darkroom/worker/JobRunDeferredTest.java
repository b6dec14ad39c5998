package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.intake.DeferralHeaders;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.OutgoingRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A job whose record was put behind others of its lane. */
@Timeout(30)
class JobRunDeferredTest extends JobRunFixture {
    @Test
    void itsWaitIsCountedFromTheTimeItWasSent() {
        JobRecord job = record();
        world.clock.advance(Duration.ofSeconds(90));
        world.deliver(copy(job), "first");

        assertThat(world.completed().timings().queued()).isEqualTo(90_000);
    }

    /** The worker died, or lost its lease, between the copy and the settlement. */
    @Test
    void twoCopiesAreOneJob() {
        JobRecord job = record();
        JobRecord copy = copy(job);
        world.deliver(job, "first");
        world.deliver(copy, "first");

        assertThat(world.steps()).isEqualTo(JobWorld.STEPS);
        assertThat(world.terminalEvents())
                .hasSize(2)
                .extracting(JobEvent::eventId)
                .containsOnly("job/completed");
    }

    private JobRecord record() {
        byte[] value = JobWorld.JOB.getBytes(StandardCharsets.UTF_8);
        return new JobRecord("jobs", 0, 0, Optional.empty(), value, List.of(), world.clock.instant(), 1);
    }

    private JobRecord copy(JobRecord job) {
        OutgoingRecord copy = DeferralHeaders.defer(job).orElseThrow();
        return new JobRecord(copy.topic(), 0, 7, copy.key(), copy.value(), copy.headers(), world.clock.instant(), 1);
    }
}
