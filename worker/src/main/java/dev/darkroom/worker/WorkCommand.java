package dev.darkroom.worker;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "work",
        mixinStandardHelpOptions = true,
        description = "Takes jobs until it is stopped (SIGTERM: finishes or hands back what it holds).")
final class WorkCommand implements Callable<Integer> {
    private static final Logger log = LoggerFactory.getLogger(WorkCommand.class);

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
            logReady();
            worker.awaitEnd(Optional.ofNullable(exitWhenIdle));
        }
        return 0;
    }

    /** What a start takes, on the clock and of processors, where the system tells. */
    private static void logReady() {
        Duration clock = Duration.ofMillis(ManagementFactory.getRuntimeMXBean().getUptime());
        Optional<Duration> processors = ProcessHandle.current().info().totalCpuDuration();
        log.info(
                "Ready {} after the start of the JVM{}",
                seconds(clock),
                processors
                        .map(time -> ", with " + seconds(time) + " of processor time")
                        .orElse(""));
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.2f s", time.toMillis() / 1e3);
    }
}
