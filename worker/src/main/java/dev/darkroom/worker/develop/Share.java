package dev.darkroom.worker.develop;

/**
 * Whose pictures a job's are when jobs share a device. Lanes get the time of the device in proportion to their weights; inside
 * a lane tenants get equal shares; a tenant's jobs come oldest first.
 *
 * @param lane the name of the lane that the job came by
 * @param weight of the lane, the same for all of its jobs; 1 at least
 * @param tenant whom the job is for; "" where it does not say
 */
public record Share(String lane, int weight, String tenant) {
    /** The share of a job that shares with nobody, or with its like only. */
    public static final Share EQUAL = new Share("", 1, "");

    public Share {
        if (weight < 1) {
            throw new IllegalArgumentException("A weight must be at least 1, not " + weight);
        }
    }
}
