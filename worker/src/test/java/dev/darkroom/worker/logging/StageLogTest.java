package dev.darkroom.worker.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.darkroom.event.FailureCode;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.TraceContext;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class StageLogTest {
    private static final Logger LOG = (Logger) LoggerFactory.getLogger(StageLog.LOGGER);

    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final AtomicLong nanos = new AtomicLong();
    private final JobLog mark = new JobLog(TraceContext.NONE);

    @BeforeEach
    void listen() {
        lines.start();
        LOG.addAppender(lines);
        LOG.setLevel(Level.INFO);
    }

    @AfterEach
    void stopListening() {
        LOG.detachAppender(lines);
        LOG.setLevel(Level.OFF);
        mark.close();
    }

    private StageLog log() {
        return new StageLog(TraceContext.NONE, nanos::get);
    }

    private void pass(int millis) {
        nanos.addAndGet(millis * 1_000_000L);
    }

    private List<String> said() {
        return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void eachStageHasALineAndThoseOfThePicturesOneTogether() {
        StageLog log = log();
        pass(1);
        log.identified("job");
        for (String phase : List.of("prepare", "denoise", "decode", "encode", "decode", "encode", "upload", "upload")) {
            log.enters(phase);
            pass(10);
        }
        log.enters("settle");
        pass(5);
        log.ended(new JobEvent.Cancelled("job", 1, Optional.empty(), 3), Optional.empty());
        log.close();

        assertThat(said())
                .containsExactly(
                        "taken in 1 ms",
                        "prepared in 10 ms",
                        "denoised in 10 ms",
                        "decoded in 20 ms",
                        "encoded in 20 ms",
                        "uploaded in 20 ms",
                        "settled: cancelled");
        assertThat(lines.list)
                .allSatisfy(line -> assertThat(line.getKeyValuePairs())
                        .anySatisfy(
                                pair -> assertThat(pair.key + "=" + pair.value).isEqualTo("job=job")));
        assertThat(lines.list.get(6).getKeyValuePairs())
                .anySatisfy(pair -> assertThat(pair.key + "=" + pair.value).isEqualTo("ms=5"));
    }

    @Test
    void aRecordThatIsNoJobIsTakenAndSettled() {
        StageLog log = log();
        log.enters("settle");
        log.ended(
                new JobEvent.Failed("unreadable-1", 1, Optional.empty(), FailureCode.INVALID_JOB, "no"),
                Optional.of(FailureCode.INVALID_JOB));
        log.close();
        assertThat(said()).containsExactly("taken in 0 ms", "settled: failed");
    }

    @Test
    void aJobThatGoesElsewhereIsSettledOnce() {
        StageLog log = log();
        log.enters("prepare");
        log.leaseLost();
        log.handedBack();
        log.enters("denoise");
        log.close();
        assertThat(said()).containsExactly("taken in 0 ms", "prepared in 0 ms", "settled: lost");
    }
}
