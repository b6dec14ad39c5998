package dev.darkroom.worker.config;

/**
 * Where the admin server listens.
 *
 * @param port 0 takes a free one
 */
public record AdminConfig(String host, int port) {
    public AdminConfig {
        new Rules()
                .check(!host.isBlank(), "admin.host", "must not be blank")
                .check(port >= 0 && port <= 65_535, "admin.port", "must be 0-65535", port)
                .raise();
    }
}
