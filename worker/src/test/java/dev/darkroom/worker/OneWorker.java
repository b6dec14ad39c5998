package dev.darkroom.worker;

import dev.darkroom.worker.storage.S3ResultStore;
import java.io.IOException;

/**
 * A worker with the demo models on a broker and a bucket of its own, and what users see of its jobs.
 *
 * @param events of all jobs
 * @param bucket what it writes to, as another reads it
 */
record OneWorker(TestStack stack, Worker worker, EventLog events, S3ResultStore bucket) implements AutoCloseable {
    static OneWorker start() throws Exception {
        TestStack stack = new TestStack();
        try {
            Worker worker = Worker.start(stack.config("worker-1"));
            return new OneWorker(stack, worker, stack.events(), stack.bucket());
        } catch (Exception | Error e) {
            stack.close();
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        events.close();
        bucket.close();
        worker.close();
        stack.close();
    }
}
