package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.embedded.Identity;
import dev.darkroom.embedded.PrivateAuthority;
import dev.darkroom.worker.lag.LagExporter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Workers and commands where broker and bucket are behind TLS: what works, and what is said when it does not. */
@ResourceLock(Resources.SYSTEM_OUT)
class SecuredWorkerTest {
    private static final String PASSWORD = "planted-sasl-password";

    @TempDir
    private static Path directory;

    private static SecuredStack stack;

    @BeforeAll
    static void open() throws IOException {
        stack = new SecuredStack(directory, Map.of("studio", PASSWORD), Map.of());
    }

    @AfterAll
    static void close() throws IOException {
        stack.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"password", "certificate"})
    void jobsAreDoneAndSeenThroughTls(String kind) throws Exception {
        Map<String, String> environment =
                kind.equals("password") ? stack.withPassword("studio") : stack.withCertificate("studio");
        environment.put("DARKROOM_KAFKA_GROUP", kind);
        environment.put("DARKROOM_KAFKA_TOPICS_JOBS", kind + ".jobs");

        CommandRun init = SecuredStack.run(environment, "init");
        assertThat(init.exitCode()).as(init.err()).isZero();
        assertThat(init.out()).contains("created topic " + kind + ".jobs");
        try (Worker worker = Worker.start(SecuredStack.config(environment, "worker"))) {
            assertThat(worker).isNotNull();
            CommandRun submit = SecuredStack.run(
                    environment,
                    "submit",
                    "--id",
                    kind,
                    "--prompt",
                    "a red ring",
                    "--num-inference-steps",
                    "2",
                    "--watch");
            assertThat(submit.exitCode()).as(submit.out() + submit.err()).isZero();
            assertThat(submit.out()).contains("completed");
            CommandRun watch = SecuredStack.run(environment, "watch", kind, "--timeout", "PT60S");
            assertThat(watch.exitCode()).as(watch.err()).isZero();
        }
        CommandRun letters = SecuredStack.run(environment, "dead-letters list");
        assertThat(letters.exitCode()).as(letters.err()).isZero();
        assertThat(lag(environment)).contains("\"desired_replicas\"").contains("\"stale\":false");
    }

    /** Its answer, once it has one. */
    private static String lag(Map<String, String> environment) throws Exception {
        try (LagExporter exporter = LagExporter.start(SecuredStack.config(environment, "lag"), Clock.systemUTC())) {
            URI address = URI.create("http://127.0.0.1:" + exporter.port() + "/lag");
            return Patiently.until(
                            () -> HttpClient.newHttpClient()
                                    .send(
                                            HttpRequest.newBuilder(address).build(),
                                            HttpResponse.BodyHandlers.ofString()),
                            answer -> answer.statusCode() == 200)
                    .body();
        }
    }

    /** The command ends with code 1, says what is to be mended, and keeps the password to itself. */
    private static void assertRefused(Map<String, String> environment, String command, String... said) {
        CommandRun run = SecuredStack.run(environment, command);
        assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
        assertThat(run.err()).contains(said).doesNotContain("\tat ", PASSWORD, "PRIVATE KEY");
    }

    @Test
    void aWrongPasswordIsToldByItsSetting() {
        Map<String, String> environment = stack.withPassword("studio");
        environment.put("DARKROOM_KAFKA_PROPERTY_SASL_JAAS_CONFIG", SecuredStack.jaas("studio", "not-" + PASSWORD));
        assertRefused(environment, "work", "refused the credentials", "kafka.properties.*");
        assertRefused(environment, "init", "refused the credentials");
    }

    @Test
    void aBrokerOfAnUnknownAuthorityIsNotTrusted() {
        Map<String, String> environment = stack.withPassword("studio");
        environment.keySet().removeIf(name -> name.contains("TRUSTSTORE"));
        assertRefused(environment, "work", "not trusted here", "kafka.properties.ssl.truststore.*");
    }

    @Test
    void aBrokerDoesNotTrustAnUnknownClient() {
        Map<String, String> stranger = stack.withCertificate(new PrivateAuthority("Another").client("studio"));
        assertRefused(stranger, "init", "kafka.properties.ssl.keystore.*");
        Map<String, String> nobody = stack.withCertificate("studio");
        nobody.keySet().removeIf(name -> name.contains("KEYSTORE"));
        assertRefused(nobody, "init", "kafka.properties.ssl.keystore.*");
    }

    @Test
    void aPortThatSpeaksSomethingElseIsToldByTheProtocol() {
        Map<String, String> tls = stack.withCertificate("studio");
        tls.put("DARKROOM_KAFKA_BOOTSTRAP_SERVERS", stack.kafka().internalServers());
        assertRefused(tls, "init", "kafka.properties.security.protocol");
        Map<String, String> plain = stack.withCertificate("studio");
        plain.keySet().removeIf(name -> name.contains("KAFKA_PROPERTY"));
        assertRefused(plain, "init", "kafka.properties.security.protocol");
    }

    @Test
    void anUnusableServerCertificateIsToldByWhatIsWrongWithIt() throws Exception {
        assertBothRefuse(stack.authority().expiredServer("localhost"), "has ended", "renewed");
        assertBothRefuse(stack.authority().server("other.example"), "for other names");
        assertBothRefuse(new PrivateAuthority("Another").server("localhost"), "not trusted here");
    }

    /** First as a broker's, then as the bucket's, then as that of a server of models. */
    private static void assertBothRefuse(Identity identity, String... said) throws Exception {
        try (TlsPort port = new TlsPort(identity)) {
            Map<String, String> kafka = stack.withPassword("studio");
            kafka.put("DARKROOM_KAFKA_BOOTSTRAP_SERVERS", port.address());
            assertRefused(kafka, "init", said);
            Map<String, String> s3 = stack.withPassword("studio");
            s3.put("DARKROOM_S3_ENDPOINT", "https://" + port.address());
            assertRefused(s3, "init", said);

            Path catalogue = directory.resolve("catalogue.yaml");
            Files.writeString(
                    catalogue,
                    "- id: far\n  source: https://reader:" + PASSWORD + "@" + port.address() + "/far.safetensors\n");
            Map<String, String> models = new HashMap<>(stack.withPassword("studio"));
            models.put("DARKROOM_MODELS", catalogue.toString());
            models.put("DARKROOM_MODEL_CACHE_FOLDER", directory.resolve("cache").toString());
            models.put("DARKROOM_DEFAULT_MODEL", "far");
            assertRefused(models, "work", said);
        }
    }

    @Test
    void aBucketOfAnUnknownAuthorityIsNotTrusted() {
        Map<String, String> environment = stack.withPassword("studio");
        environment.remove("DARKROOM_S3_CA_FILE");
        assertRefused(environment, "init", "not trusted here", "s3.ca-file, DARKROOM_S3_CA_FILE");
        environment = stack.withPassword("studio");
        String endpoint = environment.get("DARKROOM_S3_ENDPOINT");
        environment.put("DARKROOM_S3_ENDPOINT", endpoint.replace("https:", "http:"));
        assertRefused(environment, "init", "s3.endpoint");
    }

    @ParameterizedTest
    @ValueSource(strings = {"absent", "empty", "garbage", "too-large"})
    void aFileOfAuthoritiesThatHoldsNoneIsWrongUse(String kind) throws Exception {
        Path file = directory.resolve(kind);
        if (!kind.equals("absent")) {
            byte[] content = new byte[kind.equals("empty") ? 0 : kind.equals("garbage") ? 100 : (1 << 20) + 1];
            Files.write(file, content);
        }
        Map<String, String> environment = stack.withPassword("studio");
        environment.put("DARKROOM_S3_CA_FILE", file.toString());
        CommandRun run = SecuredStack.run(environment, "init");
        assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains("s3.ca-file: ", file.toString());
    }
}
