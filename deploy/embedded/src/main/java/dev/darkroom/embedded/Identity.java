package dev.darkroom.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;

/**
 * Who a server or a client is, as texts in PEM. Immutable; its text form does not show the key.
 *
 * @param certificate the certificate
 * @param key the private key that belongs to it, PKCS #8
 * @param authority the certificate of the authority that signed it
 */
public record Identity(String certificate, String key, String authority) {

    /** Writes {@code tls.crt}, {@code tls.key} and {@code ca.crt}, as a Kubernetes Secret of the type TLS has them. */
    public void write(Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("tls.crt"), certificate);
        Files.writeString(directory.resolve("tls.key"), key);
        Files.writeString(directory.resolve("ca.crt"), authority);
    }

    /** For a server in this JVM that asks its clients for no certificate. */
    public SSLContext serverContext() {
        return new HandshakeCertificates.Builder()
                .heldCertificate(HeldCertificate.decode(certificate + key))
                .build()
                .sslContext();
    }

    @Override
    public String toString() {
        return "Identity["
                + HeldCertificate.decode(certificate + key).certificate().getSubjectX500Principal() + "]";
    }
}
