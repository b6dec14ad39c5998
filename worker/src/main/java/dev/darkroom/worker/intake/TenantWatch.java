package dev.darkroom.worker.intake;

import dev.darkroom.worker.config.KafkaConfig;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;

/**
 * Reads the lanes ahead of the workers, to know whose jobs wait behind one that arrives. It begins when the first job
 * arrives that names a tenant; nobody else pays for it. Then it reads whatever comes into the lanes, and of what is there
 * already the last {@value #SPAN} records of each partition.
 *
 * <p>It knows where each tenant's last job lies, for at most {@value #MOST_OF_A_PARTITION} tenants in a partition and {@value
 * #MOST_TENANTS} in all. A tenant is missed whose last job lies before that span, or was forgotten for want of room, or has not been read yet.
 * Thread-safe.
 */
public final class TenantWatch implements AutoCloseable {
    private static final int SPAN = 10_000;
    private static final int MOST_TENANTS = 20_000;

    private static final int MOST_OF_A_PARTITION = 1_000;
    private static final Duration TOPIC_CHECK = Duration.ofSeconds(10);
    private static final int FETCH_BYTES = 1 << 20;

    private final Map<TopicPartition, LastJobs> lastJobs = new ConcurrentHashMap<>();
    private final AtomicBoolean started = new AtomicBoolean();
    private final TopicFollower follower;

    /**
     * A watch that reads nothing yet.
     *
     * @param clientId names its clients at the broker
     */
    public TenantWatch(KafkaConfig kafka, String clientId) {
        this(kafka, clientId, TOPIC_CHECK);
    }

    /** The same with another interval for noticing a topic that has got partitions or was made anew. */
    TenantWatch(KafkaConfig kafka, String clientId, Duration topicCheck) {
        Set<String> lanes = Set.copyOf(kafka.topics().lanes().values());
        TopicReader.Scope scope = new TopicReader.Scope(lanes, SPAN, FETCH_BYTES);
        this.follower = new TopicFollower(
                "tenant-watch",
                "The tenants of the jobs in " + lanes,
                () -> TopicReader.open(kafka, clientId + "-tenants", scope, topicCheck),
                this::read);
    }

    /**
     * The other tenants that have a job behind this one in its partition, as far as is known. It may have been taken in the
     * meantime. Does not wait.
     *
     * @param tenant the job's own
     */
    public Set<Tenant> behind(JobRecord job, Tenant tenant) {
        if (!tenant.equals(Tenant.NONE) && started.compareAndSet(false, true)) {
            follower.start();
        }
        LastJobs partition = lastJobs.get(new TopicPartition(job.topic(), job.partition()));
        Set<Tenant> behind = partition == null ? new HashSet<>() : partition.behind(job.offset());
        behind.remove(tenant);
        return behind;
    }

    /** A topic that was made anew begins at offset 0 again: what was known says nothing of it. */
    private void read(TopicReader topics) {
        lastJobs.clear();
        int most = Math.max(1, Math.min(MOST_OF_A_PARTITION, MOST_TENANTS / topics.partitions()));
        while (!follower.isClosing() && !topics.hasChanged()) {
            for (ConsumerRecord<byte[], byte[]> record : topics.poll()) {
                lastJobs.computeIfAbsent(
                                new TopicPartition(record.topic(), record.partition()), partition -> new LastJobs(most))
                        .add(tenant(record), record.offset());
            }
        }
    }

    /** Without a warning for one that cannot be read: whoever takes the job warns. */
    private static Tenant tenant(ConsumerRecord<byte[], byte[]> record) {
        return Optional.ofNullable(record.headers().lastHeader(Tenant.HEADER))
                .map(Header::value)
                .flatMap(Tenant::parse)
                .orElse(Tenant.NONE);
    }

    /** Ends the reading; what is known stays. Idempotent. */
    @Override
    public void close() {
        follower.close();
    }
}
