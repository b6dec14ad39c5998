package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.darkroom.event.JobEvent;
import dev.darkroom.job.CancelRequest;
import dev.darkroom.json.CancelCodec;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.ops.AdminClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;

/** What a job costs Kafka and the bucket; the scale on paper in deploy/README.md starts from these figures. */
class ScaleFiguresTest {
    private static final Path GUIDE = Path.of("../deploy/README.md");
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final int JOBS = 10;
    private static final Pattern ROW = Pattern.compile("""
            \\| bytes of a job \\| of `started` and `completed` \\| writes to the bucket \\| reads \\|
            \\|---\\|---\\|---\\|---\\|
            \\| (\\d+) \\| (\\d+) and (\\d+) \\| (\\d+) \\| (\\d+) \\|
            """);
    private static final Pattern REQUESTS =
            Pattern.compile("(?m)^sd_storage_request_seconds_count\\{operation=\"(\\w+)\",outcome=\"ok\"} (\\d+)");

    /** What is measured has some digits more or fewer each time. */
    private static void assertAbout(String documented, int bytesOfAll) {
        assertThat((double) bytesOfAll / JOBS).isCloseTo(Integer.parseInt(documented), withinPercentage(10));
    }

    /** A job whose steps pass within the second that lies between two events of progress. */
    @Test
    void theGuideHasWhatAJobCosts() throws Exception {
        try (TestStack stack = new TestStack();
                Worker worker = Worker.start(ConfigLoader.load(
                        Optional.empty(), stack.environment(), Map.of("admin.port", "0"), "worker-1"));
                EventLog events = stack.events()) {
            AdminClient admin = new AdminClient(worker.adminPort());
            Map<String, Integer> before = requests(admin);
            for (int i = 0; i < JOBS; i++) {
                stack.send(id(i), job(id(i)));
            }
            for (int i = 0; i < JOBS; i++) {
                assertThat(events.awaitEnd(id(i), LIMIT)).isInstanceOf(JobEvent.Completed.class);
            }
            events.catchUp();
            Map<String, Integer> after = requests(admin);
            List<ConsumerRecord<byte[], byte[]>> records = records(stack, "darkroom.events");
            Matcher documented = ROW.matcher(Files.readString(GUIDE));
            assertThat(documented.find()).as("the guide's table").isTrue();
            assertAbout(documented.group(1), size(records(stack, "darkroom.jobs")));
            assertAbout(documented.group(2), size(ofType(records, "started")));
            assertAbout(documented.group(3), size(ofType(records, "completed")));
            assertThat(after.get("write") - before.get("write"))
                    .isEqualTo(JOBS * Integer.parseInt(documented.group(4)));
            assertThat(after.get("read") - before.get("read")).isEqualTo(JOBS * Integer.parseInt(documented.group(5)));
        }
    }

    @Test
    void theGuideHasWhatACancelRequestTakes() throws Exception {
        CancelRequest request = new CancelRequest(id(1), Optional.of("the customer went away"));
        assertThat(Files.readString(GUIDE))
                .contains("A request of " + (id(1).length() + CancelCodec.encode(request).length) + " bytes");
    }

    private static List<ConsumerRecord<byte[], byte[]>> ofType(List<ConsumerRecord<byte[], byte[]>> all, String type) {
        return all.stream()
                .filter(record -> new String(
                                record.headers().lastHeader("ce_type").value(), StandardCharsets.UTF_8)
                        .contains(type))
                .toList();
    }

    /** Keys, values and headers, as a producer hands them over: before compression, without the batch around them. */
    private static int size(List<ConsumerRecord<byte[], byte[]>> records) {
        int bytes = 0;
        for (ConsumerRecord<byte[], byte[]> record : records) {
            bytes += record.serializedKeySize() + record.serializedValueSize();
            for (var header : record.headers()) {
                bytes += header.key().length() + header.value().length;
            }
        }
        return bytes;
    }

    private static List<ConsumerRecord<byte[], byte[]>> records(TestStack stack, String topic) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", stack.bootstrapServers(), "auto.offset.reset", "earliest"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            consumer.assign(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            Instant limit = Instant.now().plus(LIMIT);
            while (consumer.position(partition) < end && Instant.now().isBefore(limit)) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
        }
        return records;
    }

    private static Map<String, Integer> requests(AdminClient admin) throws Exception {
        Map<String, Integer> requests = new HashMap<>();
        Matcher matcher = REQUESTS.matcher(admin.get("/metrics").body());
        while (matcher.find()) {
            requests.put(matcher.group(1), Integer.parseInt(matcher.group(2)));
        }
        return requests;
    }

    private static String id(int i) {
        return "order-" + (100_000 + i);
    }

    private static String job(String id) {
        return "{\"id\":\"" + id + "\",\"prompt\":\"a yellow star on a purple background\",\"num_inference_steps\":4,"
                + "\"seed\":1}";
    }
}
