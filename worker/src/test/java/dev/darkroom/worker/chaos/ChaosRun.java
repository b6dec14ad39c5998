package dev.darkroom.worker.chaos;

import dev.darkroom.job.CancelRequest;
import dev.darkroom.json.CancelCodec;
import dev.darkroom.worker.chaos.ChaosPlan.Sending;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Carries a plan out, until every job has ended and every record is settled. For one thread, which does all of it. */
final class ChaosRun implements AutoCloseable {
    private static final Duration PROGRESS = Duration.ofSeconds(10);
    /** Much longer than any wait of a worker's: what takes longer will not happen. */
    private static final Duration STANDSTILL = Duration.ofMinutes(5);
    /** How many jobs are sent ahead of those that have ended. */
    private static final int AHEAD = 200;

    private final ChaosPlan plan;
    private final ChaosStack stack;
    private final ChaosWorkers workers;
    private final Producer<byte[], byte[]> producer;
    private final TopicReader events;
    private final QueueState queue;
    private final String name;
    private final long begun = System.nanoTime();
    private final List<Sent> sent = new ArrayList<>();
    private final Set<String> sentIds = new HashSet<>();
    private final Set<String> ended = new HashSet<>();
    private final Set<String> rejected = new HashSet<>();
    private final List<Ending> endings = new ArrayList<>();
    private int nextSending;
    private int nextFault;
    private long dueSince;
    private long progressAt = begun;
    private long changedAt = begun;

    private record Sent(ChaosJob job, String value, Future<RecordMetadata> metadata) {}

    /** What ends a fault, and when. */
    private record Ending(long atNanos, Act act) {}

    private interface Act {
        void run() throws IOException;
    }

    ChaosRun(ChaosPlan plan, ChaosStack stack, ChaosWorkers workers, String delivery) {
        this.plan = plan;
        this.stack = stack;
        this.workers = workers;
        this.name = "Chaos " + delivery + ", seed " + plan.seed() + ": ";
        producer = producer(stack);
        events = new TopicReader(stack.bootstrapServers(), "darkroom.events");
        queue = new QueueState(stack.bootstrapServers(), delivery);
    }

    /** A producer as users have it, but with the patience for a broker that is away. */
    private static Producer<byte[], byte[]> producer(ChaosStack stack) {
        return new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        stack.bootstrapServers(),
                        ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                        600_000,
                        ProducerConfig.MAX_BLOCK_MS_CONFIG,
                        600_000L),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /** Sends the requests that are to be there before any worker. */
    static void cancelBefore(ChaosPlan plan, ChaosStack stack) throws InterruptedException, ExecutionException {
        try (Producer<byte[], byte[]> producer = producer(stack)) {
            for (ChaosJob job : plan.cancelledBefore()) {
                producer.send(cancel(job)).get();
            }
        }
    }

    private static ProducerRecord<byte[], byte[]> cancel(ChaosJob job) {
        return new ProducerRecord<>(
                "darkroom.control", bytes(job.id()), CancelCodec.encode(new CancelRequest(job.id(), Optional.empty())));
    }

    /** Returns what was sent and where it lay. */
    List<SentRecord> run() throws Exception {
        while (!isDone()) {
            read();
            send();
            endFaults();
            beginFaults();
            workers.supervise();
            report();
        }
        while (!endings.isEmpty()) {
            read();
            endFaults();
        }
        return awaitSettled();
    }

    private void read() {
        for (TopicReader.Read event : events.poll()) {
            changedAt = System.nanoTime();
            String type = event.header("ce_type");
            if (ChaosVerdict.TERMINAL.contains(type)) {
                ended.add(event.key());
            } else if (type.equals(ChaosVerdict.REJECTED)) {
                rejected.add(event.key());
            }
        }
    }

    private boolean isDone() throws InterruptedException, ExecutionException {
        if (nextSending < plan.sendings().size() || ended.size() < plan.jobs().size()) {
            return false;
        }
        for (SentRecord record : sent()) {
            if (!ended.contains(record.eventsId())
                    || (record.job().hasRival()
                            && !rejected.contains(record.job().id()))) {
                return false;
            }
        }
        return true;
    }

    private List<SentRecord> sent() throws InterruptedException, ExecutionException {
        List<SentRecord> records = new ArrayList<>();
        for (Sent one : sent) {
            records.add(SentRecord.of(one.job(), one.value(), one.metadata().get()));
        }
        return records;
    }

    /** Not while the broker is away: whoever starts it again must not wait for it. */
    private void send() {
        while (stack.isBrokerUp() && nextSending < plan.sendings().size() && sentIds.size() < ended.size() + AHEAD) {
            Sending next = plan.sendings().get(nextSending++);
            if (next instanceof Sending.Cancel request) {
                var unused = producer.send(cancel(request.job()));
            } else if (next instanceof Sending.Job record) {
                ProducerRecord<byte[], byte[]> job =
                        new ProducerRecord<>("darkroom.jobs", bytes(record.job().id()), bytes(record.value()));
                sent.add(new Sent(record.job(), record.value(), producer.send(job)));
                sentIds.add(record.job().id());
            }
        }
    }

    private void beginFaults() throws IOException, InterruptedException {
        while (nextFault < plan.faults().size()) {
            Fault fault = plan.faults().get(nextFault);
            if (ended.size() < fault.afterJobs()) {
                return;
            }
            if (fault.delay().isZero()) {
                dueSince = System.nanoTime();
            }
            if (System.nanoTime() - dueSince < fault.delay().toNanos()) {
                return;
            }
            nextFault++;
            begin(fault);
        }
    }

    private void begin(Fault fault) throws IOException, InterruptedException {
        switch (fault.kind()) {
            case KILL -> workers.kill(fault.worker());
            case TERMINATE -> workers.terminate(fault.worker());
            case FREEZE -> endLater(fault, workers.freeze(fault.worker())::run);
            case BROKER_RESTART -> {
                stack.stopBroker();
                endLater(fault, stack::startBroker);
            }
            case BUCKET_REFUSES -> disturb(fault, FaultyProxy.Way.REFUSING);
            case BUCKET_HANGS -> disturb(fault, FaultyProxy.Way.HANGING);
            case BUCKET_IS_SLOW -> disturb(fault, FaultyProxy.Way.SLOW);
            case BUCKET_RESETS -> disturb(fault, FaultyProxy.Way.RESETTING);
        }
    }

    private void disturb(Fault fault, FaultyProxy.Way way) {
        stack.bucketWay().set(way);
        endLater(fault, () -> stack.bucketWay().set(FaultyProxy.Way.OPEN));
    }

    private void endLater(Fault fault, Act act) {
        endings.add(new Ending(System.nanoTime() + fault.length().toNanos(), act));
    }

    private void endFaults() throws IOException {
        for (Iterator<Ending> each = endings.iterator(); each.hasNext(); ) {
            Ending ending = each.next();
            if (System.nanoTime() - ending.atNanos() >= 0) {
                each.remove();
                ending.act().run();
            }
        }
    }

    private void report() {
        long now = System.nanoTime();
        if (now - progressAt >= PROGRESS.toNanos()) {
            progressAt = now;
            System.out.println(name + state());
        }
        if (now - changedAt > STANDSTILL.toNanos()) {
            throw new AssertionError("Nothing has happened for " + STANDSTILL + ": " + state() + "; missing "
                    + plan.jobs().stream()
                            .map(ChaosJob::id)
                            .filter(id -> !ended.contains(id))
                            .limit(20)
                            .collect(Collectors.joining(" ")));
        }
    }

    private String state() {
        return seconds() + " s, " + sentIds.size() + " of " + plan.jobs().size() + " jobs sent, " + ended.size()
                + " ended, " + nextFault + " of " + plan.faults().size() + " faults, " + workers.started()
                + " workers started";
    }

    long seconds() {
        return Duration.ofNanos(System.nanoTime() - begun).toSeconds();
    }

    private List<SentRecord> awaitSettled() throws Exception {
        changedAt = System.nanoTime();
        List<String> left = queue.left();
        while (!left.isEmpty()) {
            read();
            workers.supervise();
            if (System.nanoTime() - changedAt > STANDSTILL.toNanos()) {
                throw new AssertionError("All jobs have ended, but there is left " + left);
            }
            left = queue.left();
        }
        System.out.println(name + state() + ", nothing left");
        return sent();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        producer.close(Duration.ZERO);
        events.close();
        queue.close();
    }
}
