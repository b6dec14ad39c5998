package dev.darkroom.worker;

import dev.darkroom.worker.chaos.ChaosModel;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.WorkerConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** A worker in a process of its own, configured by the environment, whose models take a millisecond a step. */
public final class ChaosWorkerMain {
    private ChaosWorkerMain() {}

    /**
     * Works until SIGTERM, as {@code work} does.
     *
     * @param arguments the folder in which models note what they failed at
     */
    public static void main(String[] arguments) {
        int code = 0;
        try {
            work(Path.of(arguments[0]));
        } catch (Exception e) {
            System.err.println("The worker ends: " + e);
            code = 1;
        }
        System.exit(code);
    }

    private static void work(Path notes) throws Exception {
        WorkerConfig config =
                ConfigLoader.load(Optional.empty(), System.getenv(), Map.of(), ConfigLoader.processName());
        WorkerParts parts = new WorkerParts(
                device -> new ChaosModel.Loader(notes),
                UnaryOperator.identity(),
                UnaryOperator.identity(),
                UnaryOperator.identity());
        try (Worker worker = Worker.start(config, parts)) {
            TerminationSignals.handle(number -> worker.stop());
            worker.awaitEnd(Optional.empty());
        }
    }
}
