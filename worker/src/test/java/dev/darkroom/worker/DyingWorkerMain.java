package dev.darkroom.worker;

import dev.darkroom.event.JobEvent;
import dev.darkroom.event.TraceContext;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.TopicsConfig;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.events.EventPublisher;
import dev.darkroom.worker.intake.FatalSources;
import dev.darkroom.worker.intake.JobSource;
import dev.darkroom.worker.intake.Lease;
import dev.darkroom.worker.storage.ForwardingBucket;
import dev.darkroom.worker.storage.ResultStore;
import dev.darkroom.worker.storage.StorageException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A worker that ends its process, without another line of code, right after an act of the first job that gets so far. Its
 * bucket, its brokers and its model are real.
 */
final class DyingWorkerMain {
    /** What a shell makes of a process that SIGKILL ended. */
    static final int STATUS = 137;

    private final Death death;
    private final WorkerConfig config;
    private final Queue<CompletableFuture<Void>> told = new ConcurrentLinkedQueue<>();

    private DyingWorkerMain(Death death, WorkerConfig config) {
        this.death = death;
        this.config = config;
    }

    /** Arguments: the death, then settings, {@code key=value}. */
    public static void main(String[] args) throws Exception {
        Map<String, String> settings = new HashMap<>();
        for (int i = 1; i < args.length; i++) {
            String[] setting = args[i].split("=", 2);
            settings.put(setting[0], setting[1]);
        }
        WorkerConfig config = ConfigLoader.load(Optional.empty(), System.getenv(), settings, "victim");
        DyingWorkerMain main = new DyingWorkerMain(Death.valueOf(args[0]), config);
        try (Worker worker = Worker.start(config, main.parts())) {
            worker.awaitEnd(Optional.empty());
        }
    }

    private WorkerParts parts() {
        return new WorkerParts(WorkerParts.REAL.loader(), FatalBucket::new, FatalEvents::new, this::source);
    }

    private JobSource source(JobSource given) {
        TopicsConfig topics = config.kafka().topics();
        return switch (death) {
            case EVENT -> instead(given, topics.events());
            case RETRY -> instead(given, topics.retry());
            case LETTER -> instead(given, topics.deadLetters());
            default -> new FatalSource(given);
        };
    }

    private JobSource instead(JobSource given, String topic) {
        given.close();
        return FatalSources.of(config.kafka(), config.delivery(), "victim", topic);
    }

    private static void die() {
        Runtime.getRuntime().halt(STATUS);
    }

    /** Each object, and the death behind the fatal one; events that were told before have arrived by then. */
    private final class FatalBucket extends ForwardingBucket {
        private FatalBucket(ResultStore bucket) {
            super(bucket);
        }

        @Override
        public PutResult putIfAbsent(String key, byte[] bytes, String contentType) throws StorageException {
            PutResult result = bucket.putIfAbsent(key, bytes, contentType);
            if (death.object().filter(name -> key.endsWith("/" + name)).isPresent()) {
                told.forEach(event -> event.orTimeout(30, TimeUnit.SECONDS).join());
                die();
            }
            return result;
        }
    }

    /** Each event before the last, and the death behind {@code started}. */
    private final class FatalEvents implements EventPublisher {
        private final EventPublisher events;

        private FatalEvents(EventPublisher events) {
            this.events = events;
        }

        @Override
        public CompletionStage<Void> publish(JobEvent event, TraceContext context) {
            CompletionStage<Void> published = events.publish(event, context);
            told.add(published.toCompletableFuture());
            return published.thenRun(() -> {
                if (death == Death.STARTED && event instanceof JobEvent.Started) {
                    die();
                }
            });
        }

        @Override
        public void close() {
            events.close();
        }
    }

    /** Jobs, and the death when one was taken, or settled. */
    private final class FatalSource extends ForwardingSource {
        private FatalSource(JobSource source) {
            super(source);
        }

        @Override
        public void start(Consumer<Lease> receiver) {
            source.start(lease -> {
                if (death == Death.TAKEN) {
                    die();
                }
                receiver.accept(death == Death.SETTLED ? new FatalLease(lease, DyingWorkerMain::die) : lease);
            });
        }
    }
}
