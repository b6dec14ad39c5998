package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.CloudEvent;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.DeliveryConfig;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.intake.DeferralHeaders;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.Lease;
import dev.darkroom.worker.intake.OutgoingRecord;
import dev.darkroom.worker.intake.Tenant;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two tenants and a worker with two slots, on a real broker: one tenant has sent many jobs, the other a few behind them. */
@Timeout(180)
class FairnessTest {
    private static final Duration LIMIT = Duration.ofSeconds(100);
    private static final int SLOTS = 2;
    private static final int MANY = 200;
    private static final String LANE = "darkroom.jobs";

    @TempDir
    private Path folder;

    /** With a consumer group each slot has a partition of its own; the few lie in the one that the many lie in. */
    @ParameterizedTest
    @EnumSource(names = {"SHARE", "CLASSIC"})
    void aTenantOfFewJobsOvertakesOneOfMany(DeliveryConfig.Mode mode) throws Exception {
        int partitions = mode == DeliveryConfig.Mode.SHARE ? 1 : 2;
        try (TestStack stack = stack(partitions);
                FairWorker worker = new FairWorker(config(stack, mode), SLOTS, folder, UnaryOperator.identity());
                EventLog events = stack.events()) {
            holdBothSlots(stack, worker, events, partitions - 1);
            long last = sendManyThenFew(stack);
            awaitKnown(worker, last);

            worker.second.countDown();
            few().forEach(id -> events.awaitEnd(id, LIMIT));
            List<String> before = ended(events);
            before = before.subList(0, before.indexOf("b-2"));
            assertThat(before.stream().filter(id -> id.startsWith("a-")))
                    .as("of the many, only what had begun has ended before the few")
                    .hasSizeLessThanOrEqualTo(SLOTS);

            worker.first.countDown();
            List<String> all = Stream.concat(
                            Stream.of("first", "second"), Stream.concat(many().stream(), few().stream()))
                    .toList();
            all.forEach(id -> events.awaitEnd(id, LIMIT));
            events.poll(Duration.ofMillis(200));
            assertThat(ended(events)).as("each once").containsExactlyInAnyOrderElementsOf(all);
        }
    }

    /** A worker dies between the record at the end of the lane and the settlement of the one before: there are two now. */
    @Test
    void aJobThatIsThereTwiceIsDoneOnce() throws Exception {
        AtomicBoolean died = new AtomicBoolean();
        try (TestStack stack = stack(1);
                FairWorker worker = new FairWorker(
                        config(stack, DeliveryConfig.Mode.SHARE),
                        SLOTS,
                        folder,
                        lease -> new Dying(lease, stack, died));
                EventLog events = stack.events()) {
            holdBothSlots(stack, worker, events, 0);
            stack.send(record("a-0", "a", 0));
            awaitKnown(worker, stack.send(record("b-0", "b", 0)).offset());
            worker.second.countDown();

            List<CloudEvent> twice = events.await(
                    "a-0", all -> all.stream().filter(e -> e.event().terminal()).count() == 2, LIMIT);
            assertThat(died).isTrue();
            assertThat(twice)
                    .filteredOn(e -> e.event().terminal())
                    .extracting(CloudEvent::id)
                    .containsOnly("a-0/completed");
            assertThat(twice)
                    .filteredOn(e -> e.event().type().equals("started"))
                    .hasSize(1);
            events.awaitEnd("b-0", LIMIT);
        }
    }

    private static TestStack stack(int partitions) throws Exception {
        TestStack stack = new TestStack();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", stack.bootstrapServers()))) {
            admin.createTopics(List.of(new NewTopic(LANE, partitions, (short) 1)))
                    .all()
                    .get();
        }
        return stack;
    }

    private static WorkerConfig config(TestStack stack, DeliveryConfig.Mode mode) {
        return ConfigLoader.load(
                Optional.empty(),
                stack.environment(),
                Map.of("delivery", mode.name().toLowerCase(Locale.ROOT)),
                "worker");
    }

    private static void holdBothSlots(TestStack stack, FairWorker worker, EventLog events, int otherPartition)
            throws Exception {
        stack.send(record("first", "a", otherPartition));
        stack.send(record("second", "a", 0));
        worker.start();
        for (String id : List.of("first", "second")) {
            events.await(id, all -> !all.isEmpty(), LIMIT);
        }
    }

    /** Returns the last one's offset. */
    private static long sendManyThenFew(TestStack stack) throws Exception {
        long last = 0;
        for (String id : many()) {
            stack.send(record(id, "a", 0));
        }
        for (String id : few()) {
            last = stack.send(record(id, "b", 0)).offset();
        }
        return last;
    }

    private static void awaitKnown(FairWorker worker, long offset) {
        Tenant a = new Tenant("a");
        JobRecord before =
                new JobRecord(LANE, 0, offset - 1, Optional.empty(), new byte[0], List.of(), Instant.EPOCH, 1);
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (worker.watch.behind(before, a).isEmpty()) {
            assertThat(System.nanoTime() - deadline)
                    .as("the watch knows who waits")
                    .isNegative();
            Thread.onSpinWait();
        }
    }

    private static List<String> ended(EventLog events) {
        List<String> ended = new ArrayList<>();
        events.all().forEach(e -> {
            if (e.event().terminal()) {
                ended.add(e.event().jobId());
            }
        });
        return ended;
    }

    private static List<String> many() {
        return IntStream.range(0, MANY).mapToObj(i -> "a-" + i).toList();
    }

    private static List<String> few() {
        return IntStream.range(0, 3).mapToObj(i -> "b-" + i).toList();
    }

    private static ProducerRecord<byte[], byte[]> record(String id, String tenant, int partition) {
        String job = "{\"id\":\"" + id + "\",\"prompt\":\"abc\",\"num_inference_steps\":1,\"guidance_scale\":1}";
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(LANE, partition, bytes(id), bytes(job));
        record.headers().add(Tenant.HEADER, bytes(tenant));
        return record;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The first job that is put behind others is written, but not settled: it comes again. */
    private record Dying(Lease lease, TestStack stack, AtomicBoolean died) implements Lease {
        @Override
        public CompletionStage<Settlement> conclude(List<OutgoingRecord> last) {
            boolean deferral = last.stream()
                    .anyMatch(record -> record.header(DeferralHeaders.DEFERRED).isPresent());
            if (!deferral || !died.compareAndSet(false, true)) {
                return lease.conclude(last);
            }
            OutgoingRecord copy = last.get(0);
            ProducerRecord<byte[], byte[]> record =
                    new ProducerRecord<>(copy.topic(), copy.key().orElseThrow(), copy.value());
            copy.headers().forEach(header -> record.headers().add(header.name(), header.value()));
            try {
                stack.send(record);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return lease.release();
        }

        @Override
        public JobRecord record() {
            return lease.record();
        }

        @Override
        public CompletionStage<Settlement> release() {
            return lease.release();
        }

        @Override
        public boolean isLost() {
            return lease.isLost();
        }

        @Override
        public void onLost(Runnable action) {
            lease.onLost(action);
        }
    }
}
