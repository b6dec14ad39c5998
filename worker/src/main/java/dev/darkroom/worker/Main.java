package dev.darkroom.worker;

import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry point: {@code java -jar darkroom-worker.jar <command>}. Exit codes: 0 done, 1 failed, 2 wrong use. */
@Command(
        name = "darkroom",
        description = "Turns prompts on a Kafka topic into pictures in an S3 bucket.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            WorkCommand.class,
            GenerateCommand.class,
            SubmitCommand.class,
            WatchCommand.class,
            CancelCommand.class,
            InitCommand.class,
            ModelsCommand.class,
            DeadLettersCommand.class,
            LagCommand.class,
            BenchCommand.class,
            ConfigCommand.class
        })
public final class Main {
    /** What a shell makes of a process that a signal ended: this plus the signal's number. */
    private static final int SIGNALLED = 128;

    private Main() {}

    public static void main(String[] args) {
        TerminationSignals.handle(number -> Runtime.getRuntime().halt(SIGNALLED + number));
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(new WrongUse())
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr().println(message(failure));
                    LoggerFactory.getLogger(Main.class).debug("The command failed", failure);
                    return exitCode(failure);
                });
    }

    private static int exitCode(Exception failure) {
        return failure instanceof dev.darkroom.worker.config.ConfigException
                ? CommandLine.ExitCode.USAGE
                : CommandLine.ExitCode.SOFTWARE;
    }

    private static String message(Exception failure) {
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }

    /** The version of this build; {@code dev} when it runs from classes that were not packaged. */
    static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "dev" : version;
    }

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"darkroom " + version()};
        }
    }
}
