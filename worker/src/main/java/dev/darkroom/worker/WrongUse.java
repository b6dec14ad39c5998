package dev.darkroom.worker;

import java.io.PrintWriter;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Says what is wrong with a command line, and how it is meant. What looks like a setting may be a secret: its key is
 * repeated and its value is not.
 */
final class WrongUse implements IParameterExceptionHandler {
    /** With the option's name in the same argument or not; any option's, for {@code --set} may be misspelt. */
    private static final Pattern SETTING =
            Pattern.compile("(?s)(?:--?[\\w-]+=)?(?<key>[\\w-]+(?:\\.[\\w-]+)+=)(?<value>.+)");

    @Override
    public int handleParseException(ParameterException failure, String[] arguments) {
        PrintWriter err = failure.getCommandLine().getErr();
        err.println(masked(String.valueOf(failure.getMessage()), arguments));
        if (!UnmatchedArgumentException.printSuggestions(failure, err)) {
            failure.getCommandLine().usage(err);
        }
        return CommandLine.ExitCode.USAGE;
    }

    static String masked(String message, String... arguments) {
        String masked = message;
        // The longest first: one may be the beginning of another.
        for (String argument : Stream.of(arguments)
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList()) {
            Matcher setting = SETTING.matcher(argument);
            if (setting.matches()) {
                String key = setting.group("key");
                masked = masked.replace(key + setting.group("value"), key + "********");
            }
        }
        return masked;
    }
}
