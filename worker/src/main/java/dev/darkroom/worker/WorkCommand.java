package dev.darkroom.worker;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "work",
        mixinStandardHelpOptions = true,
        description = "Takes jobs until it is stopped (SIGTERM: finishes or hands back what it holds).")
final class WorkCommand implements Callable<Integer> {
    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(
            names = "--exit-when-idle",
            paramLabel = "DURATION",
            description = "End after this long without a job, e.g. PT30S; for batch pods.")
    private @Nullable Duration exitWhenIdle;

    @Override
    public Integer call() throws Exception {
        try (Worker worker = Worker.start(options.load())) {
            TerminationSignals.handle(number -> worker.stop());
            worker.awaitEnd(Optional.ofNullable(exitWhenIdle));
        }
        return 0;
    }
}
