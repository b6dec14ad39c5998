package dev.darkroom.worker.storage;

import java.util.regex.Pattern;

/**
 * The keys of one job's objects: {@code <prefix>/<job id>/<16 hex of the canonical job's sha256>/…}. They depend on the
 * job alone, so a redelivered job finds what an earlier attempt stored.
 *
 * @param prefix first part of every key; may be empty
 * @param hash the first 16 hexadecimal digits of the canonical job's sha256
 */
public record ObjectKeys(String prefix, String jobId, String hash) {
    private static final Pattern PREFIX = Pattern.compile("([A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*)?");
    private static final Pattern JOB_ID = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}");
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{16}");

    public ObjectKeys {
        idFolder(prefix, jobId); // checks both
        require(HASH.matcher(hash).matches(), "The hash must be 16 hexadecimal digits in lower case", hash);
    }

    /** Keys below the first 16 digits of a whole sha256 in hexadecimal. */
    public static ObjectKeys of(String prefix, String jobId, String canonicalSha256) {
        require(canonicalSha256.length() >= 16, "A sha256 must have 64 hexadecimal digits", canonicalSha256);
        return new ObjectKeys(prefix, jobId, canonicalSha256.substring(0, 16));
    }

    /** The key of image {@code index}, counted from 0; {@code extension} is {@code png} or {@code jpg}. */
    public String image(int index, String extension) {
        require(index >= 0 && index <= 999, "An image's index must be 0-999", Integer.toString(index));
        require(extension.equals("png") || extension.equals("jpg"), "An image is png or jpg", extension);
        return folder() + index + "." + extension;
    }

    /** The key of the manifest, which is written last: where it is, all else is. */
    public String manifest() {
        return folder() + "result.json";
    }

    /**
     * The key of what a delivery of the job left when its worker had to stop before the pictures were there. All such
     * objects lie below {@code <prefix>/.unfinished/}, where no job can be, so that a rule of the bucket can find old ones.
     *
     * @param attempt from 1
     * @param delivery of the attempt's record, from 1
     */
    public String checkpoint(int attempt, int delivery) {
        String place = attempt + "-" + delivery;
        require(attempt >= 1 && delivery >= 1, "Attempt and delivery are counted from 1", place);
        return start(prefix) + ".unfinished/" + jobId + "/" + hash + "/checkpoint-" + place + ".bin";
    }

    /** The key of the object that says which content a job's id stands for: one for all jobs with this id. */
    public static String claim(String prefix, String jobId) {
        return idFolder(prefix, jobId) + "claim.json";
    }

    /** The key of an object that is no job's: a worker that starts writes it twice, to see what the second write does. */
    public static String probe(String prefix) {
        require(PREFIX.matcher(prefix).matches(), "The prefix must be parts of A-Za-z0-9._- joined by /", prefix);
        return start(prefix) + ".probe.json";
    }

    /** The key of the object that says how the job of an id ended. */
    public static String outcome(String prefix, String jobId) {
        return idFolder(prefix, jobId) + "outcome.json";
    }

    /**
     * The key of the object that says that a dead letter of a job was sent back.
     *
     * @param letter names the letter, in characters that a job id may have
     */
    public static String sentBack(String prefix, String jobId, String letter) {
        require(JOB_ID.matcher(letter).matches(), "A letter's name must be 1-64 of A-Za-z0-9._-", letter);
        return idFolder(prefix, jobId) + "sent-back-" + letter + ".json";
    }

    /**
     * The key of an object that says what became of one delivery of a record.
     *
     * @param record names the record: 16 hexadecimal digits
     * @param what the delivery's number and what is said of it, in characters that a job id may have
     */
    public static String delivery(String prefix, String jobId, String record, String what) {
        require(HASH.matcher(record).matches(), "A record's name must be 16 hexadecimal digits in lower case", record);
        require(JOB_ID.matcher(what).matches(), "What is said must be 1-64 of A-Za-z0-9._-", what);
        return idFolder(prefix, jobId) + "deliveries/" + record + "/" + what + ".json";
    }

    private String folder() {
        return idFolder(prefix, jobId) + hash + "/";
    }

    private static String idFolder(String prefix, String jobId) {
        require(PREFIX.matcher(prefix).matches(), "The prefix must be parts of A-Za-z0-9._- joined by /", prefix);
        require(
                JOB_ID.matcher(jobId).matches(),
                "A job id must be 1-64 of A-Za-z0-9._-, not starting with a dot",
                jobId);
        return start(prefix) + jobId + "/";
    }

    private static String start(String prefix) {
        return prefix.isEmpty() ? "" : prefix + "/";
    }

    private static void require(boolean holds, String rule, String value) {
        if (!holds) {
            throw new IllegalArgumentException(rule + ", but is \"" + value + "\"");
        }
    }
}
