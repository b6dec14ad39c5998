package dev.darkroom.worker.develop;

import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.model.LoadedModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Jobs in flight, and the calls that are made of them one after the other. */
abstract class SeatingCase {
    static final int MAX_ROWS = 8;
    static final Map<String, Integer> WEIGHTS = Map.of("high", 8, "normal", 4, "low", 1);

    final RowwiseModel model = model(false);
    final CallSizes sizes = new CallSizes(CallRules.strict(MAX_ROWS));
    final Seating seating = new Seating(sizes);
    final List<Generation> inFlight = new ArrayList<>();
    Batch last = new Batch(MAX_ROWS);

    static RowwiseModel model(boolean companyCounts) {
        RowwiseModel made = new RowwiseModel();
        made.companyCounts = companyCounts;
        made.steps.release(1_000_000);
        return made;
    }

    static Share share(String lane, String tenant) {
        return new Share(lane, WEIGHTS.get(lane), tenant);
    }

    Generation add(LoadedModel of, Share share, int side, int steps, int images) {
        DevelopRequest request = new DevelopRequest(
                of,
                "abc",
                "",
                PromptSyntax.PLAIN,
                side,
                side,
                steps,
                1,
                "ddim",
                of.description().schedulerConfig(),
                7,
                Noise.TORCH_CPU,
                images,
                0,
                0,
                0);
        Generation job = Preparation.prepare(request, share, step -> {});
        inFlight.add(job);
        return job;
    }

    /** Sees to it that a lane has work. */
    void flood(Share share, int side) {
        if (inFlight.stream().noneMatch(job -> job.share().lane().equals(share.lane()))) {
            add(model, share, side, 3, 4);
        }
    }

    Map<String, Integer> rowsOfCalls(int calls) {
        Map<String, Integer> rows = new HashMap<>();
        for (int i = 0; i < calls; i++) {
            seatsOfCall().forEach((job, taken) -> rows.merge(job.share().lane(), taken, Integer::sum));
        }
        return rows;
    }

    /** One call. */
    Batch call() {
        last = seating.next(inFlight);
        last.step(last.predict());
        seating.made(last);
        inFlight.removeIf(Generation::retire);
        return last;
    }

    /** One call; tells how many pictures of each job were in it. */
    Map<Generation, Integer> seatsOfCall() {
        Map<Generation, Integer> before = new HashMap<>();
        inFlight.forEach(job -> before.put(job, steps(job)));
        call();
        Map<Generation, Integer> seats = new HashMap<>();
        before.forEach((job, steps) -> {
            if (steps(job) > steps) {
                seats.put(job, steps(job) - steps);
            }
        });
        return seats;
    }

    long cost(Batch batch) {
        return sizes.costs().of(batch);
    }

    static int steps(Generation job) {
        return job.images().stream().mapToInt(LatentImage::step).sum();
    }
}
