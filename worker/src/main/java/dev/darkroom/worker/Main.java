package dev.darkroom.worker;

/** Entry point of the worker's command line. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.err.println("Unknown command: " + String.join(" ", args));
    }
}
