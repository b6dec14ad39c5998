package dev.darkroom.worker.config;

/** How the log is written. */
public record LogConfig(Format format) {
    /** What a line is. */
    public enum Format {
        /** For people. */
        TEXT,
        /** An object for each line, with a line for each stage of a job. */
        JSON
    }
}
