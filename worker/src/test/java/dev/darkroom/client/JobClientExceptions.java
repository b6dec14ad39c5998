package dev.darkroom.client;

import java.io.IOException;

/** Failures of a client for those who handle them. */
public final class JobClientExceptions {
    private JobClientExceptions() {}

    public static JobClientException of(String message) {
        return new JobClientException(message, new IOException(message));
    }
}
