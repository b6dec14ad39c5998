package dev.darkroom.worker;

import dev.darkroom.worker.config.WorkerConfig;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "init",
        mixinStandardHelpOptions = true,
        description = "Creates topics, group settings and bucket; run again, it changes nothing.")
final class InitCommand implements Callable<Integer> {
    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Override
    public Integer call() throws Exception {
        WorkerConfig config = options.load();
        Worker.initialise(config);
        return 0;
    }
}
