package dev.darkroom.worker;

import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.storage.InMemoryResultStore;
import dev.darkroom.worker.storage.ResultStore;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** A worker whose model takes no processor time. Arguments: a UNet call's time, the bucket, then settings, {@code key=value}. */
final class InstantWorkerMain {
    static final String REAL_BUCKET = "s3";
    static final String NO_BUCKET = "memory";

    private InstantWorkerMain() {}

    public static void main(String[] args) throws Exception {
        WorkerConfig config = ConfigLoader.load(
                Optional.empty(), System.getenv(), settings(List.of(args).subList(2, args.length)), "worker");
        InstantModel.Loader loader = new InstantModel.Loader(Duration.parse(args[0]));
        UnaryOperator<ResultStore> bucket =
                args[1].equals(NO_BUCKET) ? InstantWorkerMain::inMemory : UnaryOperator.identity();
        WorkerParts parts =
                new WorkerParts(device -> loader, bucket, WorkerParts.REAL.events(), WorkerParts.REAL.source());
        try (Worker worker = Worker.start(config, parts)) {
            TerminationSignals.handle(number -> worker.stop());
            worker.awaitEnd(Optional.empty());
        }
    }

    private static ResultStore inMemory(ResultStore real) {
        real.close();
        return new InMemoryResultStore("darkroom");
    }

    static Map<String, String> settings(List<String> arguments) {
        Map<String, String> settings = new HashMap<>();
        for (String argument : arguments) {
            String[] setting = argument.split("=", 2);
            settings.put(setting[0], setting[1]);
        }
        return settings;
    }
}
