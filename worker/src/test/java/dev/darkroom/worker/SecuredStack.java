package dev.darkroom.worker;

import dev.darkroom.embedded.EmbeddedS3;
import dev.darkroom.embedded.Identity;
import dev.darkroom.embedded.PrivateAuthority;
import dev.darkroom.embedded.SecuredKafka;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.Setting;
import dev.darkroom.worker.config.Settings;
import dev.darkroom.worker.config.WorkerConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A broker that asks who comes and a bucket, both behind TLS, their certificates signed by a private authority. */
final class SecuredStack implements AutoCloseable {
    static final String BUCKET = "darkroom";

    private static final PrivateAuthority AUTHORITY = new PrivateAuthority("A company's own");

    private final Path certificates;
    private final Map<String, String> passwords;
    private final SecuredKafka kafka;
    private final EmbeddedS3 s3;

    /**
     * @param directory where the data and the certificates go
     * @param passwords of the broker's users, by name
     * @param broker settings of the broker, besides the defaults
     */
    SecuredStack(Path directory, Map<String, String> passwords, Map<String, String> broker) throws IOException {
        this.passwords = passwords;
        certificates = directory.resolve("tls");
        Identity server = AUTHORITY.server("localhost");
        server.write(certificates);
        s3 = EmbeddedS3.startSecured(directory.resolve("s3"), server);
        try {
            s3.createBucket(BUCKET);
            kafka = SecuredKafka.start(directory.resolve("kafka"), server, passwords, broker);
        } catch (IOException | RuntimeException e) {
            s3.close();
            throw e;
        }
    }

    SecuredKafka kafka() {
        return kafka;
    }

    PrivateAuthority authority() {
        return AUTHORITY;
    }

    /** The file that a Secret would be mounted as. */
    Path authorityFile() {
        return certificates.resolve("ca.crt");
    }

    /** The settings of somebody with a password, as variables of the environment. */
    Map<String, String> withPassword(String user) {
        Map<String, String> environment = common(kafka.passwordServers(), "SASL_SSL");
        environment.put("DARKROOM_KAFKA_PROPERTY_SASL_MECHANISM", "SCRAM-SHA-512");
        environment.put("DARKROOM_KAFKA_PROPERTY_SASL_JAAS_CONFIG", jaas(user, passwords.get(user)));
        return environment;
    }

    /** The settings of somebody with a certificate. */
    Map<String, String> withCertificate(String user) {
        return withCertificate(AUTHORITY.client(user));
    }

    Map<String, String> withCertificate(Identity client) {
        Map<String, String> environment = common(kafka.certificateServers(), "SSL");
        environment.put("DARKROOM_KAFKA_PROPERTY_SSL_KEYSTORE_TYPE", "PEM");
        environment.put("DARKROOM_KAFKA_PROPERTY_SSL_KEYSTORE_KEY", client.key());
        environment.put("DARKROOM_KAFKA_PROPERTY_SSL_KEYSTORE_CERTIFICATE_CHAIN", client.certificate());
        return environment;
    }

    static String jaas(String user, String password) {
        return "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"" + user + "\" password=\""
                + password + "\";";
    }

    private Map<String, String> common(String servers, String protocol) {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("DARKROOM_KAFKA_BOOTSTRAP_SERVERS", servers);
        environment.put("DARKROOM_KAFKA_PROPERTY_SECURITY_PROTOCOL", protocol);
        environment.put("DARKROOM_KAFKA_PROPERTY_SSL_TRUSTSTORE_TYPE", "PEM");
        environment.put(
                "DARKROOM_KAFKA_PROPERTY_SSL_TRUSTSTORE_LOCATION",
                authorityFile().toString());
        environment.put("DARKROOM_S3_ENDPOINT", s3.endpoint());
        environment.put("DARKROOM_S3_CA_FILE", authorityFile().toString());
        environment.put("DARKROOM_S3_ACCESS_KEY", EmbeddedS3.ACCESS_KEY);
        environment.put("DARKROOM_S3_SECRET_KEY", EmbeddedS3.SECRET_KEY);
        environment.put("DARKROOM_S3_BUCKET", BUCKET);
        environment.put(
                "DARKROOM_MODELS", TestStack.MODELS.toAbsolutePath().normalize().toString());
        environment.put("DARKROOM_DEFAULT_MODEL", "shapes");
        environment.put("DARKROOM_ADMIN_PORT", "0");
        return environment;
    }

    static WorkerConfig config(Map<String, String> environment, String workerId) {
        return ConfigLoader.load(Optional.empty(), environment, Map.of(), workerId);
    }

    /**
     * Runs a command in this process, with settings that it would find in its environment.
     *
     * @param command its words, with spaces between them
     */
    static CommandRun run(Map<String, String> environment, String command, String... arguments) {
        List<String> all = new ArrayList<>(List.of(command.split(" ")));
        environment.forEach((name, value) -> {
            all.add("--set");
            all.add(key(name) + "=" + value);
        });
        all.addAll(List.of(arguments));
        return CommandRun.run(all.toArray(String[]::new));
    }

    private static String key(String variable) {
        String property = Settings.KAFKA_PROPERTY_ENVIRONMENT;
        if (variable.startsWith(property)) {
            return Settings.KAFKA_PROPERTIES + "."
                    + variable.substring(property.length())
                            .toLowerCase(Locale.ROOT)
                            .replace('_', '.');
        }
        return Settings.all().stream()
                .filter(setting -> setting.environmentName().equals(variable))
                .map(Setting::key)
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void close() throws IOException {
        kafka.close();
        s3.close();
    }
}
