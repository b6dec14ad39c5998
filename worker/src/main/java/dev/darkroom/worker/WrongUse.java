package dev.darkroom.worker;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Says what is wrong with a command line, and how it is meant. What was given with {@code --set} may be a secret: its key
 * is repeated and its value is not.
 */
final class WrongUse implements IParameterExceptionHandler {
    private static final String SET = "--set";

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
        for (int i = 0; i < arguments.length; i++) {
            boolean named = arguments[i].startsWith(SET + "=");
            if (named || (i > 0 && arguments[i - 1].equals(SET))) {
                String given = named ? arguments[i].substring(SET.length() + 1) : arguments[i];
                int equals = given.indexOf('=');
                if (equals > 0) {
                    masked = masked.replace(given, given.substring(0, equals + 1) + "********");
                }
            }
        }
        return masked;
    }
}
