package dev.darkroom.worker;

import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads from the command line, in milliseconds, how far away a bucket is. */
final class BucketLatencyConverter implements ITypeConverter<Duration> {
    private static final int MOST = 10_000;

    @Override
    public Duration convert(String text) {
        try {
            int millis = Integer.parseInt(text);
            if (millis >= 0 && millis <= MOST) {
                return Duration.ofMillis(millis);
            }
        } catch (NumberFormatException e) {
            // told below, as numbers out of the range are
        }
        throw new TypeConversionException("must be 0 to " + MOST + " milliseconds, not \"" + text + "\"");
    }
}
