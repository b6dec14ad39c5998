package dev.darkroom.worker.ops;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.stream.DoubleStream;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/**
 * What Kafka's clients in this process say of themselves, through their own beans: each number added up over the clients,
 * for a label for each of them would be one for each slot. Stateless; read when it is asked for.
 */
final class KafkaMeters {
    private static final MBeanServer BEANS = ManagementFactory.getPlatformMBeanServer();

    /** A number that each client of a kind has. */
    private record Attribute(String metric, String description, List<String> beans, String name) {}

    private static final String PRODUCERS = "kafka.producer:type=producer-metrics,client-id=*";
    private static final String CONSUMERS = "kafka.consumer:type=consumer-metrics,client-id=*";
    private static final String ADMINS = "kafka.admin.client:type=admin-client-metrics,client-id=*";

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
                    List.of(PRODUCERS, CONSUMERS, ADMINS),
                    "failed-authentication-total"));

    private static final Attribute CONNECTIONS = new Attribute(
            "kafka.connections", "Connections to brokers", List.of(PRODUCERS, CONSUMERS, ADMINS), "connection-count");

    private KafkaMeters() {}

    private static Attribute producer(String metric, String description, String name) {
        return new Attribute(metric, description, List.of(PRODUCERS), name);
    }

    /** The registry holds on to no object that a number is of: these are held here. */
    static void bind(MeterRegistry registry) {
        for (Attribute counter : COUNTERS) {
            FunctionCounter.builder(counter.metric(), counter, KafkaMeters::sum)
                    .description(counter.description())
                    .register(registry);
        }
        Gauge.builder(CONNECTIONS.metric(), CONNECTIONS, KafkaMeters::sum)
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

    private static double sum(Attribute attribute) {
        return attribute.beans().stream()
                .flatMap(pattern -> BEANS.queryNames(name(pattern), null).stream())
                .flatMapToDouble(bean -> value(bean, attribute.name()))
                .sum();
    }

    /** Nothing for a client that has closed meanwhile, or has no such number. */
    private static DoubleStream value(ObjectName bean, String attribute) {
        try {
            return BEANS.getAttribute(bean, attribute) instanceof Number number && Double.isFinite(number.doubleValue())
                    ? DoubleStream.of(number.doubleValue())
                    : DoubleStream.empty();
        } catch (JMException e) {
            return DoubleStream.empty();
        }
    }
}
