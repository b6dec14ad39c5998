package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.TraceContext;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.develop.RowwiseModel;
import dev.darkroom.worker.metering.CallMeter;
import dev.darkroom.worker.metering.MeteringLoader;
import dev.darkroom.worker.metering.NetworkCall;
import dev.darkroom.worker.model.InferenceException;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.ModelLoader;
import dev.darkroom.worker.tracing.OtlpCollector;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The spans of a worker on a real broker and a real bucket, as a collector gets them. */
class TracingWorkerTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String SENDER = "b7ad6b7169203331";
    private static final String PROMPT = "a red circle zyzzyva";

    private TestStack stack;
    private OtlpCollector collector;
    private EventLog events;

    @BeforeEach
    void open() throws Exception {
        stack = new TestStack();
        collector = new OtlpCollector();
    }

    @AfterEach
    void close() throws Exception {
        events.close();
        collector.close();
        stack.close();
    }

    /** A worker whose spans go to the collector. */
    private Worker start(ModelLoader loader, String... settings) throws Exception {
        WorkerParts parts = new WorkerParts(
                device -> loader,
                UnaryOperator.identity(),
                UnaryOperator.identity(),
                UnaryOperator.identity(),
                Runtime.getRuntime()::halt,
                new Observation(Observation.Meters.COUNTED, collector.environment()));
        Worker worker = Worker.start(
                ConfigLoader.load(
                        Optional.empty(),
                        stack.environment(),
                        InstantWorkerMain.settings(List.of(settings)),
                        "worker-1"),
                parts);
        events = stack.events();
        return worker;
    }

    private ModelLoader real() {
        return WorkerModels.loader(stack.config("loader").device());
    }

    private void send(String id, String more, Map<String, String> headers) throws InterruptedException {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                "darkroom.jobs",
                id.getBytes(StandardCharsets.UTF_8),
                ("{\"id\":\"" + id + "\",\"prompt\":\"" + PROMPT + "\"" + more + "}").getBytes(StandardCharsets.UTF_8));
        headers.forEach((name, value) -> record.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
        stack.send(record);
    }

    private static Map<String, String> traced() {
        return Map.of("traceparent", "00-" + TRACE + "-" + SENDER + "-01", "tracestate", "vendor=1");
    }

    /** A delivery's span and its children, of the n-th delivery of a job. */
    private SpanTree tree(String job, int number) throws InterruptedException {
        List<Span> all =
                collector.await(spans -> SpanTree.deliveries(spans, job).size() > number, LIMIT);
        return SpanTree.of(SpanTree.deliveries(all, job).get(number), all);
    }

    @Test
    void aJobIsASpanWithAChildForEachStageInTheTraceOfItsSender() throws Exception {
        try (Worker worker = start(real())) {
            send("two", ",\"num_inference_steps\":4,\"num_images\":2,\"guidance_scale\":5", traced());
            assertThat(events.awaitEnd("two", LIMIT)).isInstanceOf(JobEvent.Completed.class);
            SpanTree tree = tree("two", 0);

            assertThat(SpanTree.hex(tree.root().getTraceId())).isEqualTo(TRACE);
            assertThat(SpanTree.hex(tree.root().getParentSpanId())).isEqualTo(SENDER);
            assertThat(tree.root().getTraceState()).isEqualTo("vendor=1");
            assertThat(tree.root().getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_CONSUMER);
            assertThat(tree.root().getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_UNSET);
            assertThat(SpanTree.attributes(tree.root()))
                    .containsEntry("messaging.destination.name", "darkroom.jobs")
                    .containsEntry("messaging.kafka.offset", "0")
                    .containsEntry("darkroom.model", "shapes")
                    .containsEntry("darkroom.scheduler", "ddim")
                    .containsEntry("darkroom.steps", "4")
                    .containsEntry("darkroom.pictures", "2")
                    .containsEntry("darkroom.lane", "normal")
                    .containsEntry("darkroom.attempt", "1")
                    .containsEntry("darkroom.outcome", "completed");
            assertThat(tree.names())
                    .containsExactlyInAnyOrder(
                            "queue", "admit", "prepare", "denoise", "decode", "encode", "decode", "encode", "upload",
                            "settle");
            assertThat(tree.children()).allSatisfy(child -> {
                assertThat(SpanTree.hex(child.getTraceId())).isEqualTo(TRACE);
                assertThat(child.getStartTimeUnixNano())
                        .isGreaterThanOrEqualTo(tree.root().getStartTimeUnixNano());
                assertThat(child.getEndTimeUnixNano())
                        .isBetween(child.getStartTimeUnixNano(), tree.root().getEndTimeUnixNano());
            });
            assertThat(tree.child("denoise").getEventsList())
                    .extracting(step ->
                            OtlpCollector.attributes(step.getAttributesList()).get("darkroom.step"))
                    .containsExactly("1", "2", "3", "4");
            worker.stop();
            assertThatEventsGoOnFrom(tree.root());
            assertThat(collector.everything()).doesNotContain("zyzzyva");
        }
    }

    /** Whoever reads an event belongs below the worker's span. */
    private void assertThatEventsGoOnFrom(Span root) {
        String parent = "00-" + SpanTree.hex(root.getTraceId()) + "-" + SpanTree.hex(root.getSpanId()) + "-01";
        Map<String, Object> reading = Map.of("bootstrap.servers", stack.bootstrapServers());
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(reading, new StringDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition("darkroom.events", 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
            assertThat(records).hasSizeGreaterThan(1).allSatisfy(record -> {
                for (String name : List.of(TraceContext.TRACEPARENT, "ce_traceparent")) {
                    assertThat(record.headers().lastHeader(name).value())
                            .asString(StandardCharsets.UTF_8)
                            .isEqualTo(parent);
                }
            });
        }
    }

    @Test
    void aJobThatFailsSaysItsCodeAndNoWordOfItsOwn() throws Exception {
        try (Worker worker = start(real())) {
            send("no-model", ",\"model\":\"xyzzy\"", traced());
            assertThat(events.awaitEnd("no-model", LIMIT)).isInstanceOf(JobEvent.Failed.class);
            SpanTree tree = tree("no-model", 0);

            assertThat(tree.root().getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
            assertThat(tree.root().getStatus().getMessage()).isEqualTo("UNKNOWN_MODEL");
            assertThat(SpanTree.attributes(tree.root()))
                    .containsEntry("error.type", "UNKNOWN_MODEL")
                    .containsEntry("darkroom.dead_letter", "UNKNOWN_MODEL")
                    .containsEntry("darkroom.outcome", "failed");
            assertThat(tree.names()).containsExactlyInAnyOrder("queue", "admit", "settle");
            assertThat(tree.child("admit").getStatus().getMessage()).isEqualTo("UNKNOWN_MODEL");
            assertThat(tree.child("settle").getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_UNSET);
            worker.stop();
            assertThat(collector.everything()).doesNotContain("zyzzyva").doesNotContain("xyzzy");
        }
    }

    /** Its sender named none: then the first attempt's is the next one's too. */
    @Test
    void theAttemptsOfAJobAreInOneTrace() throws Exception {
        AtomicBoolean broken = new AtomicBoolean(true);
        CallMeter breaking = new CallMeter() {
            @Override
            public <T> T during(NetworkCall call, Supplier<T> work) {
                if (call.network() == NetworkCall.Network.UNET && broken.getAndSet(false)) {
                    throw new InferenceException("broken once: " + PROMPT, new IllegalStateException());
                }
                return work.get();
            }
        };
        try (Worker worker = start(new MeteringLoader(real(), breaking))) {
            send("again", ",\"num_inference_steps\":2", Map.of("traceparent", "banana"));
            assertThat(events.awaitEnd("again", LIMIT)).isInstanceOf(JobEvent.Completed.class);
            SpanTree first = tree("again", 0);
            SpanTree second = tree("again", 1);

            assertThat(first.root().getParentSpanId()).isEqualTo(ByteString.EMPTY);
            assertThat(first.root().getStatus().getMessage()).isEqualTo("INFERENCE_FAILED");
            assertThat(first.child("denoise").getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
            assertThat(SpanTree.attributes(first.root())).containsEntry("darkroom.outcome", "retrying");
            assertThat(second.root().getTraceId()).isEqualTo(first.root().getTraceId());
            assertThat(second.root().getParentSpanId()).isEqualTo(first.root().getSpanId());
            assertThat(SpanTree.attributes(second.root()))
                    .containsEntry("darkroom.attempt", "2")
                    .containsEntry("darkroom.outcome", "completed");
            worker.stop();
            assertThat(collector.everything()).doesNotContain("zyzzyva");
        }
    }

    @Test
    void jobsThatShareCallsAreLinked() throws Exception {
        RowwiseModel model = new RowwiseModel("shapes");
        try (Worker worker = start(always(model), "slots=2")) {
            try {
                for (String id : List.of("one", "other")) {
                    send(id, ",\"num_inference_steps\":100,\"guidance_scale\":1", Map.of());
                    events.await(id, told -> !told.isEmpty(), LIMIT);
                }
                LanesTest.awaitInLoop(2);
            } finally {
                model.steps.release(1_000_000);
            }
            Map<String, Span> denoising = new HashMap<>();
            for (String id : List.of("one", "other")) {
                assertThat(events.awaitEnd(id, LIMIT)).isInstanceOf(JobEvent.Completed.class);
                denoising.put(id, tree(id, 0).child("denoise"));
            }
            assertThat(links(denoising.get("one"))).containsOnly(Map.entry("other", spanId(denoising.get("other"))));
            assertThat(links(denoising.get("other"))).containsOnly(Map.entry("one", spanId(denoising.get("one"))));
            assertThat(denoising.get("one").getEventsList()).hasSizeBetween(50, 64);
            assertThat(denoising.get("one").getDroppedEventsCount()).isZero();
            worker.stop();
        }
    }

    private static String spanId(Span span) {
        return SpanTree.hex(span.getTraceId()) + SpanTree.hex(span.getSpanId());
    }

    /** The spans that a span is linked to, by their jobs. */
    private static Map<String, String> links(Span span) {
        return span.getLinksList().stream()
                .collect(Collectors.toMap(
                        link -> OtlpCollector.attributes(link.getAttributesList())
                                .get("darkroom.job.id"),
                        link -> SpanTree.hex(link.getTraceId()) + SpanTree.hex(link.getSpanId())));
    }

    private static ModelLoader always(LoadedModel model) {
        return new ModelLoader() {
            @Override
            public LoadedModel load(ModelFiles files) {
                return model;
            }

            @Override
            public long memory(ModelFiles files) {
                return 1;
            }
        };
    }
}
