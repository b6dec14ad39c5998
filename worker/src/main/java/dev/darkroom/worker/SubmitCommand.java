package dev.darkroom.worker;

import dev.darkroom.client.EventStream;
import dev.darkroom.client.JobClient;
import dev.darkroom.client.Lane;
import dev.darkroom.client.Submission;
import dev.darkroom.client.Topics;
import dev.darkroom.event.TraceContext;
import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.GivenImage;
import dev.darkroom.worker.config.KafkaConfig;
import dev.darkroom.worker.config.TopicsConfig;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.intake.ClusterAdmin;
import dev.darkroom.worker.intake.IntakeException;
import dev.darkroom.worker.tracing.Sending;
import dev.darkroom.worker.tracing.Traces;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "submit",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Sends a job and prints its id.")
final class SubmitCommand implements Callable<Integer> {
    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Mixin
    private PictureOptions picture = new PictureOptions();

    @Option(
            names = "--image",
            paramLabel = "KEY",
            description = "Key of the picture in the bucket that the pictures begin with.")
    private @Nullable String image;

    @Option(
            names = "--mask-image",
            paramLabel = "KEY",
            description = "Key of a picture that is white where --image is made anew.")
    private @Nullable String maskImage;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec command;

    @Option(names = "--id", description = "Makes a repetition the same job. Default: a new one.")
    private @Nullable String id;

    @Option(names = "--model", description = "Default: the worker's default model.")
    private @Nullable String model;

    @Option(
            names = "--lane",
            description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.",
            completionCandidates = LaneLabels.class,
            defaultValue = "normal")
    private Lane lane = Lane.NORMAL;

    @Option(names = "--watch", description = "Follows the job until it has ended.")
    private boolean watch;

    @Option(names = "--json", description = "With --watch: one JSON line for each event.")
    private boolean json;

    @Option(names = "--timeout", paramLabel = "DURATION", description = "With --watch. Default: ${DEFAULT-VALUE}.")
    private Duration timeout = Duration.ofMinutes(10);

    /** The lanes as they are written everywhere else. */
    private static final class LaneLabels extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        LaneLabels() {
            super(Stream.of(Lane.values()).map(Lane::label).toList());
        }
    }

    @Override
    public Integer call() throws Exception {
        GenerationJob job =
                picture.job(id == null ? UUID.randomUUID().toString() : id, Optional.ofNullable(model), given());
        WorkerConfig settings = config.load();
        try (JobClient client = client(settings.kafka())) {
            Map<String, String> environment = System.getenv();
            Optional<Traces> traces =
                    Traces.open(environment, settings.workerId(), Main.version(), InstantSource.system());
            try {
                return tell(client, submit(client, settings.kafka().topics(), job, lane, traces, caller(environment)));
            } finally {
                // A collector that is silent takes seconds of this: whoever waits for the id has it by now.
                traces.ifPresent(Traces::close);
            }
        }
    }

    /** Prints the job's id, or its events to the end. */
    private int tell(JobClient client, Submission submission) throws Exception {
        if (!watch) {
            System.out.println(submission.jobId());
            return 0;
        }
        try (EventStream events = client.watch(submission)) {
            return new EventDisplay(System.out, json).follow(events, submission.jobId(), timeout);
        }
    }

    private Optional<GivenImage> given() {
        if (image == null && maskImage != null) {
            throw new ParameterException(command.commandLine(), "--mask-image is of a picture: it needs --image");
        }
        try {
            return Optional.ofNullable(image)
                    .map(GivenImage::of)
                    .map(given -> maskImage == null ? given : given.withMask(maskImage));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private static TraceContext caller(Map<String, String> environment) {
        return TraceContext.of(
                bytes(environment, TraceContext.TRACEPARENT), bytes(environment, TraceContext.TRACESTATE));
    }

    /** A variable with the name of a header in capitals: whoever starts a process names its trace so. */
    private static Optional<byte[]> bytes(Map<String, String> environment, String header) {
        return Optional.ofNullable(environment.get(header.toUpperCase(Locale.ROOT)))
                .map(value -> value.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Sends a job, with a span for that if there are spans.
     *
     * @param caller the trace that the job belongs to, if any
     */
    static Submission submit(
            JobClient client,
            TopicsConfig topics,
            GenerationJob job,
            Lane lane,
            Optional<Traces> traces,
            TraceContext caller)
            throws InterruptedException {
        if (traces.isEmpty()) {
            return client.submit(job, lane, caller);
        }
        try (Sending sending = traces.get().send(topics.jobs(lane), job.id(), caller)) {
            try {
                return client.submit(job, lane, sending.trace());
            } catch (RuntimeException | InterruptedException e) {
                sending.failed(e);
                throw e;
            }
        }
    }

    /** Looks first whether Kafka is there, so that its absence is told soon and by the setting's name. */
    static JobClient client(KafkaConfig kafka) throws IntakeException {
        ClusterAdmin.connect(kafka).close();
        return JobClient.create(kafka.clientProperties(), topics(kafka.topics()));
    }

    /** The topics as clients know them. */
    static Topics topics(TopicsConfig topics) {
        return new Topics(topics.jobs(), topics.jobsHigh(), topics.jobsLow(), topics.events(), topics.control());
    }
}
