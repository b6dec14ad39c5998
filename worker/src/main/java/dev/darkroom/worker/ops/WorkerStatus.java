package dev.darkroom.worker.ops;

import java.util.List;
import java.util.Optional;

/**
 * How a worker is, for whoever may open its admin port. It has no prompt, no tenant, no secret and no job's context.
 *
 * @param state one of {@code starting}, {@code taking}, {@code paused}, {@code stopping}
 * @param obstacle why it takes no job; empty while it does
 * @param jobs oldest first
 * @param call whose rows the call of the UNet has that runs, or ran last; empty without one
 * @param pictures the latest ones, newest first
 */
public record WorkerStatus(
        String worker,
        String version,
        String state,
        Optional<String> obstacle,
        List<Job> jobs,
        List<Seat> call,
        List<LaneUse> lanes,
        Models models,
        List<Shown> pictures) {
    public WorkerStatus {
        jobs = List.copyOf(jobs);
        call = List.copyOf(call);
        lanes = List.copyOf(lanes);
        pictures = List.copyOf(pictures);
    }

    /**
     * A job that the worker has.
     *
     * @param begun empty before the work begins; until then its id is not known here
     * @param seconds since it came
     * @param waited for how many seconds it had waited by then
     */
    public record Job(Optional<BegunJob> begun, String lane, String phase, int steps, long seconds, long waited) {}

    /**
     * A job's part of a call.
     *
     * @param rows how many
     */
    public record Seat(String job, int rows) {}

    /**
     * A lane that jobs are taken from.
     *
     * @param weight its part of the device
     * @param slots how many jobs of it the worker may have
     * @param running how many it has
     */
    public record LaneUse(String lane, int weight, int slots, int running) {}

    /**
     * Models.
     *
     * @param known ids of all that can be asked for
     * @param loaded ids of those in memory
     * @param bytes what those take there, by estimate
     */
    public record Models(List<String> known, List<String> loaded, long bytes) {
        /** Before the catalogue is read. */
        public static final Models NONE = new Models(List.of(), List.of(), 0);

        public Models {
            known = List.copyOf(known);
            loaded = List.copyOf(loaded);
        }
    }

    /**
     * A small version of a picture that was made here.
     *
     * @param number names it
     */
    public record Shown(long number, String job, int width, int height) {}
}
