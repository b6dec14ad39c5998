package dev.darkroom.worker;

import dev.darkroom.worker.model.catalogue.Progress;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.OptionalLong;

/** How far a download is: a bar that redraws itself on a terminal, nothing elsewhere. Used by one thread. */
final class DownloadDisplay implements Progress {
    private static final Duration BETWEEN = Duration.ofMillis(100);
    private static final int BAR = 30;
    private static final int NAME = 40;
    private static final long MEGABYTE = 1_000_000;

    private final PrintStream out;
    private final InstantSource clock;
    private final boolean terminal = Terminal.isAttached();
    private Instant next = Instant.MIN;
    private boolean drawn;

    DownloadDisplay(PrintStream out, InstantSource clock) {
        this.out = out;
        this.clock = clock;
    }

    @Override
    public void at(String file, long done, OptionalLong total) {
        Instant now = clock.instant();
        boolean whole = total.isPresent() && done == total.getAsLong();
        if (!terminal || (now.isBefore(next) && !whole)) {
            return;
        }
        next = now.plus(BETWEEN);
        out.print("\r" + bar(file, done, total));
        out.flush();
        drawn = true;
    }

    /** The end of the name, a bar, megabytes. */
    static String bar(String file, long done, OptionalLong total) {
        String name = file.length() <= NAME ? file : "…" + file.substring(file.length() - NAME + 1);
        if (total.isEmpty()) {
            return name + " " + done / MEGABYTE + " MB";
        }
        long all = total.getAsLong();
        int filled = all == 0 ? BAR : (int) (BAR * ((double) done / all));
        return name + " [" + "#".repeat(filled) + ".".repeat(BAR - filled) + "] " + done / MEGABYTE + "/"
                + all / MEGABYTE + " MB";
    }

    /** Prints a line of its own, below the bar if there is one. */
    void line(String text) {
        endBar();
        out.println(text);
    }

    void endBar() {
        if (drawn) {
            out.println();
            drawn = false;
        }
    }
}
