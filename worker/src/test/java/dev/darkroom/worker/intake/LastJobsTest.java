package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LastJobsTest {
    private static final Tenant A = new Tenant("a");
    private static final Tenant B = new Tenant("b");

    @Test
    void aTenantIsBehindWhatLiesBeforeItsLastJob() {
        LastJobs jobs = new LastJobs(10);
        jobs.add(A, 0);
        jobs.add(B, 1);
        jobs.add(A, 2);

        assertThat(jobs.behind(0)).containsExactlyInAnyOrder(A, B);
        assertThat(jobs.behind(1)).containsExactly(A);
        assertThat(jobs.behind(2)).isEmpty();
    }

    @Test
    void memoryIsBoundedAndTheForemostAreForgotten() {
        LastJobs jobs = new LastJobs(3);
        for (int i = 0; i < 1_000; i++) {
            jobs.add(new Tenant("t" + i), i);
        }
        assertThat(jobs.behind(-1))
                .containsExactlyInAnyOrder(new Tenant("t997"), new Tenant("t998"), new Tenant("t999"));
        jobs.add(new Tenant("t997"), 1_000);
        jobs.add(A, 1_001);
        assertThat(jobs.behind(-1)).containsExactlyInAnyOrder(A, new Tenant("t997"), new Tenant("t999"));
    }

    @Test
    void anOffsetThatComesTwiceIsOneJob() {
        LastJobs jobs = new LastJobs(3);
        jobs.add(A, 5);
        jobs.add(B, 5);
        jobs.add(B, 5);
        assertThat(jobs.behind(0)).containsExactly(B);
    }
}
