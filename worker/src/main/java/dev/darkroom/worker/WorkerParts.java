package dev.darkroom.worker;

import dev.darkroom.worker.config.DeviceConfig;
import dev.darkroom.worker.develop.Joining;
import dev.darkroom.worker.events.EventPublisher;
import dev.darkroom.worker.intake.JobSource;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.storage.ResultStore;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Where a worker meets what is not its own. A test puts something between: a bucket that ends the process after a
 * certain object, a model that takes a millisecond.
 *
 * @param loader makes what loads the models of a device
 * @param bucket gets the bucket, returns what the worker uses in its place
 * @param events the same for events before the last one
 * @param source the same for the source of jobs, and so for their settlement
 * @param exit ends the process at once, with a code
 * @param observation what is seen of the worker
 * @param joining when jobs join those in the loop; asked before each step
 */
record WorkerParts(
        Function<DeviceConfig, ModelLoader> loader,
        UnaryOperator<ResultStore> bucket,
        UnaryOperator<EventPublisher> events,
        UnaryOperator<JobSource> source,
        IntConsumer exit,
        Observation observation,
        Supplier<Joining> joining) {
    /** Nothing between. */
    static final WorkerParts REAL = new WorkerParts(
            WorkerModels::loader,
            UnaryOperator.identity(),
            UnaryOperator.identity(),
            UnaryOperator.identity(),
            Runtime.getRuntime()::halt,
            new Observation(Observation.Meters.COUNTED, System.getenv()));

    /** Parts of a worker whose jobs join at each step. */
    WorkerParts(
            Function<DeviceConfig, ModelLoader> loader,
            UnaryOperator<ResultStore> bucket,
            UnaryOperator<EventPublisher> events,
            UnaryOperator<JobSource> source,
            IntConsumer exit,
            Observation observation) {
        this(loader, bucket, events, source, exit, observation, () -> Joining.AT_EACH_STEP);
    }

    /** Parts of a worker that is counted, and sends no spans. */
    WorkerParts(
            Function<DeviceConfig, ModelLoader> loader,
            UnaryOperator<ResultStore> bucket,
            UnaryOperator<EventPublisher> events,
            UnaryOperator<JobSource> source,
            IntConsumer exit) {
        this(loader, bucket, events, source, exit, Observation.COUNTED);
    }

    /** Parts of a worker that ends the process as others do. */
    WorkerParts(
            Function<DeviceConfig, ModelLoader> loader,
            UnaryOperator<ResultStore> bucket,
            UnaryOperator<EventPublisher> events,
            UnaryOperator<JobSource> source) {
        this(loader, bucket, events, source, Runtime.getRuntime()::halt);
    }
}
