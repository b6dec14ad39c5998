package dev.darkroom.client;

/**
 * The names of the topics that a producer of jobs has to do with.
 *
 * @param jobs where jobs go: the normal lane or another
 * @param events where workers tell of them
 * @param control where requests to cancel jobs go
 */
public record Topics(String jobs, String events, String control) {
    /** The names that workers use unless they are told others. */
    public static final Topics DEFAULT = new Topics("darkroom.jobs", "darkroom.events", "darkroom.control");

    public Topics {
        if (jobs.isBlank() || events.isBlank() || control.isBlank()) {
            throw new IllegalArgumentException(
                    "Topics must have names: jobs '" + jobs + "', events '" + events + "', control '" + control + "'");
        }
    }
}
