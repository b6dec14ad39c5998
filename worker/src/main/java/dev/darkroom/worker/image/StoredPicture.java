package dev.darkroom.worker.image;

/**
 * A file that was looked through: what is left of it holds the pixels and nothing else.
 *
 * @param format of the Java runtime's reader for it
 * @param bytes a file without texts, profiles and previews
 */
@SuppressWarnings("ArrayRecordComponent") // bytes on their way to a decoder: never compared, never hashed
record StoredPicture(String format, PictureHeader header, Orientation orientation, byte[] bytes) {}
