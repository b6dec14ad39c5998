package dev.darkroom.worker;

import java.util.List;
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
        List<String> changes = WorkerSetup.initialise(options.load());
        changes.forEach(System.out::println);
        if (changes.isEmpty()) {
            System.out.println("Nothing to do: everything is there");
        }
        return 0;
    }
}
