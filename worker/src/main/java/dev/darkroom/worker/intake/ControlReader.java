package dev.darkroom.worker.intake;

import dev.darkroom.job.InvalidCancelRequestException;
import dev.darkroom.json.CancelCodec;
import dev.darkroom.worker.config.KafkaConfig;
import java.time.Duration;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the cancel requests of the control topic to this worker, all of them, on a thread of its own. Nothing that is in
 * the topic, or happens to it or to the brokers, ends the thread: what cannot be read as a request is passed over with a
 * warning, and after a failure the topic is read from its beginning again, which changes nothing that is known.
 */
public final class ControlReader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlReader.class);

    private static final Duration TOPIC_CHECK = Duration.ofSeconds(10);
    private static final Duration WARNING_INTERVAL = Duration.ofMinutes(1);
    private static final int FETCH_BYTES = 4 << 20;

    private final String name;
    private final CancelRequests requests;
    private final TopicFollower follower;
    private final CatchUp catchUp = new CatchUp();
    private final SeldomWarning skipped = new SeldomWarning(LOG::warn, WARNING_INTERVAL, System::nanoTime);

    private ControlReader(KafkaConfig kafka, String clientId, CancelRequests requests, Duration topicCheck) {
        this.name = kafka.topics().control();
        this.requests = requests;
        TopicReader.Scope all = new TopicReader.Scope(Set.of(name), Long.MAX_VALUE, FETCH_BYTES);
        this.follower = new TopicFollower(
                "control",
                "Cancel requests in " + name,
                () -> TopicReader.open(kafka, clientId + "-control", all, topicCheck),
                this::read);
    }

    /** Starts to read; whether that goes well shows in {@link #awaitReady}. */
    public static ControlReader start(KafkaConfig kafka, String clientId, CancelRequests requests) {
        return start(kafka, clientId, requests, TOPIC_CHECK);
    }

    /** The same with another interval for noticing a topic that has got partitions or was made anew. */
    static ControlReader start(KafkaConfig kafka, String clientId, CancelRequests requests, Duration topicCheck) {
        ControlReader reader = new ControlReader(kafka, clientId, requests, topicCheck);
        reader.follower.start();
        return reader;
    }

    /**
     * Waits until every request that was in the topic at the start is known: no job may be taken before. However long that
     * takes, it is waited for while there is progress, with a line in the log now and then.
     *
     * @param limit how long nothing may come of it
     * @throws IntakeException when nothing was read for that long
     */
    public void awaitReady(Duration limit) throws IntakeException {
        boolean ready = catchUp.await(
                limit, read -> LOG.info("Cancel requests in {} are read before the first job: {} so far", name, read));
        if (!ready) {
            throw new IntakeException("Of the cancel requests in " + name + " (setting kafka.topics.control), which a"
                    + " worker must know before its first job, none could be read for " + limit + ", "
                    + catchUp.records() + " before that: " + follower.lastFailure());
        }
    }

    /** An old request that was taken back later in the topic must cancel nothing when it is read another time. */
    private void read(TopicReader topic) {
        CancelRequests old = new CancelRequests();
        boolean caughtUp = false;
        while (!follower.isClosing() && !topic.hasChanged()) {
            for (ConsumerRecord<byte[], byte[]> record : topic.poll()) {
                take(record, caughtUp ? requests : old);
                catchUp.read();
            }
            if (!caughtUp && topic.isCaughtUp()) {
                caughtUp = true;
                old.all().forEach(requests::add);
                old = new CancelRequests();
                catchUp.complete();
            }
        }
    }

    private void take(ConsumerRecord<byte[], byte[]> record, CancelRequests into) {
        try {
            if (record.value() == null) {
                String jobId = CancelCodec.jobId(record.key());
                into.takeBack(jobId);
                requests.takeBack(jobId);
            } else {
                into.add(CancelCodec.decode(record.key(), record.value()));
            }
        } catch (InvalidCancelRequestException e) {
            String position = record.topic() + "-" + record.partition() + "@" + record.offset();
            skipped.warn("No cancel request at " + position + ", passed over: " + e.getMessage());
        }
    }

    /** Ends the thread and its connections; what it brought stays. */
    @Override
    public void close() {
        follower.close();
    }
}
