package dev.darkroom.worker.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.json.JobCodec;
import dev.darkroom.worker.chaos.ChaosPlan.Sending;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChaosPlanTest {
    private static final Duration LEASE = Duration.ofSeconds(3);
    /** As many as the short run has. */
    private static final ChaosPlan SHORT = ChaosPlan.of(ChaosIT.FIXED_SEED, ChaosIT.FEW_JOBS, LEASE);

    @Test
    void aSeedMakesOnePlan() {
        assertThat(ChaosPlan.of(ChaosIT.FIXED_SEED, ChaosIT.FEW_JOBS, LEASE)).isEqualTo(SHORT);
        assertThat(ChaosPlan.of(ChaosIT.FIXED_SEED + 1, ChaosIT.FEW_JOBS, LEASE).faults())
                .isNotEqualTo(SHORT.faults());
        assertThat(SHORT.describe()).contains("seed " + ChaosIT.FIXED_SEED).contains("KILL of worker");
    }

    @Test
    void theShortRunHasAllKindsOfJobsAndFaults() {
        assertThat(SHORT.jobs()).extracting(ChaosJob::kind).contains(ChaosJob.Kind.values());
        assertThat(SHORT.faults()).extracting(Fault::kind).contains(Fault.Kind.values());
        assertThat(SHORT.faults()).isSortedAccordingTo(Comparator.comparingInt(Fault::afterJobs));
        assertThat(SHORT.faults())
                .filteredOn(fault -> fault.kind() == Fault.Kind.FREEZE)
                .allSatisfy(fault -> assertThat(fault.length()).isGreaterThan(LEASE));
    }

    @Test
    void everyContentIsSentAndIsWhatItsKindSays() throws Exception {
        List<Sending.Job> sent = SHORT.sendings().stream()
                .filter(Sending.Job.class::isInstance)
                .map(Sending.Job.class::cast)
                .toList();
        for (ChaosJob job : SHORT.jobs()) {
            List<Sending.Job> records =
                    sent.stream().filter(record -> record.job().equals(job)).toList();
            assertThat(records)
                    .extracting(Sending.Job::value)
                    .containsOnly(job.contents().toArray(new String[0]));
            assertThat(records).hasSizeGreaterThan(job.kind() == ChaosJob.Kind.REPEATED ? 1 : 0);
            for (String content : job.contents()) {
                assertThat(content).contains(ChaosPlan.SECRET);
                if (!LetterCheck.isInvalid(content)) {
                    assertThat(JobCodec.decode(content.getBytes(StandardCharsets.UTF_8))
                                    .id())
                            .isEqualTo(job.id());
                }
            }
        }
    }
}
