package dev.darkroom.worker.intake;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whom a job is for, as its header {@code tenant} says.
 *
 * @param name at most 100 characters; empty for nobody in particular
 */
public record Tenant(String name) {
    /** Nobody in particular. */
    public static final Tenant NONE = new Tenant("");

    private static final Logger LOG = LoggerFactory.getLogger(Tenant.class);
    private static final String HEADER = "tenant";
    private static final int LONGEST = 100;
    private static final int MOST_BYTES_OF_A_CHARACTER = 4;

    public Tenant {
        if (length(name) > LONGEST) {
            throw new IllegalArgumentException("A tenant's name has at most " + LONGEST + " characters");
        }
    }

    /** The tenant of a job; a name that is too long, or not UTF-8, is no name. */
    public static Tenant of(JobRecord record) {
        Optional<byte[]> header = record.header(HEADER);
        if (header.isEmpty()) {
            return NONE;
        }
        Optional<String> name = read(header.get());
        if (name.isEmpty()) {
            LOG.warn(
                    "The header {} of the job at {} is not UTF-8 of at most {} characters, and does not count",
                    HEADER,
                    record.position(),
                    LONGEST);
        }
        return name.map(Tenant::new).orElse(NONE);
    }

    private static Optional<String> read(byte[] bytes) {
        if (bytes.length > LONGEST * MOST_BYTES_OF_A_CHARACTER) {
            return Optional.empty();
        }
        try {
            String name = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return length(name) <= LONGEST ? Optional.of(name) : Optional.empty();
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    private static int length(String name) {
        return name.codePointCount(0, name.length());
    }
}
