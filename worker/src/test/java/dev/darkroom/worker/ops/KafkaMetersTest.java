package dev.darkroom.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.Attribute;
import javax.management.AttributeList;
import javax.management.AttributeNotFoundException;
import javax.management.DynamicMBean;
import javax.management.JMException;
import javax.management.MBeanInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KafkaMetersTest {
    private static final MBeanServer BEANS = ManagementFactory.getPlatformMBeanServer();

    private final WorkerMetrics metrics = new WorkerMetrics("1");

    private final List<Client> clients = new ArrayList<>();

    @AfterEach
    void close() throws JMException {
        for (Client client : clients) {
            client.close();
        }
        metrics.close();
    }

    /** What a client has of itself. */
    private record Client(ObjectName name, Map<String, Double> numbers) implements DynamicMBean {
        @Override
        public Object getAttribute(String attribute) throws AttributeNotFoundException {
            Double number = numbers.get(attribute);
            if (number == null) {
                throw new AttributeNotFoundException(attribute);
            }
            return number;
        }

        @Override
        public void setAttribute(Attribute attribute) throws AttributeNotFoundException {
            throw new AttributeNotFoundException(attribute.getName());
        }

        @Override
        public AttributeList getAttributes(String[] attributes) {
            return new AttributeList();
        }

        @Override
        public AttributeList setAttributes(AttributeList attributes) {
            return new AttributeList();
        }

        @Override
        public Object invoke(String action, Object[] parameters, String[] signature) {
            throw new UnsupportedOperationException(action);
        }

        @Override
        public MBeanInfo getMBeanInfo() {
            return new MBeanInfo(Client.class.getName(), "A client of this test", null, null, null, null);
        }

        void close() throws JMException {
            if (BEANS.isRegistered(name)) {
                BEANS.unregisterMBean(name);
            }
        }
    }

    private Client open(String type, String id, Map<String, Double> numbers) throws JMException {
        Client client = new Client(new ObjectName(type + ",client-id=KafkaMetersTest-" + id), numbers);
        BEANS.registerMBean(client, client.name());
        clients.add(client);
        return client;
    }

    private Client producer(String id, double records) throws JMException {
        return open("kafka.producer:type=producer-metrics", id, Map.of("record-send-total", records));
    }

    private double scraped(String metric) {
        Matcher matcher =
                Pattern.compile("(?m)^" + metric + " (\\S+)$").matcher(metrics.scrape(WorkerMetrics.PROMETHEUS));
        assertThat(matcher.find()).as(metric).isTrue();
        return Double.parseDouble(matcher.group(1));
    }

    @Test
    void whatAClientHasCountedStaysWhenItIsClosed() throws Exception {
        String records = "kafka_producer_records_total";
        double others = scraped(records);
        producer("stays", 5);
        Client goes = producer("goes", 100);
        assertThat(scraped(records)).isEqualTo(others + 105);
        goes.close();
        assertThat(scraped(records)).isEqualTo(others + 105);
        Client again = producer("goes", 3);
        assertThat(scraped(records)).isEqualTo(others + 108);
        again.close();
        assertThat(scraped(records)).isEqualTo(others + 108);
    }
}
