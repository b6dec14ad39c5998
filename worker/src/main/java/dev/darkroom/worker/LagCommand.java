package dev.darkroom.worker;

import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.lag.LagExporter;
import java.time.Clock;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "lag",
        mixinStandardHelpOptions = true,
        description = {
            "Tells how much work waits, in seconds of a worker, and how many workers it takes (/lag, /metrics on the"
                    + " admin port), until it is stopped. Needs Kafka and nothing else."
        })
final class LagCommand implements Callable<Integer> {
    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Override
    public Integer call() throws Exception {
        WorkerConfig config = options.load();
        try (LagExporter exporter = LagExporter.start(config, Clock.systemUTC())) {
            TerminationSignals.handle(number -> exporter.stop());
            exporter.awaitStop();
        }
        return 0;
    }
}
