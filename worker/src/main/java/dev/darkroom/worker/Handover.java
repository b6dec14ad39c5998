package dev.darkroom.worker;

import dev.darkroom.worker.ResumePoints.Place;
import dev.darkroom.worker.develop.Generation;
import dev.darkroom.worker.intake.Lease;
import dev.darkroom.worker.intake.RetryHeaders;
import dev.darkroom.worker.storage.ObjectKeys;
import java.util.Optional;

/**
 * How far a job has come when its worker has to go: taken over from the worker before, left to the next one. For one
 * delivery; belongs to the job's thread.
 */
final class Handover {
    private final Lease lease;
    private final StopSignal handBack;
    private final String prefix;
    private final Optional<ResumePoints> points;
    private Optional<Place> place = Optional.empty(); // once the job's keys are known
    private int taken; // steps that others have done

    /**
     * For one delivery of a job.
     *
     * @param handBack raised when the job is to go to another worker
     * @param prefix of all keys in the bucket
     * @param points empty where every delivery begins anew
     */
    Handover(Lease lease, StopSignal handBack, String prefix, Optional<ResumePoints> points) {
        this.lease = lease;
        this.handBack = handBack;
        this.prefix = prefix;
        this.points = points;
    }

    /** Goes on where another worker was, if one has left something; only before the generation is in the loop. */
    void takeOver(ResolvedJob job, Generation fresh) {
        if (points.isPresent()) {
            ObjectKeys keys = ObjectKeys.of(prefix, job.job().id(), job.hash());
            Place here = new Place(
                    keys, RetryHeaders.attempt(lease.record()), lease.record().deliveryCount());
            place = Optional.of(here);
            points.get().resume(here, fresh);
            taken = fresh.calls();
        }
    }

    /** Leaves a stopped generation to the next worker, if the job goes to one, and has come further here. */
    void leave(Generation stopped) throws InterruptedException {
        if (place.isPresent() && handBack.isRaised() && !lease.isLost() && stopped.calls() > taken) {
            points.orElseThrow().leave(place.get(), stopped);
        }
    }

    /** Nobody will go on with this attempt any more. */
    void end() throws InterruptedException {
        if (place.isPresent() && !lease.isLost()) {
            points.orElseThrow().remove(place.get());
        }
    }
}
