package dev.darkroom.worker.chaos;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.kafka.clients.producer.RecordMetadata;

/** A record of the jobs topic and where it lies. */
record SentRecord(ChaosJob job, String value, String position, long timestampMillis) {
    private static final int ID_DIGITS = 32;

    static SentRecord of(ChaosJob job, String value, RecordMetadata metadata) {
        String position = metadata.topic() + "-" + metadata.partition() + "@" + metadata.offset();
        return new SentRecord(job, value, position, metadata.timestamp());
    }

    /** The id under which events speak of it. */
    String eventsId() {
        return job.kind() == ChaosJob.Kind.UNREADABLE
                ? "unreadable-" + sha256(position + "@" + timestampMillis).substring(0, ID_DIGITS)
                : job.id();
    }

    private static String sha256(String text) {
        return sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    /** In hex. */
    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every JDK has it", e);
        }
    }
}
