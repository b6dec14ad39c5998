package dev.darkroom.worker;

import dev.darkroom.worker.intake.JobSource;
import dev.darkroom.worker.storage.StorageBreaker;

/** A worker that can store nothing takes nothing. */
record IntakeSwitch(JobSource source) implements StorageBreaker.Listener {
    @Override
    public void bucketAway() {
        source.suspend();
    }

    @Override
    public void bucketBack() {
        source.resume();
    }
}
