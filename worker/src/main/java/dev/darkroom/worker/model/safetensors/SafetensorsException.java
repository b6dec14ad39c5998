package dev.darkroom.worker.model.safetensors;

import java.io.IOException;

/** A file breaks the rules of the safetensors format. The message names the file and, where there is one, the tensor. */
public final class SafetensorsException extends IOException {
    private static final long serialVersionUID = 1L;

    SafetensorsException(String message) {
        super(message);
    }

    SafetensorsException(String message, Throwable cause) {
        super(message, cause);
    }
}
