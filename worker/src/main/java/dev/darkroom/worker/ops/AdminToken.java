package dev.darkroom.worker.ops;

import dev.darkroom.worker.config.AdminConfig;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;

/** Who may act: whoever has the token. Compared in a time that says nothing of it. Its text form does not show it. */
final class AdminToken {
    private static final String BEARER = "Bearer ";

    private final Optional<byte[]> digest;

    AdminToken(Optional<AdminConfig.Token> token) {
        this.digest = token.map(present -> digest(present.secret()));
    }

    /** Whether anybody may act. */
    boolean isSet() {
        return digest.isPresent();
    }

    /** Whether a request has it, in its header or in its form's field {@code token}. */
    boolean isIn(AdminRequest request, Optional<String> field) {
        Optional<String> given = request.header("authorization")
                .filter(value -> value.startsWith(BEARER))
                .map(value -> value.substring(BEARER.length()))
                .or(() -> field);
        return digest.isPresent() && given.isPresent() && MessageDigest.isEqual(digest.get(), digest(given.get()));
    }

    /** All of one length, so that not even that can be told from the time. */
    private static byte[] digest(String secret) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }
}
