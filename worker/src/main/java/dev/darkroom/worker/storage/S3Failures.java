package dev.darkroom.worker.storage;

import dev.darkroom.worker.config.S3Config;
import dev.darkroom.worker.tls.TlsFailure;
import io.minio.errors.ErrorResponseException;
import io.minio.errors.ServerException;
import java.io.IOException;
import java.security.ProviderException;
import java.util.Optional;
import java.util.Set;

/** Turns the S3 client's exceptions into ones that say what to do. Keys and signatures stay out of the messages. */
final class S3Failures {
    private static final Set<String> REFUSED = Set.of(
            "AccessDenied",
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
            "ExpiredToken",
            "InvalidToken",
            "AuthorizationHeaderMalformed",
            "RequestTimeTooSkewed");
    private static final Set<String> PASSING =
            Set.of("SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "OperationAborted");

    private static final Set<String> OF_OBJECT = Set.of(
            "AccessDenied", "InvalidObjectState", "InvalidRequest", "InvalidArgument", "XMinioInvalidObjectName");

    private static final int CONFLICT = 409;
    private static final int PRECONDITION_FAILED = 412;
    private static final int RANGE_NOT_SATISFIABLE = 416;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVER_ERROR = 500;
    private static final int FORBIDDEN = 403;

    private final S3Config config;

    S3Failures(S3Config config) {
        this.config = config;
    }

    static boolean noSuchKey(Exception failure) {
        return code(failure).equals("NoSuchKey") || code(failure).equals("NoSuchObject");
    }

    static boolean preconditionFailed(Exception failure) {
        return status(failure) == PRECONDITION_FAILED;
    }

    /** The object is shorter than the offset that was asked for. */
    static boolean invalidRange(Exception failure) {
        return code(failure).equals("InvalidRange") || status(failure) == RANGE_NOT_SATISFIABLE;
    }

    static boolean isAbsentBucket(Exception failure) {
        return code(failure).equals("NoSuchBucket");
    }

    /**
     * The bucket answers, but cannot give this object: the keys are not good for it; or it is absent, and they may not know;
     * it was archived, or encrypted with a key that is not ours, or its name is none that the server has.
     */
    static boolean isOfObject(Exception failure) {
        String code = code(failure);
        return OF_OBJECT.contains(code) || (code.startsWith("KMS.") && !code.startsWith("KMS.Throttling"));
    }

    static boolean isForbidden(Exception failure) {
        return status(failure) == FORBIDDEN;
    }

    /** Another conditional PUT of the key is under way. */
    static boolean conflict(Exception failure) {
        return code(failure).equals("ConditionalRequestConflict") || status(failure) == CONFLICT;
    }

    static boolean bucketExists(Exception failure) {
        return code(failure).equals("BucketAlreadyOwnedByYou") || code(failure).equals("BucketAlreadyExists");
    }

    StorageException noSuchBucket() {
        return StorageException.permanent("Bucket " + config.bucket() + " does not exist at " + config.endpointText()
                + ". The command init creates it; the setting is s3.bucket, DARKROOM_S3_BUCKET");
    }

    /** What the failure of {@code action} means; the action completes "Cannot …". */
    StorageException translate(String action, Exception failure) {
        String code = code(failure);
        int status = status(failure);
        if (code.equals("NoSuchBucket")) {
            return noSuchBucket();
        }
        if (REFUSED.contains(code) || status == FORBIDDEN) {
            return StorageException.permanent(
                    cannot(action) + ": the keys were refused" + (code.isEmpty() ? "" : " (" + code + ")")
                            + "; the settings are s3.access-key and s3.secret-key (DARKROOM_S3_ACCESS_KEY,"
                            + " DARKROOM_S3_SECRET_KEY), without them the ambient AWS credentials",
                    failure);
        }
        if (PASSING.contains(code) || status >= SERVER_ERROR || status == TOO_MANY_REQUESTS) {
            return StorageException.retriable(cannot(action) + ": " + answer(code, status), failure);
        }
        Optional<TlsFailure> tls = TlsFailure.of(failure);
        if (tls.isPresent()) {
            return StorageException.permanent(
                    cannot(action) + ": " + tls.get().reason() + ". "
                            + remedy(tls.get().fault()),
                    failure);
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ProviderException) {
                return StorageException.permanent(
                        cannot(action) + ": no credentials were found; the settings are s3.access-key and s3.secret-key"
                                + " (DARKROOM_S3_ACCESS_KEY, DARKROOM_S3_SECRET_KEY), without them the ambient AWS"
                                + " credentials",
                        failure);
            }
            if (cause instanceof IOException) {
                return unreachable(action, cause);
            }
        }
        return StorageException.permanent(
                cannot(action) + ": " + answer(code, status) + "; the settings are s3.* (DARKROOM_S3_*)", failure);
    }

    private static String remedy(TlsFailure.Fault fault) {
        return switch (fault) {
            case AUTHORITY -> "The setting for private authorities is s3.ca-file, DARKROOM_S3_CA_FILE";
            case NAME -> "The name is that of s3.endpoint, DARKROOM_S3_ENDPOINT";
            case DATE -> "It has to be renewed at the server";
            case CLIENT, PROTOCOL -> "Does it speak TLS there? The setting is s3.endpoint, DARKROOM_S3_ENDPOINT";
        };
    }

    /** No answer, or half of one. */
    private StorageException unreachable(String action, Throwable failure) {
        return StorageException.retriable(
                cannot(action) + ": it does not answer (" + failure.getClass().getSimpleName()
                        + "). Is it running there? The setting is s3.endpoint, DARKROOM_S3_ENDPOINT",
                failure);
    }

    private String cannot(String action) {
        return "Cannot " + action + " in bucket " + config.bucket() + " at " + config.endpointText();
    }

    private static String answer(String code, int status) {
        if (!code.isEmpty()) {
            return "the answer was " + code;
        }
        return status == 0 ? "the answer is not S3's" : "the answer was HTTP " + status;
    }

    /** What the bucket calls the failure; empty where it says nothing. */
    static String code(Exception failure) {
        return failure instanceof ErrorResponseException answered
                ? String.valueOf(answered.errorResponse().code())
                : "";
    }

    /** The HTTP status, 0 when there is none to be had. */
    private static int status(Exception failure) {
        if (failure instanceof ErrorResponseException answered) {
            return answered.response().code();
        }
        if (failure instanceof ServerException server) {
            return server.statusCode();
        }
        return 0;
    }
}
