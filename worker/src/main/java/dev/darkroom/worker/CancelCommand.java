package dev.darkroom.worker;

import dev.darkroom.client.JobClient;
import dev.darkroom.event.CloudEvent;
import dev.darkroom.event.JobEvent;
import dev.darkroom.job.CancelRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "cancel",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Asks that a job be cancelled, before or during its run; with --wait, exit code 1 if it was not.")
final class CancelCommand implements Callable<Integer> {
    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Parameters(paramLabel = "JOB_ID")
    @SuppressWarnings("NullAway.Init") // required: picocli sets it before the command runs
    private String jobId;

    @Option(names = "--reason", paramLabel = "TEXT", description = "For the operators.")
    private @Nullable String reason;

    @Option(
            names = "--wait",
            paramLabel = "DURATION",
            description = "Wait so long for the job's end, e.g. PT10S. Default: do not wait.")
    private @Nullable Duration wait;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before the command runs
    private CommandSpec command;

    @Override
    public Integer call() throws Exception {
        CancelRequest request = request();
        try (JobClient client = SubmitCommand.client(config.load().kafka())) {
            client.cancel(request.jobId(), request.reason());
            if (wait == null) {
                System.out.println(jobId + ": asked to be cancelled");
                return 0;
            }
            return tell(client.await(jobId, wait), wait);
        }
    }

    private CancelRequest request() {
        try {
            return new CancelRequest(jobId, Optional.ofNullable(reason));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private int tell(Optional<CloudEvent> end, Duration waited) {
        if (end.isEmpty()) {
            System.out.println(jobId + ": asked to be cancelled, has not ended within " + waited);
            return 1;
        }
        JobEvent event = end.get().event();
        System.out.println(jobId + ": " + event.accept(new EventText()));
        return event instanceof JobEvent.Cancelled ? 0 : 1;
    }
}
