package dev.darkroom.embedded;

import java.io.Console;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;

/** Shows how far a job is: a bar that grows in place on a terminal, a line for each report elsewhere. */
sealed interface ProgressDisplay {
    /** One report of a job: {@code step} of {@code steps} are done. */
    void show(String jobId, int step, int steps);

    /** A line that stays; it replaces a bar. */
    void line(String text);

    /** The display that suits where standard output goes. */
    static ProgressDisplay on(PrintWriter out) {
        return isTerminal() ? new Bar(out) : new Lines(out);
    }

    private static boolean isTerminal() {
        Optional<Console> console = Optional.ofNullable(System.console());
        boolean cursorMoves = !"dumb".equals(System.getenv().getOrDefault("TERM", "dumb"));
        return cursorMoves && console.isPresent() && isTerminal(console.get());
    }

    /** Some newer JDKs have a console also where there is no terminal, and a method that tells. */
    private static boolean isTerminal(Console console) {
        try {
            return (Boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException e) {
            return true;
        }
    }

    /** For files, pipes and build logs. */
    record Lines(PrintWriter out) implements ProgressDisplay {
        @Override
        public void show(String jobId, int step, int steps) {
            out.println(jobId + ": step " + step + " of " + steps);
        }

        @Override
        public void line(String text) {
            out.println(text);
        }
    }

    /** For a terminal: every report overwrites the one before. */
    record Bar(PrintWriter out) implements ProgressDisplay {
        private static final int WIDTH = 40;
        private static final String ERASE_LINE = "\r\u001b[K";

        @Override
        public void show(String jobId, int step, int steps) {
            int filled = steps > 0 ? Math.min(WIDTH, WIDTH * step / steps) : 0;
            String bar = "#".repeat(filled) + "-".repeat(WIDTH - filled);
            out.print(String.format(Locale.ROOT, "%s%s: [%s] %d/%d", ERASE_LINE, jobId, bar, step, steps));
            out.flush();
        }

        @Override
        public void line(String text) {
            out.println(ERASE_LINE + text);
        }
    }
}
