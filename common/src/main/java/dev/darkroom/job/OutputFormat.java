package dev.darkroom.job;

import java.util.Locale;

/**
 * How a picture is encoded.
 *
 * @param kind the file format
 * @param quality 1 to 100, for JPEG; a PNG loses nothing, so its quality is always 100, whatever is given
 */
public record OutputFormat(Kind kind, int quality) {
    /** What a job gets that does not say. */
    public static final OutputFormat PNG = new OutputFormat(Kind.PNG, 100);

    /** The quality of a JPEG when the job does not say. */
    public static final int DEFAULT_JPEG_QUALITY = 90;

    public OutputFormat {
        JobRules.require("output/quality", JobRules.QUALITY.check(quality));
        quality = kind == Kind.PNG ? 100 : quality;
    }

    /** A JPEG of the given quality, 1 to 100. */
    public static OutputFormat jpeg(int quality) {
        return new OutputFormat(Kind.JPEG, quality);
    }

    /** The file formats. */
    public enum Kind {
        PNG("png"),
        JPEG("jpg");

        private final String extension;

        Kind(String extension) {
            this.extension = extension;
        }

        /** The name in a job and in events: {@code png} or {@code jpeg}. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The ending of a file name, without the dot. */
        public String extension() {
            return extension;
        }

        public String mediaType() {
            return "image/" + label();
        }
    }
}
