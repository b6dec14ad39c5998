package dev.darkroom.worker;

import dev.darkroom.client.Lane;
import dev.darkroom.worker.config.LanesConfig;
import dev.darkroom.worker.model.LoadedModels;
import dev.darkroom.worker.ops.JobBoard;
import dev.darkroom.worker.ops.RecentPictures;
import dev.darkroom.worker.ops.WorkerMetrics;
import dev.darkroom.worker.ops.WorkerStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/**
 * What is to be seen of a worker from outside, put together when it is asked for. It is there before most of the worker is;
 * what is not there yet is seen as empty. Safe for use by several threads.
 */
final class WorkerOverview {
    private final String workerId;
    private final WorkerHealth health;
    private final JobBoard board;
    private final RecentPictures pictures;
    private volatile Optional<Parts> parts = Optional.empty();

    /**
     * What there is once the worker has started.
     *
     * @param slots how many a lane has now
     */
    record Parts(Developing developing, LoadedModels models, LanesConfig lanes, ToIntFunction<Lane> slots) {}

    WorkerOverview(String workerId, WorkerHealth health, JobBoard board, RecentPictures pictures) {
        this.workerId = workerId;
        this.health = health;
        this.board = board;
        this.pictures = pictures;
    }

    /** Adds the numbers that are asked for at each scrape. */
    void measure(WorkerMetrics metrics) {
        for (WorkerHealth.State state : WorkerHealth.State.values()) {
            metrics.gauge(
                    "sd.worker.state",
                    "1 for the state that the worker is in",
                    () -> health.state() == state ? 1 : 0,
                    "state",
                    state.label());
        }
        metrics.gauge(
                "sd.storage.breaker.open",
                "1 while the bucket counts as away",
                () -> health.outage().isPresent() ? 1 : 0);
        metrics.gauge(
                "sd.models.loaded",
                "Models in memory",
                () -> models().map(models -> models.loaded().size()).orElse(0));
        metrics.gauge(
                "sd.model.memory.bytes",
                "What models take of the memory for them, by estimate",
                () -> models().map(LoadedModels::memoryReserved).orElse(0L));
        metrics.gauge(
                "sd.models.waiting",
                "Models that wait for others to leave the memory",
                () -> models().map(LoadedModels::waitingForMemory).orElse(0));
    }

    private Optional<LoadedModels> models() {
        return parts.map(Parts::models);
    }

    void watch(Parts started) {
        parts = Optional.of(started);
    }

    WorkerStatus status() {
        Map<Lane, Integer> running = board.counts();
        return new WorkerStatus(
                workerId,
                Main.version(),
                health.state().label(),
                health.unready(),
                board.jobs(),
                parts.map(Parts::developing).map(Developing::call).orElse(List.of()),
                parts.stream().flatMap(started -> uses(started, running)).toList(),
                models().map(models -> new WorkerStatus.Models(models.ids(), models.loaded(), models.memoryReserved()))
                        .orElse(WorkerStatus.Models.NONE),
                pictures.shown());
    }

    private static Stream<WorkerStatus.LaneUse> uses(Parts started, Map<Lane, Integer> running) {
        LanesConfig lanes = started.lanes();
        return lanes.taken().stream()
                .map(lane -> new WorkerStatus.LaneUse(
                        lane.label(),
                        lanes.weight(lane),
                        started.slots().applyAsInt(lane),
                        running.getOrDefault(lane, 0)));
    }
}
