package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.OutgoingRecord;
import dev.darkroom.worker.intake.RetryHeaders;
import dev.darkroom.worker.model.ModelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Jobs that fail and are tried again: with another record, so that their worker is free meanwhile. */
class JobRunRetryTest extends JobRunFixture {
    @Test
    void aFailedJobGoesToTheTopicOfRetriesAndFreesItsWorker() throws Exception {
        world.model.broken = true;
        world.deliver(JobWorld.JOB, 1);

        JobEvent.Retrying retrying = (JobEvent.Retrying) world.last();
        assertThat(world.acts.all())
                .endsWith("event job/retrying/1/" + retrying.notBefore().toEpochMilli(), "retry 2", "accept");
        assertThat(retrying.code()).isEqualTo(FailureCode.INFERENCE_FAILED);
        assertThat(Duration.between(world.clock.instant(), retrying.notBefore()))
                .isBetween(Duration.ofSeconds(4), Duration.ofSeconds(6));
        assertThat(world.outcome()).isEmpty();
        OutgoingRecord retry = world.retries.get(0);
        assertThat(retry.topic()).isEqualTo("retry");
        assertThat(retry.value()).isEqualTo(JobWorld.JOB.getBytes(StandardCharsets.UTF_8));
        assertThat(Instant.ofEpochMilli(Long.parseLong(header(retry, RetryHeaders.NOT_BEFORE))))
                .isEqualTo(retrying.notBefore());
        assertThat(header(retry, RetryHeaders.ORIGIN)).isEqualTo("jobs");
    }

    @Test
    void theNextAttemptCompletesTheJob() throws Exception {
        world.model.broken = true;
        world.deliver(JobWorld.JOB, 1);
        world.model.broken = false;
        world.deliverRetry();

        assertThat(world.acts.all()).endsWith("put outcome.json", "event job/completed", "accept");
        assertThat(world.completed().attempt()).isEqualTo(2);
        assertThat(world.outcome()).contains(world.completed());
    }

    @Test
    void theLastAttemptFailsTheJob() {
        world.model.broken = true;
        world.deliver(JobWorld.JOB, 1);
        world.deliverRetry();
        world.deliverRetry();

        assertThat(world.retries).hasSize(2);
        assertThat(world.acts.all())
                .endsWith("put outcome.json", "event job/failed", "letter INFERENCE_FAILED", "accept");
        assertThat(world.failed().attempt()).isEqualTo(3);
    }

    @Test
    void aRetryThatComesTwiceIsAnsweredWithTheFirstOnesOutcome() {
        world.model.broken = true;
        world.deliver(JobWorld.JOB, 1);
        world.model.broken = false;
        world.deliverRetry();
        int steps = world.steps();
        world.deliverRetry();

        assertThat(world.terminalEvents()).hasSize(2).containsOnly(world.completed());
        assertThat(world.steps()).isEqualTo(steps);
    }

    @Test
    void aWorkerMayDieBetweenTheEventAndTheRetry() {
        world.model.broken = true;
        world.acts.then("retry 2", world::die);
        world.deliver(JobWorld.JOB, 1);
        world.deliver(JobWorld.JOB, 2);

        assertThat(world.acts.all()).endsWith("retry 2", "accept");
        assertThat(world.retries)
                .as("one of them is one too many, which the ledger sees to")
                .hasSize(2);
        assertThat(world.terminalEvents()).isEmpty();
    }

    @Test
    void aWorkerMayDieBeforeTheRetryIsWritten() {
        world.model.broken = true;
        world.acts.then("event job/retrying/1/1767225605133", world::die);
        world.deliver(JobWorld.JOB, 1);
        assertThat(world.retries).isEmpty();
        world.deliver(JobWorld.JOB, 2);

        assertThat(world.acts.all()).endsWith("retry 2", "accept");
        assertThat(world.retries).hasSize(1);
    }

    @Test
    void aRetryThatKafkaRefusesIsWrittenAgain() {
        world.model.broken = true;
        world.acts.refuse("retry 2", 2);
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.acts.all()).endsWith("retry 2", "accept");
        assertThat(world.acts.all()).filteredOn("refused retry 2"::equals).hasSize(2);
    }

    @Test
    void aJobTooLargeForTheTopicOfRetriesFailsAtOnce() {
        world.model.broken = true;
        String padded = JobWorld.JOB + " ".repeat(ScriptedLease.LARGEST_VALUE);
        world.deliver(padded, 1);

        assertThat(world.acts.all()).endsWith("event job/failed", "letter INFERENCE_FAILED", "accept");
        assertThat(world.retries).isEmpty();
    }

    @Test
    void aLeaseThatIsLostMeanwhileTellsNothing() {
        world.model.broken = true;
        world.model.onCall(world::loseLease);
        world.deliver(JobWorld.JOB, 1);

        assertThat(world.retries).isEmpty();
        assertThat(world.events()).noneMatch(event -> event instanceof JobEvent.Retrying);
        assertThat(world.terminalEvents()).isEmpty();
    }

    @Test
    void aModelThatCannotBeLoadedForNowIsTriedAgainAndUsedWhenItIsBack() {
        world.loadFailure = Optional.of(new ModelException("first cannot be loaded"));
        world.deliver(JobWorld.JOB, 1);
        assertThat(((JobEvent.Retrying) world.last()).code()).isEqualTo(FailureCode.MODEL_UNAVAILABLE);
        world.loadFailure = Optional.empty();
        world.deliverRetry();

        assertThat(world.completed().attempt()).isEqualTo(2);
    }

    @Test
    void aJobWhoseDeadlinePassesWhileItWaitsExpires() {
        world.model.broken = true;
        world.deliver(JobWorld.JOB.replace("}", ",\"deadline\":\"2026-01-01T00:00:01Z\"}"), 1);
        world.clock.advance(Duration.ofSeconds(5));
        world.deliverRetry();

        assertThat(world.acts.all()).endsWith("put outcome.json", "event job/expired", "accept");
    }

    @Test
    void aManifestThatCannotBeReadIsAnInternalErrorAndNoDeath() throws Exception {
        world.deliver(JobWorld.JOB, 1);
        String manifest = world.store.keys().stream()
                .filter(key -> key.endsWith("/result.json"))
                .findFirst()
                .orElseThrow();
        world.store.delete(manifest);
        world.store.delete("pictures/job/outcome.json");
        world.store.putIfAbsent(manifest, "anything".getBytes(StandardCharsets.UTF_8), "application/json");
        world.deliver(JobWorld.JOB, 2);

        assertThat(((JobEvent.Retrying) world.last()).code()).isEqualTo(FailureCode.INTERNAL);
        assertThat(world.acts.all()).endsWith("retry 2", "accept");
    }

    @Test
    void aBugIsAnInternalErrorThatTellsNothingOfItself() {
        world.model.onCall(() -> {
            throw new IllegalStateException("secret detail");
        });
        world.deliver(JobWorld.JOB, 1);

        JobEvent.Retrying retrying = (JobEvent.Retrying) world.last();
        assertThat(retrying.code()).isEqualTo(FailureCode.INTERNAL);
        assertThat(retrying.message()).doesNotContain("secret").contains("job/1");
    }

    @Test
    void anAttemptThatCannotBeReadIsTheFirst() {
        world.model.broken = true;
        world.deliver(JobWorld.JOB, 1);
        OutgoingRecord retry = world.retries.get(0);
        world.retries.add(new OutgoingRecord(
                retry.topic(),
                retry.key(),
                retry.value(),
                retry.headers().stream()
                        .map(header -> header.name().equals(RetryHeaders.ATTEMPT)
                                ? new JobRecord.Header(header.name(), "banana".getBytes(StandardCharsets.UTF_8))
                                : header)
                        .toList()));
        world.deliverRetry();

        assertThat(((JobEvent.Retrying) world.last()).attempt()).isEqualTo(1);
    }

    private static String header(OutgoingRecord record, String name) {
        return new String(record.header(name).orElseThrow(), StandardCharsets.UTF_8);
    }
}
