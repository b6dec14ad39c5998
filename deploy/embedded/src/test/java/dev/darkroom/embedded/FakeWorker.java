package dev.darkroom.embedded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A program that speaks a worker's side of the topics and the bucket, and does with a job what its prompt says. */
public final class FakeWorker {
    static final String DIE = "die";
    static final String FAIL = "fail";
    static final String IGNORE = "ignore";
    static final String LIE = "lie about the digest";
    static final String LAST_WORDS = "The model is on fire";

    private static final Map<String, String> SETTINGS = System.getenv();

    private final KafkaProducer<String, byte[]> events;
    private final S3Client bucket = S3Client.of(
            SETTINGS.get("DARKROOM_S3_ENDPOINT"),
            SETTINGS.get("DARKROOM_S3_ACCESS_KEY"),
            SETTINGS.get("DARKROOM_S3_SECRET_KEY"));

    private FakeWorker(Map<String, Object> broker) {
        events = new KafkaProducer<>(broker, new StringSerializer(), new ByteArraySerializer());
    }

    public static void main(String[] args) throws Exception {
        if (!List.of(args).equals(List.of("work")) || !SETTINGS.containsKey("DARKROOM_MODELS")) {
            throw new IllegalArgumentException("Not started as a worker");
        }
        Map<String, Object> broker = Map.of("bootstrap.servers", SETTINGS.get("DARKROOM_KAFKA_BOOTSTRAP_SERVERS"));
        try (Admin admin = Admin.create(broker)) {
            admin.createTopics(List.of(
                            new NewTopic("darkroom.jobs", 1, (short) 1), new NewTopic("darkroom.events", 2, (short) 1)))
                    .all()
                    .get();
        }
        FakeWorker worker = new FakeWorker(broker);
        try (KafkaConsumer<String, String> jobs =
                new KafkaConsumer<>(broker, new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> partitions = List.of(new TopicPartition("darkroom.jobs", 0));
            jobs.assign(partitions);
            jobs.seekToBeginning(partitions);
            while (true) {
                for (ConsumerRecord<String, String> job : jobs.poll(Duration.ofMillis(100))) {
                    worker.work(job.key(), new ObjectMapper().readTree(job.value()));
                }
            }
        }
    }

    private void work(String key, JsonNode job) throws Exception {
        String id = job.get("id").textValue();
        if (!id.equals(key)) {
            throw new IllegalArgumentException("The key is not the job's id: " + key);
        }
        switch (job.get("prompt").textValue()) {
            case DIE -> {
                System.out.println(LAST_WORDS);
                System.exit(3);
            }
            case FAIL -> say(id, "failed", "{\"code\": \"UNKNOWN_MODEL\", \"message\": \"No model of that name\"}");
            case IGNORE -> say("another-job", "started", "{}");
            case LIE -> complete(id, "0".repeat(64));
            default -> {
                say(id, "started", "{}");
                say(id, "progress", "{\"step\": 12, \"steps\": " + job.get("num_inference_steps") + "}");
                complete(id, Bucket.sha256(picture(id)));
            }
        }
    }

    static byte[] picture(String jobId) {
        return ("the picture of " + jobId).getBytes(StandardCharsets.UTF_8);
    }

    private void complete(String id, String sha256) throws Exception {
        bucket.put("pictures/" + id + "/0.png", picture(id));
        say(id, "completed", """
                {"images": [{"bucket": "darkroom", "key": "pictures/%s/0.png", "sha256": "%s"}],
                 "timings_ms": {"prepare": 0, "denoise": 0}}
                """.formatted(id, sha256));
    }

    private void say(String id, String what, String data) throws Exception {
        ProducerRecord<String, byte[]> event =
                new ProducerRecord<>("darkroom.events", id, data.getBytes(StandardCharsets.UTF_8));
        Map.of(
                        "ce_type",
                        "dev.darkroom.job." + what + ".v1",
                        "ce_subject",
                        id,
                        "ce_time",
                        Instant.now().toString())
                .forEach((name, value) -> event.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
        events.send(event).get();
    }
}
