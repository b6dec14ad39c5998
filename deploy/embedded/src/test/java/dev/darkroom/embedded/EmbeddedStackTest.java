package dev.darkroom.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedStackTest {
    private static final String TOPIC = "jobs";
    private static final String GROUP = "workers";

    @Test
    void aShareConsumerGetsTheRecord() throws Exception {
        try (EmbeddedStack stack = EmbeddedStack.start();
                Admin admin = admin(stack)) {
            createTopic(admin);
            // Gives the group an offset, so that it does not begin after the record.
            admin.alterShareGroupOffsets(GROUP, Map.of(new TopicPartition(TOPIC, 0), 0L))
                    .all()
                    .get(30, TimeUnit.SECONDS);
            produce(stack, "a job");

            assertThat(consumeOne(stack)).isEqualTo("a job");
        }
    }

    @Test
    void aSecondStackOnTheDirectoryContinuesTheFirst(@TempDir Path data) throws Exception {
        byte[] picture = "a picture".getBytes(StandardCharsets.UTF_8);
        try (EmbeddedStack stack = EmbeddedStack.builder().data(data).start();
                Admin admin = admin(stack)) {
            createTopic(admin);
            S3Client.of(stack.s3()).put("kept/0.png", picture);
        }
        try (EmbeddedStack stack = EmbeddedStack.builder().data(data).start();
                Admin admin = admin(stack)) {
            assertThat(admin.listTopics().names().get(30, TimeUnit.SECONDS)).contains(TOPIC);
            assertThat(S3Client.of(stack.s3()).get("kept/0.png")).isEqualTo(picture);
        }
    }

    @Test
    void theEnvironmentLeadsToTheServers() throws Exception {
        try (EmbeddedStack stack = EmbeddedStack.start()) {
            Map<String, String> environment = stack.environment();
            S3Client client = S3Client.of(
                    environment.get("DARKROOM_S3_ENDPOINT"),
                    environment.get("DARKROOM_S3_ACCESS_KEY"),
                    environment.get("DARKROOM_S3_SECRET_KEY"));

            assertThat(client.bucketExists(environment.get("DARKROOM_S3_BUCKET")))
                    .isTrue();
            assertThat(environment)
                    .containsEntry(
                            "DARKROOM_KAFKA_BOOTSTRAP_SERVERS", stack.kafka().bootstrapServers());
        }
    }

    @Test
    void theTemporaryDirectoryGoesWithTheStack(@TempDir Path parent) throws Exception {
        TemporaryDirectory directory = TemporaryDirectory.create("darkroom-test-");
        Files.createDirectories(directory.path().resolve("a/b"));
        Files.writeString(directory.path().resolve("a/b/file"), "x");

        directory.close();

        assertThat(directory.path()).doesNotExist();
    }

    @Test
    void aTakenPortStartsNothing(@TempDir Path data) throws Exception {
        try (ServerSocket taken = new ServerSocket(0)) {
            assertThatExceptionOfType(BindException.class)
                    .isThrownBy(() -> EmbeddedStack.builder()
                            .data(data)
                            .kafkaPort(taken.getLocalPort())
                            .start())
                    .withMessageContaining(Integer.toString(taken.getLocalPort()))
                    .withMessageContaining("Kafka");
        }
        assertThat(data).isEmptyDirectory();
    }

    @Test
    void aDirectoryThatCannotBeCreatedIsNamed(@TempDir Path parent) throws Exception {
        Path file = Files.writeString(parent.resolve("file"), "not a directory");

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> EmbeddedStack.builder().data(file).start())
                .withMessageContaining(file.toString());
    }

    private static Admin admin(EmbeddedStack stack) {
        return Admin.create(
                Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, stack.kafka().bootstrapServers()));
    }

    private static void createTopic(Admin admin) throws Exception {
        admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get(30, TimeUnit.SECONDS);
    }

    private static void produce(EmbeddedStack stack, String value) throws Exception {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, stack.kafka().bootstrapServers()),
                new StringSerializer(),
                new StringSerializer())) {
            producer.send(new ProducerRecord<>(TOPIC, value)).get(30, TimeUnit.SECONDS);
        }
    }

    private static String consumeOne(EmbeddedStack stack) {
        try (KafkaShareConsumer<String, String> consumer = new KafkaShareConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        stack.kafka().bootstrapServers(),
                        ConsumerConfig.GROUP_ID_CONFIG,
                        GROUP),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.subscribe(List.of(TOPIC));
            long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (System.nanoTime() < end) {
                ConsumerRecords<String, String> records = consumer.poll(Duration.ofSeconds(1));
                for (ConsumerRecord<String, String> first : records) {
                    return first.value();
                }
            }
            throw new AssertionError("No record within 30 s");
        }
    }
}
