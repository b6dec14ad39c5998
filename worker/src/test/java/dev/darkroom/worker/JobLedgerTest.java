package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.JobLedger.Claim;
import dev.darkroom.worker.JobLedger.Standing;
import dev.darkroom.worker.storage.InMemoryResultStore;
import dev.darkroom.worker.storage.ObjectKeys;
import dev.darkroom.worker.storage.StorageException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JobLedgerTest {
    private static final JobIdentity JOB = new JobIdentity("job", "a".repeat(64));
    private static final JobIdentity OTHER_CONTENT = new JobIdentity("job", "b".repeat(64));

    private final InMemoryResultStore store = new InMemoryResultStore("bucket");
    private final JobLedger ledger = new JobLedger(store, "pictures");

    @BeforeEach
    void createBucket() {
        store.ensureBucket();
    }

    @Test
    void anIdBelongsToTheContentThatCameFirst() throws Exception {
        assertThat(ledger.claim(JOB, "jobs-0@1")).isEqualTo(Claim.FIRST);
        assertThat(ledger.claim(JOB, "jobs-0@1")).isEqualTo(Claim.AGAIN);
        assertThat(ledger.claim(JOB, "jobs-0@2")).as("sent twice").isEqualTo(Claim.AGAIN);
        assertThat(ledger.claim(OTHER_CONTENT, "jobs-0@3")).isEqualTo(Claim.TAKEN);
        assertThat(ledger.claim(OTHER_CONTENT, "jobs-0@1"))
                .as("the same record, read differently")
                .isEqualTo(Claim.AGAIN);
        assertThat(ledger.claim(new JobIdentity("job-2", "b".repeat(64)), "jobs-0@3"))
                .as("another id")
                .isEqualTo(Claim.FIRST);
    }

    @Test
    void ofManyDifferentJobsUnderOneIdOneWins() throws Exception {
        int racers = 16;
        CyclicBarrier start = new CyclicBarrier(racers);
        List<Callable<Claim>> claims = new ArrayList<>();
        for (int i = 0; i < racers; i++) {
            JobIdentity job = new JobIdentity("job", "%064x".formatted(i));
            String position = "jobs-0@" + i;
            claims.add(() -> {
                start.await();
                return ledger.claim(job, position);
            });
        }
        List<Claim> results = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(racers);
        try {
            for (Future<Claim> result : threads.invokeAll(claims)) {
                results.add(result.get());
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(results).containsOnlyOnce(Claim.FIRST);
        assertThat(Collections.frequency(results, Claim.TAKEN)).isEqualTo(racers - 1);
    }

    @Test
    void theFirstOutcomeIsInEffect() throws Exception {
        JobEvent expired = new JobEvent.Expired("job", 1, Optional.empty(), 3);
        JobEvent failed = new JobEvent.Failed("job", 2, Optional.empty(), FailureCode.INTERNAL, "late");

        assertThat(ledger.outcome("job")).isEmpty();
        assertThat(ledger.conclude(expired)).isEqualTo(expired);
        assertThat(ledger.conclude(failed)).isEqualTo(expired);
        assertThat(ledger.outcome("job")).contains(expired);
    }

    @Test
    void aFailureCanBeForgottenAndTheClaimStays() throws Exception {
        JobEvent failed = new JobEvent.Failed("job", 2, Optional.empty(), FailureCode.INTERNAL, "late");
        JobEvent expired = new JobEvent.Expired("job", 1, Optional.empty(), 3);
        ledger.claim(JOB, "jobs-0@1");
        assertThat(ledger.standing(JOB)).isEqualTo(Standing.OPEN);

        ledger.conclude(failed);
        assertThat(ledger.standing(OTHER_CONTENT)).isEqualTo(Standing.TAKEN);
        assertThat(ledger.standing(JOB)).isEqualTo(Standing.FAILED);
        ledger.forgetOutcome("job");
        assertThat(ledger.outcome("job")).isEmpty();
        assertThat(ledger.standing(JOB)).isEqualTo(Standing.OPEN);
        assertThat(ledger.claim(OTHER_CONTENT, "jobs-0@3")).isEqualTo(Claim.TAKEN);

        ledger.conclude(expired);
        assertThat(ledger.standing(JOB)).isEqualTo(Standing.ENDED);
    }

    @Test
    void aLetterIsSentBackForTheFirstTimeOnce() throws Exception {
        assertThat(ledger.markSentBack("job", "0-1-7")).isTrue();
        assertThat(ledger.markSentBack("job", "0-1-7")).isFalse();
        assertThat(ledger.markSentBack("job", "0-2-7")).isTrue();
        assertThat(ledger.markSentBack("job-2", "0-1-7")).isTrue();
    }

    /** A producer's own data: what a JSON library makes of it when it reads and writes it is not what was sent. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"order\": 17}",
                "[1.10, 0.12345678901234567890123, 1E400]",
                "{\"b\":1,\"a\":{}}",
                "\"\\u00e9\\/\"",
                "  {\"data\": {\"data\": \"}\"}}"
            })
    void anOutcomeIsToldWordForWord(String context) throws Exception {
        JobEvent failed = new JobEvent.Failed("job", 1, Optional.of(context), FailureCode.UNSUPPORTED, "\"ä\" \n {");

        assertThat(ledger.conclude(failed)).isEqualTo(failed);

        JobEvent again = ledger.outcome("job").orElseThrow();
        assertThat(again.context()).contains(context.strip());
        assertThat(((JobEvent.Failed) again).message()).isEqualTo("\"ä\" \n {");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{\"type\":\"failed\"}", "{\"type\":\"completed\",\"data\":{}}", "{"})
    void anOutcomeThatIsNoneIsReportedNotBelieved(String text) throws Exception {
        put(ObjectKeys.outcome("pictures", "job"), text);

        assertThatThrownBy(() -> ledger.outcome("job"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("outcome");
    }

    @Test
    void aClaimThatIsNoneIsReportedNotBelieved() throws Exception {
        put(ObjectKeys.claim("pictures", "job"), "{");

        assertThatThrownBy(() -> ledger.claim(JOB, "jobs-0@1"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("claim");
    }

    private void put(String key, String text) throws StorageException {
        store.putIfAbsent(key, text.getBytes(StandardCharsets.UTF_8), "application/json");
    }
}
