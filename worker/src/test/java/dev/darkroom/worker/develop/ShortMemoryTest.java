package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.InsufficientMemoryException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls that are too large for the memory, of a UNet that has room for so many rows. */
@Timeout(120)
class ShortMemoryTest {
    private static final int MAX_ROWS = 8;
    private static final double GUIDED = 4;
    private static final double PLAIN = 1;

    private final RowwiseModel model = new RowwiseModel();
    private final DenoisingLoop loop = new DenoisingLoop("test", MAX_ROWS);

    @AfterEach
    void close() {
        model.steps.release(1_000_000);
        loop.close();
    }

    @Test
    void theJobsOfACallThatDoesNotFitGoOnInSmallerOnes() throws Exception {
        List<DevelopRequest> requests = List.of(
                request("abc", 64, "ddim", 6, GUIDED, 1),
                request("bca", 64, "euler_a", 4, PLAIN, 4),
                request("cab", 64, "dpmpp_2m", 5, GUIDED, 1));
        List<float[]> alone = new ArrayList<>();
        for (DevelopRequest request : requests) {
            alone.addAll(latents(together(List.of(request))));
        }
        model.rowsOfCalls.clear();
        model.rowsThatFit = 3;

        List<float[]> inCompany = latents(together(requests));

        assertThat(inCompany).containsExactly(alone.toArray(new float[0][]));
        assertThat(model.rowsOfCalls).startsWith(8, 4);
        assertThat(model.rowsOfCalls.subList(2, model.rowsOfCalls.size()))
                .as("rows of the later calls; a guided picture takes two at once")
                .allMatch(rows -> rows <= 2);
    }

    @Test
    void aJobThatDoesNotFitAloneFailsAndNoOther() throws Exception {
        DevelopRequest small = request("bca", 64, "euler", 4, PLAIN, 2);
        List<float[]> alone = latents(together(List.of(small)));
        model.rowsThatFit = 1;

        List<Generation> jobs = together(List.of(request("abc", 64, "ddim", 6, GUIDED, 2), small));

        assertThatThrownBy(() -> jobs.get(0).done().get(30, TimeUnit.SECONDS))
                .hasCauseInstanceOf(InsufficientMemoryException.class);
        assertThat(latents(jobs.subList(1, 2))).containsExactly(alone.toArray(new float[0][]));
    }

    @Test
    void whatDoesNotFitIsTriedOnceForEachSize() throws Exception {
        model.rowsThatFit = 5;
        latents(together(List.of(request("abc", 64, "ddim", 2, PLAIN, 8))));
        latents(together(List.of(request("abc", 64, "ddim", 1, PLAIN, 8))));
        assertThat(model.rowsOfCalls).containsExactly(8, 4, 4, 4, 4, 4, 4);

        model.rowsOfCalls.clear();
        model.rowsThatFit = 7;
        latents(together(List.of(request("abc", 128, "ddim", 1, PLAIN, 8))));
        assertThat(model.rowsOfCalls).containsExactly(8, 4, 4);
    }

    @Test
    void whoLedACallThatDidNotFitLeadsTheNext() throws Exception {
        model.rowsThatFit = 4;
        latents(together(List.of(request("abc", 64, "ddim", 1, PLAIN, 8), request("bca", 128, "ddim", 1, PLAIN, 2))));

        assertThat(model.rowsOfCalls).containsExactly(8, 4, 2, 4);
    }

    @Test
    void whatFittedBeforeIsNotGivenUp() throws Exception {
        latents(together(List.of(request("abc", 64, "ddim", 1, PLAIN, 6))));
        model.rowsThatFit = 6;
        latents(together(List.of(request("abc", 64, "ddim", 1, PLAIN, 8))));
        assertThat(model.rowsOfCalls).containsExactly(6, 8, 6, 2);

        model.rowsOfCalls.clear();
        model.rowsThatFit = 3; // something else takes memory now
        latents(together(List.of(request("abc", 64, "ddim", 1, PLAIN, 6))));
        assertThat(model.rowsOfCalls).containsExactly(6, 3, 3);
    }

    /** It has one job in a call, whose pictures then come out as with so many rows: better than not at all. */
    @Test
    void aModelWhoseRowsDependOnCompanyIsSplitToo() throws Exception {
        model.companyCounts = true;
        model.rowsThatFit = 4;

        assertThat(latents(together(List.of(request("abc", 64, "ddim", 2, GUIDED, 4)))))
                .hasSize(4);
        assertThat(model.rowsOfCalls).containsExactly(8, 4, 4, 4, 4);
    }

    @Test
    void aJobAfterOneThatWasSplitIsWhatItIsAlone() throws Exception {
        model.companyCounts = true;
        DevelopRequest request = request("abc", 64, "ddim", 2, GUIDED, 4);
        float[][] alone = latents(together(List.of(request))).toArray(new float[0][]);
        model.rowsThatFit = 4;
        assertThat(latents(together(List.of(request))).get(0)).isNotEqualTo(alone[0]);
        model.rowsOfCalls.clear();
        model.rowsThatFit = MAX_ROWS;

        assertThat(latents(together(List.of(request)))).containsExactly(alone);
        assertThat(model.rowsOfCalls).containsExactly(8, 8);
    }

    @Test
    void aHeapThatIsTooSmallIsNoDifferent() throws Exception {
        model.onCall(() -> {
            if (model.rowsOfCalls.get(model.rowsOfCalls.size() - 1) > 4) {
                throw new OutOfMemoryError("Java heap space");
            }
        });

        latents(together(List.of(request("abc", 64, "ddim", 1, PLAIN, 8))));
        assertThat(model.rowsOfCalls).containsExactly(8, 4, 4);
    }

    @Test
    void aListenerThatIsOutOfMemoryFailsItsJobAndTheCallIsNotMadeAgain() throws Exception {
        model.steps.release(10);
        Generation broken = Preparation.prepare(request("abc", 64, "ddim", 2, PLAIN, 2), step -> {
            throw new OutOfMemoryError("Java heap space");
        });
        loop.submit(broken);

        assertThatThrownBy(() -> broken.done().get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(OutOfMemoryError.class);
        assertThat(model.rowsOfCalls).containsExactly(2);
    }

    /** Jobs of a lane each that are all there when their first call is filled: another one holds the loop up until then. */
    private List<Generation> together(List<DevelopRequest> requests) throws Exception {
        List<Generation> jobs = new ArrayList<>();
        for (DevelopRequest request : requests) {
            jobs.add(Preparation.prepare(request, new Share("lane-" + jobs.size(), 1, ""), step -> {}));
        }
        model.steps.drainPermits();
        Generation before = Preparation.prepare(request("abc", 192, "ddim", 1, PLAIN, 1), step -> {});
        loop.submit(before);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!model.steps.hasQueuedThreads()) {
            assertThat(System.nanoTime()).as("time to see the first call").isLessThan(end);
            Thread.onSpinWait();
        }
        jobs.forEach(loop::submit);
        model.steps.release();
        before.done().get(30, TimeUnit.SECONDS);
        int last = model.rowsOfCalls.size() - 1;
        model.rowsOfCalls.subList(last, last + 1).clear();
        model.steps.release(1_000_000);
        return jobs;
    }

    private static List<float[]> latents(List<Generation> jobs) throws Exception {
        List<float[]> latents = new ArrayList<>();
        for (Generation job : jobs) {
            job.done().get(30, TimeUnit.SECONDS);
            job.images().forEach(image -> latents.add(image.latents()));
        }
        return latents;
    }

    private DevelopRequest request(String prompt, int side, String scheduler, int steps, double guidance, int images) {
        return CompanyTest.request(model, prompt, side, side, scheduler, steps, guidance, images);
    }
}
