package dev.darkroom.worker;

import dev.darkroom.worker.storage.S3ResultStore;

/**
 * A worker with the demo models on a broker and a bucket of its own, and what users see of its jobs.
 *
 * @param events of all jobs
 * @param bucket what it writes to, as another reads it
 * @param opened all of them, in the order in which they were opened
 */
record OneWorker(TestStack stack, Worker worker, EventLog events, S3ResultStore bucket, Resources opened)
        implements AutoCloseable {
    static OneWorker start() throws Exception {
        Resources opened = new Resources();
        try {
            TestStack stack = opened.add(new TestStack());
            Worker worker = opened.add(Worker.start(stack.config("worker-1")));
            return new OneWorker(stack, worker, opened.add(stack.events()), opened.add(stack.bucket()), opened);
        } catch (Exception | Error e) {
            try (opened) {
                throw e;
            }
        }
    }

    @Override
    public void close() {
        opened.close();
    }
}
