package dev.darkroom.worker;

import java.util.List;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry point: {@code java -jar darkroom-worker.jar <command>}. Exit codes: 0 done, 1 failed, 2 wrong use. */
@Command(
        name = "darkroom",
        description = "Turns prompts on a Kafka topic into pictures in an S3 bucket.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        synopsisSubcommandLabel = "COMMAND")
public final class Main {
    /** What a shell makes of a process that a signal ended: this plus the signal's number. */
    private static final int SIGNALLED = 128;

    /** In the order of the help. */
    private static final List<String> COMMANDS = List.of(
            "work",
            "generate",
            "submit",
            "watch",
            "cancel",
            "init",
            "models",
            "dead-letters",
            "lag",
            "bench",
            "config");

    private Main() {}

    public static void main(String[] args) {
        TerminationSignals.handle(number -> Runtime.getRuntime().halt(SIGNALLED + number));
        System.exit(commandLine(args).execute(args));
    }

    /**
     * What reads a command line: with the command that it begins with, and with all of them where it begins with none. What
     * picocli knows of a command stays in memory, and the exporter's is to be small.
     */
    static CommandLine commandLine(String... args) {
        CommandLine line = new CommandLine(new Main());
        List<String> asked = args.length > 0 && COMMANDS.contains(args[0]) ? List.of(args[0]) : COMMANDS;
        asked.forEach(name -> line.addSubcommand(command(name)));
        return line.setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(new WrongUse())
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr().println(message(failure));
                    LoggerFactory.getLogger(Main.class).debug("The command failed", failure);
                    return exitCode(failure);
                });
    }

    /** By name, so that the classes of the others are not even loaded. */
    private static Object command(String name) {
        return switch (name) {
            case "work" -> new WorkCommand();
            case "generate" -> new GenerateCommand();
            case "submit" -> new SubmitCommand();
            case "watch" -> new WatchCommand();
            case "cancel" -> new CancelCommand();
            case "init" -> new InitCommand();
            case "models" -> new ModelsCommand();
            case "dead-letters" -> new DeadLettersCommand();
            case "lag" -> new LagCommand();
            case "bench" -> new BenchCommand();
            case "config" -> new ConfigCommand();
            default -> throw new IllegalArgumentException("No command: " + name);
        };
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
