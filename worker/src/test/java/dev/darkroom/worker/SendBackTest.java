package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.SendBack.Result;
import dev.darkroom.worker.config.TopicsConfig;
import dev.darkroom.worker.intake.DeadLetter;
import dev.darkroom.worker.intake.IntakeException;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.OutgoingRecord;
import dev.darkroom.worker.storage.InMemoryResultStore;
import dev.darkroom.worker.storage.ObjectKeys;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SendBackTest {
    private static final TopicsConfig TOPICS =
            new TopicsConfig("jobs", "events", "retry", "control", "dlq.jobs", 1, OptionalInt.empty());
    private static final String JOB = "{\"id\":\"job\",\"prompt\":\"abc\"}";
    private static final String INVALID = "{\"id\":\"job\",\"prompt\":7}";
    private static final Map<String, String> WORKERS = Map.of(
            "darkroom-error-code", "INTERNAL",
            "darkroom-error", "it broke",
            "darkroom-attempt", "5",
            "darkroom-origin-topic", "jobs",
            "darkroom-origin-partition", "0",
            "darkroom-origin-offset", "7");
    private static final Map<String, String> BROKERS = Map.of(
            "__dlq.errors.topic", "jobs",
            "__dlq.errors.partition", "0",
            "__dlq.errors.offset", "7",
            "__dlq.errors.group", "darkroom",
            "__dlq.errors.delivery.count", "10",
            "__dlq.errors.message", "Offset delivery count exceeded the threshold.");

    private final InMemoryResultStore store = new InMemoryResultStore("bucket");
    private final JobLedger ledger = new JobLedger(store, "pictures");
    private final List<OutgoingRecord> sent = new ArrayList<>();
    private final SendBack sendBack = new SendBack(ledger, sent::add, TOPICS);

    @BeforeEach
    void createBucket() {
        store.ensureBucket();
    }

    @Test
    void aFailedJobIsSentAndItsFailureForgotten() throws Exception {
        end(JOB, failed());

        assertThat(sendBack.once(letter(JOB, WORKERS))).isEqualTo(new Result.Sent("jobs"));

        assertThat(ledger.outcome("job")).isEmpty();
        assertThat(sent).singleElement().satisfies(job -> {
            assertThat(job.topic()).isEqualTo("jobs");
            assertThat(job.value()).isEqualTo(bytes(JOB));
            assertThat(job.headers()).extracting(JobRecord.Header::name).containsExactly("traceparent");
        });
        assertLeft(sendBack.once(letter(JOB, WORKERS)), "sent back before");
        assertThat(sendBack.again(letter(JOB, WORKERS))).isInstanceOf(Result.Sent.class);
    }

    /** Otherwise every letter of a job that fails again and again would be sent with each --all. */
    @Test
    void aLetterIsSentOnceEvenIfTheJobFailedAgain() throws Exception {
        end(JOB, failed());
        sendBack.once(letter(JOB, WORKERS));
        ledger.conclude(failed());

        assertLeft(sendBack.once(letter(JOB, WORKERS)), "sent back before");
        assertThat(ledger.outcome("job")).isPresent();
        assertThat(sendBack.again(letter(JOB, WORKERS))).isInstanceOf(Result.Sent.class);
        assertThat(ledger.outcome("job")).isEmpty();
    }

    @Test
    void anInvalidJobIsSentToo() throws Exception {
        end(INVALID, failed());

        assertThat(sendBack.once(letter(INVALID, WORKERS))).isInstanceOf(Result.Sent.class);
    }

    @Test
    void whatEndedOtherwiseStands() throws Exception {
        JobEvent expired = new JobEvent.Expired("job", 1, Optional.empty(), 3);
        end(JOB, expired);

        assertLeft(sendBack.once(letter(JOB, WORKERS)), "ended in another way");
        assertLeft(sendBack.again(letter(JOB, WORKERS)), "ended in another way");
        assertThat(ledger.outcome("job")).contains(expired);
    }

    /** The letter of the second of two jobs with one id must not undo the failure of the first. */
    @Test
    void aDuplicateLeavesTheFirstJobAlone() throws Exception {
        end(JOB, failed());

        assertLeft(sendBack.once(letter(INVALID, WORKERS)), "belongs to another job");
        assertLeft(sendBack.again(letter(INVALID, WORKERS)), "belongs to another job");
        assertThat(ledger.outcome("job")).isPresent();
    }

    @Test
    void theBrokersLettersNeverHadAnOutcome() throws Exception {
        DeadLetter letter = letter(JOB, BROKERS);
        assertThat(letter.reason()).contains("Offset delivery count exceeded the threshold.");
        assertThat(letter.code()).isEmpty();
        assertThat(letter.origin()).map(DeadLetter.Origin::toString).contains("jobs-0@7");

        assertThat(sendBack.once(letter)).isEqualTo(new Result.Sent("jobs"));
        assertLeft(sendBack.once(letter), "sent back before");
        assertThat(sent.get(0).headers()).extracting(JobRecord.Header::name).containsExactly("traceparent");
    }

    @Test
    void whatHasNoIdIsOnlySentIfInsistedOn() throws Exception {
        assertLeft(sendBack.once(letter("{}", WORKERS)), "no job id");
        assertThat(sendBack.again(letter("{}", WORKERS))).isInstanceOf(Result.Sent.class);
    }

    @Test
    void aLetterWithoutTheJobCannotBeSent() throws Exception {
        end(JOB, failed());
        Map<String, String> omitted = Map.of(
                "darkroom-value-omitted", "5000",
                "darkroom-origin-topic", "jobs",
                "darkroom-origin-partition", "0",
                "darkroom-origin-offset", "7");

        assertLeft(sendBack.once(letter("", omitted)), "jobs-0@7");
        assertLeft(sendBack.again(letter("", omitted)), "jobs-0@7");
    }

    @Test
    void aJobGoesOnlyWhereJobsAreTakenFrom() throws Exception {
        assertThat(sendBack.again(letter(JOB, Map.of("darkroom-origin-topic", "payments"))))
                .isEqualTo(new Result.Sent("jobs"));
    }

    @Test
    void anOutcomeThatCannotBeReadIsReported() throws Exception {
        store.putIfAbsent(ObjectKeys.outcome("pictures", "job"), bytes("{"), "application/json");

        assertLeft(sendBack.once(letter(JOB, WORKERS)), "cannot be read");
    }

    @Test
    void aJobThatMayNotHaveBeenSentHasToBeInsistedOn() throws Exception {
        end(JOB, failed());
        SendBack withoutBroker = new SendBack(
                ledger,
                job -> {
                    throw new IntakeException("No broker has it");
                },
                TOPICS);

        assertThatThrownBy(() -> withoutBroker.once(letter(JOB, WORKERS)))
                .isInstanceOf(IntakeException.class)
                .hasMessageContaining("0@3")
                .hasMessageContaining("--force")
                .hasMessageContaining("No broker has it");
        assertLeft(sendBack.once(letter(JOB, WORKERS)), "--force");
        assertThat(sendBack.again(letter(JOB, WORKERS))).isInstanceOf(Result.Sent.class);
    }

    private void end(String json, JobEvent terminal) throws Exception {
        ledger.claim(JobIdentity.of(bytes(json)).orElseThrow(), "jobs-0@7");
        ledger.conclude(terminal);
    }

    private static JobEvent failed() {
        return new JobEvent.Failed("job", 5, Optional.empty(), FailureCode.INTERNAL, "it broke");
    }

    private void assertLeft(Result result, String reason) {
        assertThat(result)
                .isInstanceOfSatisfying(
                        Result.Left.class, left -> assertThat(left.reason()).contains(reason));
    }

    private static DeadLetter letter(String value, Map<String, String> headers) {
        List<JobRecord.Header> all = new ArrayList<>();
        all.add(new JobRecord.Header("traceparent", bytes("kept")));
        headers.forEach((name, text) -> all.add(new JobRecord.Header(name, bytes(text))));
        return new DeadLetter(new JobRecord("dlq.jobs", 0, 3, Optional.empty(), bytes(value), all, Instant.EPOCH, 1));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
