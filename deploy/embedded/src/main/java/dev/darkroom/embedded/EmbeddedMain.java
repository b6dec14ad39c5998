package dev.darkroom.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The embedded stack as a program: prints the environment that points a worker at it, and stays until it is told to
 * stop. Exit code 0 after SIGTERM or SIGINT, 1 if it cannot start, 2 for a wrong option.
 */
@Command(
        name = "darkroom-embedded",
        mixinStandardHelpOptions = true,
        description = "A Kafka broker and an S3 server on the loopback address, until it is stopped."
                + " Prints the environment that points a worker at them.")
public final class EmbeddedMain implements Callable<Integer> {
    @Option(
            names = "--kafka-port",
            paramLabel = "PORT",
            defaultValue = "9092",
            description = "Port of the broker, 0 for a free one (default: ${DEFAULT-VALUE}).")
    private int kafkaPort;

    @Option(
            names = "--s3-port",
            paramLabel = "PORT",
            defaultValue = "9000",
            description = "Port of the S3 server, 0 for a free one (default: ${DEFAULT-VALUE}).")
    private int s3Port;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Directory that keeps topics and objects; without it all is gone at the end.")
    private Optional<Path> data = Optional.empty();

    @Option(
            names = "--until-input-ends",
            description = "Stops when its standard input ends, too: a parent that is killed leaves nothing behind.")
    private boolean untilInputEnds;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls
    private CommandSpec spec;

    private EmbeddedMain() {}

    public static void main(String[] args) {
        QuietLogging.install();
        System.exit(new CommandLine(new EmbeddedMain()).execute(args));
    }

    @Override
    public Integer call() throws InterruptedException, IOException {
        requirePort("--kafka-port", kafkaPort);
        requirePort("--s3-port", s3Port);
        EmbeddedStack.Builder builder =
                EmbeddedStack.builder().kafkaPort(kafkaPort).s3Port(s3Port);
        data.ifPresent(builder::data);
        EmbeddedStack stack;
        try {
            stack = builder.start();
        } catch (IOException e) {
            spec.commandLine().getErr().println(e.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(stack), "embedded-stop"));
        PrintWriter out = spec.commandLine().getOut();
        stack.environment().forEach((name, value) -> out.println(name + "=" + value));
        out.flush();
        if (untilInputEnds) {
            System.in.transferTo(OutputStream.nullOutputStream());
        } else {
            new CountDownLatch(1).await();
        }
        return CommandLine.ExitCode.OK;
    }

    private void requirePort(String option, int port) {
        if (port < 0 || port > 65535) {
            throw new CommandLine.ParameterException(spec.commandLine(), option + " must be 0 to 65535, not " + port);
        }
    }

    /** Runs as a shutdown hook; leaves by halting, because a JVM that a signal ended exits with the signal's number. */
    private static void stop(EmbeddedStack stack) {
        int exitCode = CommandLine.ExitCode.OK;
        try {
            stack.close();
        } catch (IOException e) {
            System.err.println(e.getMessage() + ": " + e.getCause());
            exitCode = CommandLine.ExitCode.SOFTWARE;
        }
        System.out.flush();
        Runtime.getRuntime().halt(exitCode);
    }
}
