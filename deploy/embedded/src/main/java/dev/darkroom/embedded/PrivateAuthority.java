package dev.darkroom.embedded;

import java.time.Duration;
import java.time.Instant;
import okhttp3.tls.HeldCertificate;

/**
 * A certificate authority as companies have them: nobody trusts it who was not told to. Its keys are made when it is, and
 * gone with it. Immutable.
 */
public final class PrivateAuthority {
    private static final Duration VALID = Duration.ofDays(1);

    private final HeldCertificate root;

    public PrivateAuthority(String name) {
        root = new HeldCertificate.Builder()
                .commonName(name)
                .certificateAuthority(0)
                .build();
    }

    /** Its own certificate, in PEM: what clients must trust. */
    public String certificate() {
        return root.certificatePem();
    }

    /** A server, under the names and addresses that clients know it by. */
    public Identity server(String... hosts) {
        Instant now = Instant.now();
        return signed(hosts[0], now.minus(VALID), now.plus(VALID), hosts);
    }

    /** The same, with a certificate that ended an hour ago. */
    public Identity expiredServer(String... hosts) {
        Instant end = Instant.now().minus(Duration.ofHours(1));
        return signed(hosts[0], end.minus(VALID), end, hosts);
    }

    /** A client, whose name is its principal's. */
    public Identity client(String name) {
        Instant now = Instant.now();
        return signed(name, now.minus(VALID), now.plus(VALID));
    }

    private Identity signed(String name, Instant from, Instant to, String... hosts) {
        HeldCertificate.Builder builder = new HeldCertificate.Builder()
                .commonName(name)
                .validityInterval(from.toEpochMilli(), to.toEpochMilli())
                .signedBy(root);
        for (String host : hosts) {
            builder.addSubjectAlternativeName(host);
        }
        HeldCertificate held = builder.build();
        return new Identity(held.certificatePem(), held.privateKeyPkcs8Pem(), root.certificatePem());
    }
}
