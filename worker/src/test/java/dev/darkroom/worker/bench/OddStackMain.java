package dev.darkroom.worker.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A process in place of the embedded stack that never says where it is. A file of its own goes when its input ends. */
final class OddStackMain {
    /** What it prints. */
    enum Output {
        NOTHING,
        A_LINE_WITHOUT_END
    }

    private OddStackMain() {}

    public static void main(String[] args) throws IOException {
        if (Output.valueOf(args[0]) == Output.A_LINE_WITHOUT_END) {
            Thread printing = new Thread(OddStackMain::print, "printing");
            printing.setDaemon(true);
            printing.start();
        }
        System.in.transferTo(OutputStream.nullOutputStream());
        Files.delete(Path.of(args[1]));
    }

    private static void print() {
        while (true) {
            System.out.print("DARKROOM_S3_BUCKET=");
        }
    }
}
