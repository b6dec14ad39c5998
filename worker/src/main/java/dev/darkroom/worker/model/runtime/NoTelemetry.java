package dev.darkroom.worker.model.runtime;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Platform;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps ONNX Runtime from reporting to its maker. Since 1.29 its builds for Linux and macOS collect events, keep them
 * in a database below the home directory and send them off; and they crash the process at start if its command line is
 * longer than some 3,900 characters. Only an environment variable that the native library reads while it is loaded
 * turns that off, and Java cannot set one: the C library can.
 */
final class NoTelemetry {
    private static final Logger LOG = LoggerFactory.getLogger(NoTelemetry.class);
    private static final String VARIABLE = "ORT_DISABLE_TELEMETRY";

    /** The part of the C library that is needed here. */
    interface CLibrary extends Library {
        /** Sets a variable of this process's environment; 0 when done. */
        int setenv(String name, String value, int overwrite);
    }

    private NoTelemetry() {}

    /** To be called before the runtime's native library is loaded. */
    static void arrange() {
        if (Platform.isWindows() || System.getenv(VARIABLE) != null) {
            return; // the build for Windows writes to the system's own event log only
        }
        try {
            if (Native.load("c", CLibrary.class).setenv(VARIABLE, "1", 1) != 0) {
                LOG.warn("ONNX Runtime's telemetry stays on: set {}=1 in the environment", VARIABLE);
            }
        } catch (UnsatisfiedLinkError e) {
            LOG.warn("ONNX Runtime's telemetry stays on: set {}=1 in the environment ({})", VARIABLE, e.getMessage());
        }
    }
}
