package dev.darkroom.embedded;

import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * What a broker listens on. All of it is on the loopback address.
 *
 * <p>An open broker has one listener, for everybody. A secured one has three: with passwords (SASL_SSL, SCRAM-SHA-512),
 * with certificates of clients (SSL; a client's principal is its certificate's common name), and an open one for the
 * broker itself and for who looks after it, whose principal is {@code User:ANONYMOUS}, a super user. What the first two
 * may do is up to {@code authorizer.class.name}, if the broker has one.
 *
 * @param clients the port of an open broker's listener, or of a secured one's with passwords
 * @param certificates the port of the listener with certificates
 * @param internal the port of a secured broker's own listener
 */
record KafkaListeners(int clients, int certificates, int internal) {
    private static final String LOOPBACK = "127.0.0.1:";

    /** The first is the given one, unless it is 0. */
    static KafkaListeners of(int port, List<Integer> free) {
        return new KafkaListeners(port == 0 ? free.get(0) : port, free.get(1), free.get(2));
    }

    /** Everybody may come. */
    void open(Properties properties, int controllerPort) {
        properties.put("listeners", "PLAINTEXT://" + LOOPBACK + clients + ",CONTROLLER://" + LOOPBACK + controllerPort);
        properties.put("advertised.listeners", "PLAINTEXT://" + LOOPBACK + clients);
        properties.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        properties.put("inter.broker.listener.name", "PLAINTEXT");
        properties.put("controller.quorum.voters", "1@" + LOOPBACK + controllerPort);
    }

    /** Who comes from outside says who it is. Clients are sent to {@code localhost}, the name in the certificate. */
    void secured(Properties properties, int controllerPort, Identity server) {
        String outside = "PASSWORDS://localhost:" + clients + ",CERTIFICATES://localhost:" + certificates;
        String inside = "INTERNAL://" + LOOPBACK + internal;
        properties.put("listeners", outside + "," + inside + ",CONTROLLER://" + LOOPBACK + controllerPort);
        properties.put("advertised.listeners", outside + "," + inside);
        properties.put(
                "listener.security.protocol.map",
                "PASSWORDS:SASL_SSL,CERTIFICATES:SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT");
        properties.put("inter.broker.listener.name", "INTERNAL");
        properties.put("controller.quorum.voters", "1@" + LOOPBACK + controllerPort);
        properties.put("super.users", "User:ANONYMOUS");
        properties.put("ssl.keystore.type", "PEM");
        properties.put("ssl.keystore.certificate.chain", server.certificate());
        properties.put("ssl.keystore.key", server.key());
        properties.put("ssl.truststore.type", "PEM");
        properties.put("ssl.truststore.certificates", server.authority());
        properties.put("listener.name.certificates.ssl.client.auth", "required");
        properties.put("ssl.principal.mapping.rules", "RULE:^CN=([^,]+).*$/$1/,DEFAULT");
        properties.put("sasl.enabled.mechanisms", "SCRAM-SHA-512");
        properties.put(
                "listener.name.passwords.scram-sha-512.sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required;");
    }

    /** What formats the passwords of users into a new broker. */
    static List<String> scram(Map<String, String> passwords) {
        return new TreeMap<>(passwords)
                .entrySet().stream()
                        .map(user -> "SCRAM-SHA-512=[name=" + user.getKey() + ",password=" + user.getValue() + "]")
                        .toList();
    }

    String clientServers() {
        return LOOPBACK + clients;
    }

    String passwordServers() {
        return "localhost:" + clients;
    }

    String certificateServers() {
        return "localhost:" + certificates;
    }

    String internalServers() {
        return LOOPBACK + internal;
    }
}
