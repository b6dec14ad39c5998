package dev.darkroom.worker;

import java.io.PrintStream;

/** How far a job is: a bar that redraws itself on a terminal, a plain line for each change elsewhere. */
final class ProgressDisplay {
    private static final int BAR = 30;

    private final PrintStream out;
    private final boolean terminal;
    private boolean drawn;

    ProgressDisplay(PrintStream out) {
        this.out = out;
        this.terminal = Terminal.isAttached();
    }

    void show(String label, int step, int steps) {
        if (!terminal) {
            out.println(label + ": step " + step + " of " + steps);
            return;
        }
        int filled = steps == 0 ? BAR : (int) ((long) BAR * step / steps);
        out.print("\r" + label + " [" + "#".repeat(filled) + ".".repeat(BAR - filled) + "] " + step + "/" + steps);
        out.flush();
        drawn = true;
    }

    /** Prints a line of its own, below the bar if there is one. */
    void line(String text) {
        if (drawn) {
            out.println();
            drawn = false;
        }
        out.println(text);
    }
}
