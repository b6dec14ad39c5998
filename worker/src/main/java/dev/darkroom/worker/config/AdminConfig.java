package dev.darkroom.worker.config;

import java.util.Optional;

/**
 * Where the admin server listens, and what it does.
 *
 * @param port 0 takes a free one
 * @param names that its pages are asked for by, beside its address
 * @param token without it nothing can be done there but read
 * @param pictures how many of the latest pictures its page shows
 */
public record AdminConfig(String host, int port, HostNames names, Optional<Token> token, int pictures) {
    private static final int MOST_PICTURES = 50;
    private static final int SHORTEST_TOKEN = 16;
    private static final int LONGEST_TOKEN = 200;

    /** A secret. Its text form does not show it. */
    public record Token(String secret) {
        public Token {
            new Rules()
                    .check(
                            secret.length() >= SHORTEST_TOKEN
                                    && secret.length() <= LONGEST_TOKEN
                                    && secret.chars().allMatch(c -> c > ' ' && c < 0x7f),
                            "admin.token",
                            "must have " + SHORTEST_TOKEN + "-" + LONGEST_TOKEN
                                    + " printable ASCII characters and no space")
                    .raise();
        }

        @Override
        public String toString() {
            return "Token[" + WorkerConfig.MASK + "]";
        }
    }

    public AdminConfig {
        new Rules()
                .check(!host.isBlank(), "admin.host", "must not be blank")
                .check(port >= 0 && port <= 65_535, "admin.port", "must be 0-65535", port)
                .check(
                        pictures >= 0 && pictures <= MOST_PICTURES,
                        "admin.pictures",
                        "must be 0-" + MOST_PICTURES,
                        pictures)
                .raise();
    }

    /** One that can only be read, and shows no pictures. */
    public AdminConfig(String host, int port) {
        this(host, port, HostNames.NONE, Optional.empty(), 0);
    }
}
