package dev.darkroom.worker.ops;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import java.util.List;
import java.util.Optional;

/** Several who hear of one delivery, each told in turn. */
public record JobWatches(List<JobWatch> watches) implements JobWatch {
    public JobWatches {
        watches = List.copyOf(watches);
    }

    @Override
    public void identified(String jobId) {
        watches.forEach(watch -> watch.identified(jobId));
    }

    @Override
    public void begins(BegunJob job) {
        watches.forEach(watch -> watch.begins(job));
    }

    @Override
    public void stepped(int done) {
        watches.forEach(watch -> watch.stepped(done));
    }

    @Override
    public void enters(String phase) {
        watches.forEach(watch -> watch.enters(phase));
    }

    @Override
    public void uploadFailed() {
        watches.forEach(JobWatch::uploadFailed);
    }

    @Override
    public void ended(JobEvent last, Optional<FailureCode> buried) {
        watches.forEach(watch -> watch.ended(last, buried));
    }

    @Override
    public void handedBack() {
        watches.forEach(JobWatch::handedBack);
    }

    @Override
    public void leaseLost() {
        watches.forEach(JobWatch::leaseLost);
    }

    @Override
    public void close() {
        watches.forEach(JobWatch::close);
    }
}
