package dev.darkroom.worker.ops;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/**
 * What Kafka's clients in this process say of themselves, through their own beans: each number added up over the clients,
 * for a label for each of them would be one for each slot. Read when it is asked for.
 */
final class KafkaMeters {
    private static final MBeanServer BEANS = ManagementFactory.getPlatformMBeanServer();

    /** A number that each client of a kind has. */
    private record Attribute(String metric, String description, List<String> beans, String name) {}

    private static final String PRODUCERS = "kafka.producer:type=producer-metrics,client-id=*";
    private static final String CONSUMERS = "kafka.consumer:type=consumer-metrics,client-id=*";
    private static final String ADMINS = "kafka.admin.client:type=admin-client-metrics,client-id=*";
    private static final List<String> CLIENTS = List.of(PRODUCERS, CONSUMERS, ADMINS);

    private static final List<Attribute> COUNTERS = List.of(
            producer("kafka.producer.records", "Records sent", "record-send-total"),
            producer("kafka.producer.errors", "Records that could not be sent", "record-error-total"),
            producer("kafka.producer.retries", "Records sent again", "record-retry-total"),
            new Attribute(
                    "kafka.consumer.records",
                    "Records fetched, those of the control topic and of retries included",
                    List.of(
                            "kafka.consumer:type=consumer-fetch-manager-metrics,client-id=*",
                            "kafka.consumer:type=consumer-share-fetch-manager-metrics,client-id=*"),
                    "records-consumed-total"),
            new Attribute(
                    "kafka.consumer.rebalances",
                    "Times that partitions were given out anew",
                    List.of(
                            "kafka.consumer:type=consumer-coordinator-metrics,client-id=*",
                            "kafka.consumer:type=consumer-share-coordinator-metrics,client-id=*"),
                    "rebalance-total"),
            new Attribute(
                    "kafka.connection.failures",
                    "Connections on which logging in failed",
                    CLIENTS,
                    "failed-authentication-total"));

    private static final Attribute CONNECTIONS =
            new Attribute("kafka.connections", "Connections to brokers", CLIENTS, "connection-count");

    private static Attribute producer(String metric, String description, String name) {
        return new Attribute(metric, description, List.of(PRODUCERS), name);
    }

    private KafkaMeters() {}

    /** The registry holds on to no object that a number is of, but to how it is got. */
    static void bind(MeterRegistry registry) {
        for (Attribute counter : COUNTERS) {
            ClientTotal total = new ClientTotal();
            FunctionCounter.builder(counter.metric(), counter, attribute -> total.after(() -> values(attribute)))
                    .description(counter.description())
                    .register(registry);
        }
        Gauge.builder(CONNECTIONS.metric(), () -> sum(values(CONNECTIONS)))
                .description(CONNECTIONS.description())
                .register(registry);
    }

    private static ObjectName name(String pattern) {
        try {
            return new ObjectName(pattern);
        } catch (MalformedObjectNameException e) {
            throw new IllegalStateException("No name of beans: " + pattern, e);
        }
    }

    private static double sum(Map<ObjectName, Double> values) {
        return values.values().stream().mapToDouble(Double::doubleValue).sum();
    }

    private static Map<ObjectName, Double> values(Attribute attribute) {
        Map<ObjectName, Double> values = new HashMap<>();
        for (String pattern : attribute.beans()) {
            for (ObjectName bean : BEANS.queryNames(name(pattern), null)) {
                value(bean, attribute.name()).ifPresent(value -> values.put(bean, value));
            }
        }
        return values;
    }

    /** Nothing of a client that has closed meanwhile, or has no such number. */
    private static Optional<Double> value(ObjectName bean, String attribute) {
        try {
            return BEANS.getAttribute(bean, attribute) instanceof Number number && Double.isFinite(number.doubleValue())
                    ? Optional.of(number.doubleValue())
                    : Optional.empty();
        } catch (JMException e) {
            return Optional.empty();
        }
    }
}
