package dev.darkroom.worker;

import dev.darkroom.client.EventStream;
import dev.darkroom.client.JobClient;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "watch",
        mixinStandardHelpOptions = true,
        description = "Follows a job's events until it has ended; exit code 1 if it did not complete.")
final class WatchCommand implements Callable<Integer> {
    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Parameters(paramLabel = "JOB_ID")
    @SuppressWarnings("NullAway.Init") // required: picocli sets it before the command runs
    private String jobId;

    @Option(names = "--json", description = "One JSON line for each event.")
    private boolean json;

    @Option(names = "--timeout", paramLabel = "DURATION", description = "Default: ${DEFAULT-VALUE}.")
    private Duration timeout = Duration.ofMinutes(10);

    @Override
    public Integer call() throws Exception {
        try (JobClient client = SubmitCommand.client(config.load().kafka());
                EventStream events = client.watch(jobId)) {
            return new EventDisplay(System.out, json).follow(events, jobId, timeout);
        }
    }
}
