package dev.darkroom.worker;

import dev.darkroom.worker.config.DeliveryConfig.Mode;
import java.util.List;
import java.util.stream.Stream;

/**
 * A row of the tables in {@code delivery.md}.
 *
 * @param job which kind of job it is that the worker dies of
 * @param objects what the bucket holds then, by the last parts of the keys, in order
 * @param share what is told in the end, by whichever worker, and how many dead letters there are
 * @param classic the same where the last acts are a transaction
 */
record DeathRow(Job job, Death death, List<String> objects, Told share, Told classic) {
    /** A kind of job, all with the id {@code job}. */
    enum Job {
        GOOD("\"num_images\":2"),
        /** It can never be done. */
        BAD("\"clip_skip\":9"),
        /** Its model cannot be loaded: it is tried twice. */
        UNLUCKY("\"model\":\"truncated\"");

        private final String field;

        Job(String field) {
            this.field = field;
        }

        String json() {
            return "{\"id\":\"job\",\"prompt\":\"a red ring\",\"num_inference_steps\":2," + field + "}";
        }
    }

    /** Types of the events, {@code progress} left out, and the number of dead letters. */
    record Told(List<String> events, int letters) {
        static Told of(String events, int letters) {
            return new Told(List.of(events.split(" ")), letters);
        }
    }

    /** What is told in the end with a kind of delivery. */
    Told told(Mode mode) {
        return mode == Mode.SHARE ? share : classic;
    }

    @Override
    public String toString() {
        return job + " " + death;
    }

    static Stream<DeathRow> all() {
        String pictures = "0.png 1.png claim.json";
        String all = pictures + " outcome.json result.json";
        return Stream.of(
                good(Death.TAKEN, "", "started completed"),
                good(Death.CLAIM, "claim.json", "started completed"),
                good(Death.STARTED, "claim.json", "started started completed"),
                good(Death.PICTURE, "0.png claim.json", "started started completed"),
                good(Death.MANIFEST, pictures + " result.json", "started completed"),
                good(Death.OUTCOME, all, "started completed"),
                row(
                        Job.GOOD,
                        Death.EVENT,
                        all,
                        Told.of("started completed completed", 0),
                        Told.of("started completed", 0)),
                good(Death.SETTLED, all, "started completed"),
                same(Job.BAD, Death.OUTCOME, "claim.json outcome.json", Told.of("failed", 1)),
                row(Job.BAD, Death.EVENT, "claim.json outcome.json", Told.of("failed failed", 1), Told.of("failed", 1)),
                row(
                        Job.BAD,
                        Death.LETTER,
                        "claim.json outcome.json",
                        Told.of("failed failed", 2),
                        Told.of("failed", 1)),
                same(Job.BAD, Death.SETTLED, "claim.json outcome.json", Told.of("failed", 1)),
                row(
                        Job.UNLUCKY,
                        Death.EVENT,
                        "claim.json",
                        Told.of("retrying retrying failed", 1),
                        Told.of("retrying failed", 1)),
                row(
                        Job.UNLUCKY,
                        Death.RETRY,
                        "claim.json",
                        Told.of("retrying retrying failed failed", 2),
                        Told.of("retrying failed", 1)),
                same(Job.UNLUCKY, Death.SETTLED, "claim.json", Told.of("retrying failed", 1)));
    }

    private static DeathRow good(Death death, String objects, String events) {
        return same(Job.GOOD, death, objects, Told.of(events, 0));
    }

    private static DeathRow same(Job job, Death death, String objects, Told told) {
        return row(job, death, objects, told, told);
    }

    private static DeathRow row(Job job, Death death, String objects, Told share, Told classic) {
        return new DeathRow(job, death, objects.isEmpty() ? List.of() : List.of(objects.split(" ")), share, classic);
    }
}
