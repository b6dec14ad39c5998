package dev.darkroom.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.embedded.EmbeddedKafka;
import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.ModelRef;
import dev.darkroom.event.StoredImage;
import dev.darkroom.event.Timings;
import dev.darkroom.job.CancelRequest;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.Noise;
import dev.darkroom.json.CancelCodec;
import dev.darkroom.json.EventCodec;
import dev.darkroom.json.JobCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client against a real broker; the test plays the worker. */
class JobClientTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Instant TIME = Instant.parse("2026-11-24T08:30:00.125Z");
    private static final String SHA = "0123456789abcdef".repeat(4);

    @TempDir
    private static Path data;

    private static EmbeddedKafka kafka;
    private static JobClient client;
    private static KafkaProducer<String, byte[]> worker;

    @BeforeAll
    static void start() throws IOException, ExecutionException, InterruptedException {
        kafka = EmbeddedKafka.start(data);
        try (Admin admin = Admin.create(properties())) {
            admin.createTopics(List.of(
                            new NewTopic(Topics.DEFAULT.jobs(), 3, (short) 1),
                            new NewTopic(Topics.DEFAULT.jobsHigh(), 1, (short) 1),
                            new NewTopic(Topics.DEFAULT.jobsLow(), 1, (short) 1),
                            new NewTopic(Topics.DEFAULT.events(), 3, (short) 1),
                            new NewTopic(Topics.DEFAULT.control(), 3, (short) 1)))
                    .all()
                    .get();
        }
        client = JobClient.create(properties());
        worker = new KafkaProducer<>(properties(), new StringSerializer(), new ByteArraySerializer());
    }

    @AfterAll
    static void stop() {
        worker.close();
        client.close();
        kafka.close();
    }

    @Test
    void submitsTheJobAsBareJsonUnderItsId() throws Exception {
        GenerationJob job = GenerationJob.builder("bare", "a cat").seed(7).build();
        Submission submission = client.submit(job);
        ConsumerRecord<byte[], byte[]> record = read(submission);
        assertThat(record.key()).asString(StandardCharsets.UTF_8).isEqualTo("bare");
        assertThat(record.value())
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("{\"id\":\"bare\",\"prompt\":\"a cat\",\"seed\":7}");
        assertThat(record.headers()).isEmpty();
        assertThat(JobCodec.decode(record.value())).isEqualTo(job);
    }

    @Test
    void submitsAJobToALane() throws Exception {
        client.submit(GenerationJob.builder("urgent", "a cat").build(), Lane.HIGH);
        client.submit(GenerationJob.builder("patient", "a cat").build(), Lane.LOW);

        assertThat(onlyRecord("darkroom.jobs.high").key())
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("urgent");
        assertThat(onlyRecord("darkroom.jobs.low").key())
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("patient");
    }

    @Test
    void missesNothingThatHappensBetweenSubmitAndWatch() throws Exception {
        Submission submission =
                client.submit(GenerationJob.builder("quick", "a cat").build());
        publish(started("quick"));
        publish(new JobEvent.Progress("quick", 1, Optional.empty(), 1, 2, Optional.empty()));
        publish(completed("quick"));
        List<CloudEvent> seen = new ArrayList<>();
        try (EventStream events = client.watch(submission)) {
            assertThat(events.awaitTerminal(PATIENCE, seen::add))
                    .map(CloudEvent::event)
                    .contains(completed("quick"));
        }
        assertThat(seen)
                .extracting(CloudEvent::id)
                .containsExactly("quick/started/1", "quick/progress/1/1", "quick/completed");
        assertThat(seen).allSatisfy(event -> {
            assertThat(event.source()).isEqualTo("worker-7");
            assertThat(event.time()).isEqualTo(TIME);
        });
    }

    @Test
    void startsBehindWhatWasThereBefore() throws Exception {
        publish(completed("again"));
        Submission submission =
                client.submit(GenerationJob.builder("again", "a cat").build());
        publish(started("again"));
        try (EventStream events = client.watch(submission)) {
            assertThat(events.next(PATIENCE)).map(CloudEvent::event).contains(started("again"));
        }
    }

    @Test
    void findsAJobThatWasSubmittedElsewhereLongAgo() throws Exception {
        publish(started("old"));
        publish(completed("old"));
        assertThat(client.await("old", PATIENCE)).map(CloudEvent::event).contains(completed("old"));
    }

    @Test
    void countsATerminalEventOnce() throws Exception {
        Submission submission =
                client.submit(GenerationJob.builder("twice", "a cat").build());
        publish(completed("twice"));
        publish(completed("twice"));
        try (EventStream events = client.watch(submission)) {
            assertThat(events.next(PATIENCE)).map(CloudEvent::id).contains("twice/completed");
            assertThat(events.ended()).isTrue();
            assertThat(events.next(PATIENCE)).isEmpty();
        }
    }

    @Test
    void waitsNoLongerThanItIsTold() throws Exception {
        Submission submission =
                client.submit(GenerationJob.builder("never", "a cat").build());
        assertThat(client.await(submission, Duration.ofMillis(200))).isEmpty();
    }

    @Test
    void asksThatAJobBeCancelled() throws Exception {
        client.cancel("unwanted", Optional.of("sold out"));
        ConsumerRecord<byte[], byte[]> record = onlyRecord(Topics.DEFAULT.control());
        assertThat(record.headers()).isEmpty();
        assertThat(CancelCodec.decode(record.key(), record.value()))
                .isEqualTo(new CancelRequest("unwanted", Optional.of("sold out")));
    }

    @Test
    void aCancelledJobHasEnded() throws Exception {
        JobEvent cancelled = new JobEvent.Cancelled("stopped", 1, Optional.empty(), 3);
        Submission submission =
                client.submit(GenerationJob.builder("stopped", "a cat").build());
        publish(cancelled);
        publish(completed("stopped"));
        assertThat(client.await(submission, PATIENCE)).map(CloudEvent::event).contains(cancelled);
    }

    @Test
    void sendsNoCancelRequestThatBreaksARule() {
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> client.cancel("two words", Optional.empty()))
                .withMessageContaining("id: must be 1 to 64 of");
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> client.cancel("a", Optional.of("x".repeat(1001))))
                .withMessageContaining("reason: must have at most 1000 characters");
    }

    @Test
    void saysWhichTopicIsMissing() {
        Topics elsewhere = new Topics("elsewhere.jobs", "elsewhere.events", "elsewhere.control");
        try (JobClient lost = JobClient.create(properties(), elsewhere)) {
            assertThatExceptionOfType(JobClientException.class)
                    .isThrownBy(() -> lost.watch("a"))
                    .withMessageContaining("The topic elsewhere.events does not exist; create it first")
                    .withMessageContaining("bootstrap.servers=" + kafka.bootstrapServers());
            assertThatExceptionOfType(JobClientException.class)
                    .isThrownBy(() -> lost.cancel("a", Optional.empty()))
                    .withMessageContaining("The topic elsewhere.control does not exist; create it first");
        }
    }

    @Test
    void saysWhichServersDoNotAnswer() {
        Map<String, Object> nowhere = Map.of(
                "bootstrap.servers", "127.0.0.1:1", "default.api.timeout.ms", "500", "request.timeout.ms", "400");
        try (JobClient lost = JobClient.create(nowhere)) {
            assertThatExceptionOfType(JobClientException.class)
                    .isThrownBy(() -> lost.submit(GenerationJob.builder("a", "").build()))
                    .withMessageContaining("bootstrap.servers=127.0.0.1:1");
        }
    }

    @Test
    void saysWhichSettingIsWrong() {
        assertThatExceptionOfType(JobClientException.class)
                .isThrownBy(() -> JobClient.create(Map.of("bootstrap.servers", "no-such-host.invalid:9092")))
                .withMessageContaining("(bootstrap.servers=no-such-host.invalid:9092): No resolvable bootstrap urls");
    }

    private static Map<String, Object> properties() {
        return Map.of("bootstrap.servers", kafka.bootstrapServers());
    }

    private static ConsumerRecord<byte[], byte[]> read(Submission submission) {
        TopicPartition partition = new TopicPartition(Topics.DEFAULT.jobs(), submission.partition());
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, submission.offset());
            return consumer.poll(PATIENCE).records(partition).get(0);
        }
    }

    private static ConsumerRecord<byte[], byte[]> onlyRecord(String topic) {
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .toList());
            consumer.seekToBeginning(List.of());
            ConsumerRecords<byte[], byte[]> records = consumer.poll(PATIENCE);
            assertThat(records).hasSize(1);
            return records.iterator().next();
        }
    }

    private static void publish(JobEvent event) throws ExecutionException, InterruptedException {
        ProducerRecord<String, byte[]> record =
                new ProducerRecord<>(Topics.DEFAULT.events(), event.jobId(), EventCodec.encode(event));
        EventCodec.headers(event, "worker-7", TIME)
                .forEach((name, value) -> record.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
        worker.send(record).get();
    }

    private static JobEvent started(String job) {
        return new JobEvent.Started(job, 1, Optional.empty(), "worker-7", "shapes");
    }

    private static JobEvent completed(String job) {
        StoredImage image = new StoredImage("images", job + "/0/0.png", Optional.empty(), SHA, 1234, 64, 64, "png", 7);
        return new JobEvent.Completed(
                job,
                1,
                Optional.empty(),
                new ModelRef("shapes", SHA),
                Optional.of(Noise.TORCH_CPU),
                List.of(image),
                new Timings(1, 2, 3, 4, 5, 6));
    }

    @Test
    void aLoginThatCannotBeReadIsNotRepeated() {
        Map<String, Object> properties = Map.of(
                "bootstrap.servers",
                "localhost:1",
                "security.protocol",
                "SASL_PLAINTEXT",
                "sasl.mechanism",
                "PLAIN",
                "sasl.jaas.config",
                "a.Module required username=\"x\" password=\"a\"planted\";");

        assertThatThrownBy(() -> JobClient.create(properties))
                .isInstanceOf(JobClientException.class)
                .hasMessageContaining("sasl.jaas.config")
                .satisfies(failure ->
                        assertThat(failure.getMessage() + failure.getCause()).doesNotContain("planted"));
    }
}
