package dev.darkroom.worker.model.catalogue;

import java.util.regex.Pattern;

/**
 * A file of a checkpoint.
 *
 * @param name relative to the folder, plain names joined by slashes
 * @param size in bytes
 * @param sha256 in lower-case hex
 */
record StoredFile(String name, long size, String sha256) {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,199}");

    StoredFile {
        for (String part : name.split("/", -1)) {
            if (!isPlain(part)) {
                throw new IllegalArgumentException("Not the name of a file in a checkpoint");
            }
        }
        if (size < 0) {
            throw new IllegalArgumentException("A file has no negative size");
        }
    }

    /** Whether a name is one name in every file system: it leads nowhere else, and hides nothing. */
    static boolean isPlain(String name) {
        return PLAIN.matcher(name).matches();
    }
}
