package dev.darkroom.client;

/**
 * The names of the topics that a producer of jobs has to do with.
 *
 * @param jobs where jobs of the normal lane go
 * @param jobsHigh where jobs of the high lane go
 * @param jobsLow where jobs of the low lane go
 * @param events where workers tell of them
 * @param control where requests to cancel jobs go
 */
public record Topics(String jobs, String jobsHigh, String jobsLow, String events, String control) {
    /** The names that workers use unless they are told others. */
    public static final Topics DEFAULT = new Topics("darkroom.jobs", "darkroom.events", "darkroom.control");

    public Topics {
        if (jobs.isBlank() || jobsHigh.isBlank() || jobsLow.isBlank() || events.isBlank() || control.isBlank()) {
            throw new IllegalArgumentException("Topics must have names: jobs '" + jobs + "', high '" + jobsHigh
                    + "', low '" + jobsLow + "', events '" + events + "', control '" + control + "'");
        }
    }

    /** With the topics of the other lanes called as workers call them unless they are told otherwise. */
    public Topics(String jobs, String events, String control) {
        this(jobs, Lane.HIGH.topic(jobs), Lane.LOW.topic(jobs), events, control);
    }

    /** Where jobs of a lane go. */
    public String jobs(Lane lane) {
        return switch (lane) {
            case HIGH -> jobsHigh;
            case NORMAL -> jobs;
            case LOW -> jobsLow;
        };
    }
}
