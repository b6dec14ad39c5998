package dev.darkroom.worker.tls;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * Why a TLS connection did not come about, in words for who has to mend it. Immutable.
 *
 * @param fault what is at fault; it decides which setting a message names
 * @param reason a sentence about the server, without its full stop; no part of it is a secret
 */
public record TlsFailure(Fault fault, String reason) {
    /** What there is to mend. */
    public enum Fault {
        /** Its certificate is signed by somebody who is not trusted here. */
        AUTHORITY,
        /** Its certificate has other names. */
        NAME,
        /** Its certificate is too old, or a clock is wrong. */
        DATE,
        /** It does not want this client's certificate, or wants one. */
        CLIENT,
        /** It speaks no TLS, or none that is known here. */
        PROTOCOL
    }

    /** Tells it from an exception and what caused that; empty if it has nothing to do with TLS. */
    public static Optional<TlsFailure> of(Throwable failure) {
        Optional<TlsFailure> found = Optional.empty();
        // The innermost says most: the JDK wraps a certificate's fault into a path's, and that into a handshake's.
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            Optional<TlsFailure> here = single(cause);
            found = here.isPresent() ? here : found;
        }
        return found;
    }

    private static Optional<TlsFailure> single(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        if (failure instanceof CertificateExpiredException) {
            return found(Fault.DATE, "its certificate has ended (" + message + ")");
        }
        if (failure instanceof CertificateNotYetValidException) {
            return found(Fault.DATE, "its certificate has not begun yet (" + message + "); is the clock right?");
        }
        if (failure instanceof CertPathBuilderException || failure instanceof CertPathValidatorException) {
            return found(Fault.AUTHORITY, "its certificate is signed by an authority that is not trusted here");
        }
        if (failure instanceof SSLPeerUnverifiedException
                || (failure instanceof CertificateException && message.startsWith("No "))) {
            return found(Fault.NAME, "its certificate is for other names than the one that it was asked by");
        }
        return failure instanceof SSLException ? connection(message) : Optional.empty();
    }

    /** What else is wrong with a TLS connection may be wrong with any: it broke, and may come about the next time. */
    private static Optional<TlsFailure> connection(String message) {
        if (message.contains("fatal alert") && !message.contains("internal_error")) {
            return found(Fault.CLIENT, "it refused the connection (" + message + ")");
        }
        return message.contains("Unsupported or unrecognized SSL message")
                ? found(Fault.PROTOCOL, "it does not answer in TLS")
                : Optional.empty();
    }

    private static Optional<TlsFailure> found(Fault fault, String reason) {
        return Optional.of(new TlsFailure(fault, reason));
    }
}
