package dev.darkroom.worker.tls;

import dev.darkroom.worker.config.ConfigException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Whose certificates count: Java's own authorities, and those of a file. Immutable.
 *
 * @param context for clients; it has no certificate of its own
 * @param trust what the context trusts
 */
public record TrustedAuthorities(SSLContext context, X509TrustManager trust) {
    /** A bundle of all public authorities has a quarter of it. */
    private static final int MOST_BYTES = 1 << 20;

    /**
     * Adds to Java's authorities those of a file of certificates in PEM.
     *
     * @throws ConfigException naming the setting {@code s3.ca-file}, when there are none to be had there
     */
    public static TrustedAuthorities with(Path file) {
        Collection<? extends Certificate> added = certificates(file);
        try {
            KeyStore all = KeyStore.getInstance(KeyStore.getDefaultType());
            all.load(null, null);
            int count = 0;
            for (X509Certificate own : trustManager(null).getAcceptedIssuers()) {
                all.setCertificateEntry("java-" + count++, own);
            }
            for (Certificate other : added) {
                all.setCertificateEntry("file-" + count++, other);
            }
            X509TrustManager trust = trustManager(all);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {trust}, null);
            return new TrustedAuthorities(context, trust);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("Java cannot set up TLS", e);
        }
    }

    /** What trusts a key store's certificates; Java's own without one. */
    private static X509TrustManager trustManager(@Nullable KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return Arrays.stream(factory.getTrustManagers())
                .filter(X509TrustManager.class::isInstance)
                .map(X509TrustManager.class::cast)
                .findFirst()
                .orElseThrow();
    }

    private static Collection<? extends Certificate> certificates(Path file) {
        byte[] content;
        try (InputStream in = Files.newInputStream(file)) {
            content = in.readNBytes(MOST_BYTES + 1);
        } catch (IOException e) {
            throw problem("cannot be read: " + file + " (" + e.getClass().getSimpleName() + ")");
        }
        if (content.length > MOST_BYTES) {
            throw problem("is larger than " + MOST_BYTES + " bytes: " + file);
        }
        Collection<? extends Certificate> found;
        try {
            found = CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(content));
        } catch (CertificateException e) {
            throw problem("holds something else than certificates in PEM: " + file);
        }
        if (found.isEmpty()) {
            throw problem("holds no certificate in PEM: " + file);
        }
        return found;
    }

    private static ConfigException problem(String message) {
        return new ConfigException(List.of(new ConfigException.Problem("s3.ca-file", message)));
    }
}
