package dev.darkroom.worker;

import dev.darkroom.client.EventStream;
import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.JobEvent;
import dev.darkroom.json.EventCodec;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/** Shows a job's events as they come: for people, or one JSON line for each. */
final class EventDisplay {
    private final PrintStream out;
    private final boolean json;
    private final ProgressDisplay progress;

    EventDisplay(PrintStream out, boolean json) {
        this.out = out;
        this.json = json;
        this.progress = new ProgressDisplay(out);
    }

    /** Shows all until the job has ended; returns the exit code, 0 if it completed. */
    int follow(EventStream events, String jobId, Duration timeout) throws InterruptedException {
        Optional<CloudEvent> end = events.awaitTerminal(timeout, this::show);
        if (end.isEmpty()) {
            progress.line("Job " + jobId + " has not ended within " + timeout);
            return 1;
        }
        return end.get().event() instanceof JobEvent.Completed ? 0 : 1;
    }

    private void show(CloudEvent published) {
        JobEvent event = published.event();
        if (json) {
            String data = new String(EventCodec.encode(event), StandardCharsets.UTF_8);
            out.println(
                    "{\"type\":\"" + event.type() + "\",\"time\":\"" + published.time() + "\",\"data\":" + data + "}");
        } else if (event instanceof JobEvent.Progress step) {
            progress.show(event.jobId(), step.step(), step.steps());
        } else {
            progress.line(event.jobId() + ": " + event.accept(new EventText()));
        }
    }
}
