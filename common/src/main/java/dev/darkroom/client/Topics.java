package dev.darkroom.client;

/**
 * The names of the topics that a producer of jobs has to do with.
 *
 * @param jobs where jobs go: the normal lane or another
 * @param events where workers tell of them
 */
public record Topics(String jobs, String events) {
    /** The names that workers use unless they are told others. */
    public static final Topics DEFAULT = new Topics("darkroom.jobs", "darkroom.events");

    public Topics {
        if (jobs.isBlank() || events.isBlank()) {
            throw new IllegalArgumentException("Topics must have names: jobs '" + jobs + "', events '" + events + "'");
        }
    }
}
