package dev.darkroom.event;

/**
 * How long each part of a job took, in milliseconds.
 *
 * @param queued from the record's time on the jobs topic until a worker took it
 */
public record Timings(long queued, long prepare, long denoise, long decode, long encode, long upload) {
    public Timings {
        EventRules.atLeast("timings_ms/queued", 0, queued);
        EventRules.atLeast("timings_ms/prepare", 0, prepare);
        EventRules.atLeast("timings_ms/denoise", 0, denoise);
        EventRules.atLeast("timings_ms/decode", 0, decode);
        EventRules.atLeast("timings_ms/encode", 0, encode);
        EventRules.atLeast("timings_ms/upload", 0, upload);
    }
}
