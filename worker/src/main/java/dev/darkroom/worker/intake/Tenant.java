package dev.darkroom.worker.intake;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * On whose behalf a job is done. Whoever may write to a lane may name any tenant: it says whose turn it is, and gives no
 * rights.
 *
 * @param name as the header has it; empty for {@link #NONE}
 */
public record Tenant(String name) {
    /** The header that names it, in UTF-8. */
    public static final String HEADER = "tenant";

    /** All jobs that name no tenant are one tenant's. */
    public static final Tenant NONE = new Tenant("");

    private static final Logger LOG = LoggerFactory.getLogger(Tenant.class);
    private static final int MOST_CHARACTERS = 100;
    private static final int MOST_BYTES = 4 * MOST_CHARACTERS;

    /** The tenant of a job's record; a name that cannot be read is none, and is not shown in the log either. */
    public static Tenant of(JobRecord record) {
        Optional<byte[]> header = record.header(HEADER);
        if (header.isEmpty()) {
            return NONE;
        }
        Optional<Tenant> tenant = parse(header.get());
        if (tenant.isEmpty()) {
            LOG.warn(
                    "The header {} of the job at {} is not UTF-8 of at most {} characters: the job counts as no tenant's",
                    HEADER,
                    record.position(),
                    MOST_CHARACTERS);
        }
        return tenant.orElse(NONE);
    }

    /** Empty for what is too long or no UTF-8. */
    static Optional<Tenant> parse(byte[] name) {
        if (name.length > MOST_BYTES) {
            return Optional.empty();
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(name))
                    .toString();
            return text.codePointCount(0, text.length()) <= MOST_CHARACTERS
                    ? Optional.of(new Tenant(text))
                    : Optional.empty();
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }
}
