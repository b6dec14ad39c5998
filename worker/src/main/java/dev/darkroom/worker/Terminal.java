package dev.darkroom.worker;

import java.io.Console;
import org.jspecify.annotations.Nullable;

/** Whether someone watches. */
final class Terminal {
    private Terminal() {}

    /** True if both input and output of this process are a terminal. */
    @SuppressWarnings(
            "SystemConsoleNull") // null up to JDK 21; from 22 on there is isTerminal(), which 17 does not know
    static boolean isAttached() {
        @Nullable Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (Boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException e) {
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }
}
