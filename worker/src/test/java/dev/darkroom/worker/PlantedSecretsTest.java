package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.embedded.EmbeddedS3;
import dev.darkroom.embedded.Identity;
import dev.darkroom.worker.ops.AdminClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values that could not come from anywhere else are planted as every secret that there is, and looked for everywhere. */
@ResourceLock(Resources.SYSTEM_OUT)
class PlantedSecretsTest {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final String MARK = "planted";
    private static final String TOKEN = "planted-admin-token-0123456789";
    private static final String PROMPT = "a secret wish of a customer";
    private static final Pattern PORT = Pattern.compile("The admin server listens on port (\\d+)");

    @TempDir
    private static Path directory;

    private static SecuredStack stack;
    private static Identity client;

    @BeforeAll
    static void open() throws IOException {
        stack = new SecuredStack(directory, Map.of("studio", "planted-sasl-password"), Map.of());
        client = stack.authority().client("studio");
    }

    @AfterAll
    static void close() throws IOException {
        stack.close();
    }

    /** No planted value, not the S3 key that the server takes, no line of a private key. */
    private static void assertClean(String where, String text) {
        assertThat(text).as(where).doesNotContainIgnoringCase(MARK);
        assertThat(text)
                .as(where)
                .doesNotContain(
                        EmbeddedS3.SECRET_KEY,
                        client.key().lines().skip(1).findFirst().orElseThrow());
    }

    private static Map<String, String> environment(Map<String, String> base) throws IOException {
        Path shapes = TestStack.MODELS.toAbsolutePath().normalize().resolve("shapes");
        Path catalogue = Files.writeString(directory.resolve("catalogue.yaml"), """
                - {id: shapes, source: %s}
                - {id: user, source: "https://planted-user:planted-pass@localhost:1/user.safetensors"}
                - {id: signed, source: "https://localhost:1/signed.safetensors?X-Amz-Signature=planted-signature"}
                """.formatted(shapes));
        Map<String, String> environment = new HashMap<>(base);
        environment.put("DARKROOM_MODELS", catalogue.toString());
        environment.put(
                "DARKROOM_MODEL_CACHE_FOLDER", directory.resolve("cache").toString());
        environment.put("DARKROOM_ADMIN_TOKEN", TOKEN);
        environment.put("DARKROOM_ADMIN_PICTURES", "5");
        environment.put("DARKROOM_RETRY_ATTEMPTS", "1");
        return environment;
    }

    @Test
    void aWorkerThatTellsEverythingTellsNoSecretAndNoPrompt() throws Exception {
        Map<String, String> environment = environment(stack.withPassword("studio"));
        Map<String, String> talkative = new HashMap<>(environment);
        talkative.put("JAVA_TOOL_OPTIONS", "-Dlogback.configurationFile=" + talkativeLogback());
        try (WorkerProcess worker = WorkerProcess.start(directory, talkative, Main.class, List.of("work"))) {
            worker.awaitOutput("takes jobs from", LIMIT);
            submit(environment, "good");
            submit(environment, "unsupported", "--clip-skip", "9");
            submit(environment, "user", "--model", "user");
            submit(environment, "signed", "--model", "signed");
            sendBroken();
            for (String id : List.of("good", "unsupported", "user", "signed", "broken")) {
                CommandRun watch = SecuredStack.run(environment, "watch", id, "--timeout", "PT120S");
                assertClean("watch " + id, watch.out() + watch.err());
                assertThat(watch.out()).contains(id.equals("good") ? "completed" : "failed");
            }
            AdminClient admin = new AdminClient(port(worker));
            assertThat(admin.post("/cancel", Map.of("job", "x"), "Authorization", "Bearer planted-guess-0123456789")
                            .statusCode())
                    .isEqualTo(403);
            for (String path : List.of("/", "/status", "/metrics", "/livez", "/readyz", "/startupz", "/nowhere")) {
                assertClean(path, admin.get(path).body());
                assertThat(admin.get(path).body()).as(path).doesNotContain(PROMPT);
            }
            worker.terminate();
            assertThat(worker.awaitExit(LIMIT)).isZero();
            assertThat(worker.output()).as("it tells much").contains(" DEBUG ").contains("Job user");
            assertClean("log", worker.output());
            assertThat(worker.output()).doesNotContain(PROMPT);
        }
        for (String topic : List.of("darkroom.events", "dlq.darkroom.jobs")) {
            assertClean(topic, contents(topic));
        }
        for (String command : List.of("config", "models list", "dead-letters list")) {
            CommandRun run = SecuredStack.run(environment, command);
            assertThat(run.exitCode()).as(run.err()).isZero();
            assertClean(command, run.out() + run.err());
        }
    }

    private static Path talkativeLogback() throws IOException {
        return Files.writeString(directory.resolve("talkative.xml"), """
                <configuration>
                  <appender name="STDERR" class="ch.qos.logback.core.ConsoleAppender">
                    <target>System.err</target>
                    <encoder><pattern>%d %-5level %logger: %msg%n%xEx{full}</pattern></encoder>
                  </appender>
                  <root level="DEBUG"><appender-ref ref="STDERR"/></root>
                </configuration>
                """);
    }

    private static void submit(Map<String, String> environment, String id, String... more) {
        List<String> arguments = new ArrayList<>(List.of("--id", id, "--prompt", PROMPT, "--num-inference-steps", "2"));
        arguments.addAll(List.of(more));
        CommandRun run = SecuredStack.run(environment, "submit", arguments.toArray(String[]::new));
        assertThat(run.exitCode()).as(run.err()).isZero();
    }

    /** Jobs that cannot be read: their text is the sender's, and stays out of logs too. */
    private static void sendBroken() throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", stack.kafka().internalServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (String json : List.of(
                    "{\"id\":\"broken\",\"prompt\":\"" + PROMPT + "\",\"width\":\"" + PROMPT + "\"}",
                    "{\"id\":\"broken\",\"prompt\":\"" + PROMPT,
                    "\"" + PROMPT + "\"")) {
                producer.send(new ProducerRecord<>(
                                "darkroom.jobs",
                                "broken".getBytes(StandardCharsets.UTF_8),
                                json.getBytes(StandardCharsets.UTF_8)))
                        .get();
            }
        }
    }

    /** Keys, headers and values of all records. */
    private static String contents(String topic) {
        StringBuilder text = new StringBuilder();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", stack.kafka().internalServers()),
                new StringDeserializer(),
                new StringDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            assertThat(end).isPositive();
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    text.append(record.key()).append(' ').append(record.value()).append('\n');
                    record.headers()
                            .forEach(header -> text.append(new String(header.value(), StandardCharsets.UTF_8))
                                    .append('\n'));
                }
            }
        }
        return text.toString();
    }

    private static int port(WorkerProcess worker) throws IOException {
        Matcher port = PORT.matcher(worker.output());
        assertThat(port.find()).as(worker.output()).isTrue();
        return Integer.parseInt(port.group(1));
    }

    /** Every way of a secret into a setting that does not work out. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            DARKROOM_S3_SECRET_KEY                       | planted-other-secret                              | 1
            DARKROOM_S3_ACCESS_KEY                       | planted-other-id                                  | 1
            DARKROOM_S3_ENDPOINT                         | https://planted:planted@localhost:1               | 2
            DARKROOM_S3_ENDPOINT                         | https://localhost:1?planted=planted               | 2
            DARKROOM_KAFKA_BOOTSTRAP_SERVERS             | planted:planted@localhost:9092                    | 2
            DARKROOM_KAFKA_BOOTSTRAP_SERVERS             | SASL://planted:planted@localhost:9092             | 2
            DARKROOM_KAFKA_PROPERTY_SASL_JAAS_CONFIG     | planted                                           | 1
            DARKROOM_KAFKA_PROPERTY_SASL_JAAS_CONFIG     | a.Module required username="x" password="y" planted; | 1
            DARKROOM_KAFKA_PROPERTY_SASL_JAAS_CONFIG     | a.Module required username="x" password="a"planted"; | 1
            DARKROOM_KAFKA_PROPERTY_SASL_JAAS_CONFIG     | a.Module required username="x" password="planted";  | 1
            DARKROOM_KAFKA_PROPERTY_SSL_KEYSTORE_PASSWORD | planted                                           | 1
            DARKROOM_KAFKA_PROPERTY_SSL_TRUSTSTORE_PASSWORD | planted                                         | 1
            DARKROOM_KAFKA_PROPERTY_SSL_KEYSTORE_KEY     | planted                                           | 1
            DARKROOM_ADMIN_TOKEN                         | planted                                           | 2
            """)
    void aSecretThatDoesNotFitIsNotRepeated(String variable, String value, int exitCode) throws Exception {
        Map<String, String> environment = environment(stack.withPassword("studio"));
        if (variable.contains("KEYSTORE")) {
            environment.put("DARKROOM_KAFKA_PROPERTY_SSL_KEYSTORE_TYPE", "PEM");
        }
        environment.put(variable, value);
        CommandRun run = SecuredStack.run(environment, "work");
        assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
        assertThat(run.err()).isNotBlank();
        assertClean(variable, run.err() + run.out());
        CommandRun config = SecuredStack.run(environment, "config");
        assertClean("config with " + variable, config.err() + config.out());
    }

    @Test
    void aCertificatesKeyIsMaskedAndAMistakenCommandLineIsNotRepeated() throws Exception {
        Map<String, String> environment = environment(stack.withCertificate(client));
        CommandRun config = SecuredStack.run(environment, "config");
        assertThat(config.exitCode()).isZero();
        assertThat(config.out()).contains("kafka.properties.ssl.keystore.key: \"********\"");
        assertClean("config", config.out());
        CommandRun mistaken = SecuredStack.run(environment, "dead-letters");
        assertThat(mistaken.exitCode()).isEqualTo(2);
        assertThat(mistaken.err()).contains("admin.token=********");
        assertClean("wrong use", mistaken.err());
    }
}
