package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.StoredImage;
import dev.darkroom.job.CancelRequest;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.json.CancelCodec;
import dev.darkroom.json.EventCodec;
import dev.darkroom.json.JobCodec;
import dev.darkroom.worker.config.TopicsConfig;
import dev.darkroom.worker.intake.DeadLetter;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.RetryHeaders;
import dev.darkroom.worker.storage.ResultStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the first workers and clients wrote says to today's code what it said to theirs. */
class EarlierBytesTest {
    /** The first one that wrote claims and outcomes; jobs, events, manifests and dead letters were there. */
    private static final String FIRST = "3701cf3";
    /** The first one that wrote resume points; control records and retries were there. */
    private static final String RESUMING = "cbe22ee";

    private static final String PREFIX = "pictures";
    private static final String JOBS = "darkroom.jobs";
    private static final String EVENTS = "darkroom.events";
    private static final String MODEL = "9c371c81cb878b25ff8a886275a0f115ec613bef22ebc26534022287da994827";
    private static final TopicsConfig TOPICS = new TopicsConfig(
            JOBS, EVENTS, "darkroom.retry", "darkroom.control", "dlq.darkroom.jobs", 1, OptionalInt.empty());

    private static GenerationJob job(String id) {
        return GenerationJob.builder(id, "a red circle on a blue background").build();
    }

    private static GenerationJob done() {
        return job("done").toBuilder().seed(7).numInferenceSteps(2).build();
    }

    @ParameterizedTest
    @ValueSource(strings = {FIRST, RESUMING})
    void jobs(String commit) throws Exception {
        EarlierBytes earlier = EarlierBytes.of(commit);

        assertThat(JobCodec.decode(earlier.record(JOBS, "done").value())).isEqualTo(done());
        assertThat(JobCodec.decode(earlier.record(JOBS, "unknown").value()))
                .isEqualTo(job("unknown").toBuilder().model("nobodys").build());
        assertThat(JobCodec.decode(earlier.record(JOBS, "stopped").value()))
                .isEqualTo(job("stopped").toBuilder()
                        .seed(7)
                        .numInferenceSteps(150)
                        .build());
    }

    @ParameterizedTest
    @ValueSource(strings = {FIRST, RESUMING})
    void events(String commit) throws Exception {
        List<CloudEvent> events = new ArrayList<>();
        for (JobRecord record : EarlierBytes.of(commit).records(EVENTS)) {
            events.add(EventCodec.read(EarlierBytes.headers(record), record.value(), Instant.EPOCH));
        }

        assertThat(events).allSatisfy(event -> assertThat(event.time()).isAfter(Instant.parse("2026-11-28T00:00:00Z")));
        List<JobEvent> told = events.stream().map(CloudEvent::event).toList();
        assertThat(told.get(0)).isEqualTo(new JobEvent.Started("done", 1, Optional.empty(), "earlier", "shapes"));
        assertThatItIsDone(told.get(1));
        assertThatItIsUnknown(told.get(2));
        assertThat(told)
                .filteredOn(JobEvent.Progress.class::isInstance)
                .isNotEmpty()
                .allSatisfy(
                        event -> assertThat(((JobEvent.Progress) event).steps()).isEqualTo(150));
    }

    private static void assertThatItIsDone(JobEvent event) {
        assertThat(event).isInstanceOfSatisfying(JobEvent.Completed.class, completed -> {
            assertThat(completed.jobId()).isEqualTo("done");
            assertThat(completed.model().id()).isEqualTo("shapes");
            assertThat(completed.model().sha256()).isEqualTo(MODEL);
            assertThat(completed.noise()).as("told later only").isEmpty();
            assertThat(completed.images())
                    .containsExactly(new StoredImage(
                            "darkroom",
                            "pictures/done/a203837fec17015b/0.png",
                            Optional.empty(),
                            "258b7d60cefdbc8f77f106873caffe445d3a74463f3476d10f7256989c9ecbb6",
                            17_594,
                            128,
                            128,
                            "png",
                            7));
        });
    }

    private static void assertThatItIsUnknown(JobEvent event) {
        assertThat(event)
                .isEqualTo(new JobEvent.Failed(
                        "unknown",
                        1,
                        Optional.empty(),
                        FailureCode.UNKNOWN_MODEL,
                        "There is no model nobodys; this worker has: broken, shapes"));
    }

    /** A job that an earlier worker has taken, and one that it has ended, are the same jobs to today's. */
    @ParameterizedTest
    @ValueSource(strings = {FIRST, RESUMING})
    void claimsAndOutcomes(String commit) throws Exception {
        JobLedger ledger = new JobLedger(EarlierBytes.of(commit).bucket(), PREFIX);

        assertThat(ledger.claim(JobIdentity.of(done()), "elsewhere")).isEqualTo(JobLedger.Claim.AGAIN);
        assertThat(ledger.claim(JobIdentity.of(job("done")), "elsewhere")).isEqualTo(JobLedger.Claim.TAKEN);
        assertThat(ledger.standing(JobIdentity.of(done()))).isEqualTo(JobLedger.Standing.ENDED);
        assertThatItIsDone(ledger.outcome("done").orElseThrow());
        assertThatItIsUnknown(ledger.outcome("unknown").orElseThrow());
    }

    /** A record's position is in a claim too, for versions that read a job differently; of the first there is no time in it. */
    @Test
    void aClaimKnowsItsRecord() throws Exception {
        JobLedger ledger = new JobLedger(EarlierBytes.of(RESUMING).bucket(), PREFIX);
        assertThat(ledger.claim(JobIdentity.of(job("done")), "darkroom.jobs-0@0@1795898210736"))
                .isEqualTo(JobLedger.Claim.AGAIN);
    }

    @ParameterizedTest
    @ValueSource(strings = {FIRST, RESUMING})
    void manifests(String commit) throws Exception {
        ResultStore bucket = EarlierBytes.of(commit).bucket();
        assertThatItIsDone(EventCodec.decode("completed", bucket.get("pictures/done/a203837fec17015b/result.json")));
    }

    @ParameterizedTest
    @ValueSource(strings = {FIRST, RESUMING})
    void deadLetters(String commit) throws Exception {
        DeadLetter letter = new DeadLetter(EarlierBytes.of(commit).record("dlq.darkroom.jobs", "unknown"));

        assertThat(letter.code()).contains("UNKNOWN_MODEL");
        assertThat(letter.reason()).contains("There is no model nobodys; this worker has: broken, shapes");
        assertThat(letter.attempt()).contains("1");
        assertThat(letter.origin()).contains(new DeadLetter.Origin(JOBS, 0, 1));
        assertThat(letter.isBrokers() || letter.isWithoutValue()).isFalse();
        assertThat(letter.again(TOPICS).topic()).isEqualTo(JOBS);
        assertThat(letter.again(TOPICS).headers()).isEmpty();
        assertThat(JobCodec.decode(letter.again(TOPICS).value()).model()).contains("nobodys");
    }

    @Test
    void retries() throws Exception {
        JobRecord record = EarlierBytes.of(RESUMING).record("darkroom.retry", "broken");
        Instant due = Instant.ofEpochMilli(1_795_898_223_986L);

        assertThat(RetryHeaders.attempt(record)).isEqualTo(2);
        assertThat(RetryHeaders.due(record, due.minusSeconds(3))).isEqualTo(due);
        assertThat(RetryHeaders.origin(record, TOPICS)).isEqualTo(JOBS);
        assertThat(JobCodec.decode(record.value()).model()).contains("broken");
        assertThat(EarlierBytes.of(RESUMING).records(JOBS))
                .filteredOn(moved -> RetryHeaders.attempt(moved) == 2)
                .singleElement()
                .satisfies(moved -> assertThat(moved.value()).isEqualTo(record.value()));
    }

    @Test
    void cancelRequests() throws Exception {
        JobRecord record = EarlierBytes.of(RESUMING).records("darkroom.control").get(0);
        assertThat(CancelCodec.decode(record.key().orElseThrow(), record.value()))
                .isEqualTo(new CancelRequest("never-sent", Optional.empty()));
    }
}
