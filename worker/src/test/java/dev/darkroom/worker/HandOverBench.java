package dev.darkroom.worker;

import dev.darkroom.client.JobClient;
import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.JobEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * How long a job is nobody's: from the end of its worker's process, or from SIGTERM, to {@code started} from another
 * worker. Two workers, a lock of 30 s, {@code drain-timeout} 0. Arguments: tries; tries with {@code classic} and a killed
 * worker, which take half a minute each.
 */
final class HandOverBench implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private enum End {
        KILLED,
        TERMINATED
    }

    private final TestStack stack = new TestStack();
    private final Path directory = Files.createTempDirectory("hand-over");
    private final Map<String, WorkerProcess> workers = new HashMap<>();
    private final String delivery;
    private int started;

    private HandOverBench(String delivery) throws Exception {
        this.delivery = delivery;
        startWorker();
        startWorker();
    }

    public static void main(String[] args) throws Exception {
        System.out.printf("%-22s %8s %10s %10s%n", "", "tries", "p50 ms", "max ms");
        for (String delivery : List.of("share", "classic")) {
            for (End end : End.values()) {
                boolean slow = delivery.equals("classic") && end == End.KILLED;
                try (HandOverBench bench = new HandOverBench(delivery)) {
                    bench.run(end, Integer.parseInt(args[slow ? 1 : 0]));
                }
            }
        }
    }

    private void run(End end, int tries) throws Exception {
        List<Long> times = new ArrayList<>();
        try (EventLog events = stack.events();
                JobClient client = JobClient.create(Map.of("bootstrap.servers", stack.bootstrapServers()))) {
            for (int i = 0; i < tries; i++) {
                times.add(handOver(end, "job-" + i, events).toMillis());
                client.cancel("job-" + i, Optional.empty());
                events.awaitEnd("job-" + i, LIMIT);
                startWorker();
            }
        }
        times.sort(null);
        System.out.printf(
                "%-22s %8d %10d %10d%n",
                delivery + ", " + end.name().toLowerCase(Locale.ROOT),
                tries,
                times.get(times.size() / 2),
                times.get(times.size() - 1));
    }

    private Duration handOver(End end, String id, EventLog events) throws Exception {
        stack.send(id, "{\"id\":\"" + id + "\",\"prompt\":\"a red ring\",\"num_inference_steps\":150}");
        WorkerProcess holder = workers.remove(starts(events, id, 1).get(0).source());
        Instant ended;
        if (end == End.KILLED) {
            holder.kill();
            ended = Instant.now();
        } else {
            ended = Instant.now();
            holder.terminate();
        }
        Duration time = Duration.between(ended, starts(events, id, 2).get(1).time());
        holder.awaitExit(LIMIT);
        return time;
    }

    private static List<CloudEvent> starts(EventLog events, String id, int count) {
        return starts(events.await(id, list -> starts(list).size() >= count, LIMIT));
    }

    private static List<CloudEvent> starts(List<CloudEvent> events) {
        return events.stream()
                .filter(event -> event.event() instanceof JobEvent.Started)
                .toList();
    }

    private void startWorker() throws Exception {
        String id = "worker-" + started++;
        Map<String, String> environment = new HashMap<>(stack.environment());
        environment.put("DARKROOM_WORKER_ID", id);
        environment.put("DARKROOM_DRAIN_TIMEOUT", "PT0S");
        WorkerProcess worker = WorkerProcess.start(
                directory,
                environment,
                InstantWorkerMain.class,
                List.of(
                        "PT0.5S",
                        InstantWorkerMain.REAL_BUCKET,
                        "delivery=" + delivery,
                        // A share group with several waits for the dead member's session.
                        "kafka.topics.partitions=" + (delivery.equals("classic") ? 2 : 1)));
        workers.put(id, worker);
        worker.awaitOutput("takes jobs from", LIMIT);
    }

    @Override
    public void close() throws IOException {
        workers.values().forEach(WorkerProcess::close);
        stack.close();
    }
}
