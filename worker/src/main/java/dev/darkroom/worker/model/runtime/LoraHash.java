package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.AppliedLora;
import dev.darkroom.worker.model.LoraFile;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Both hashes of a LoRA, each computed on a thread of its own; closing ends that. Safe for use by several threads. */
record LoraHash(LoraFile lora, FileHash file, FileHash weights) implements AutoCloseable {
    private static final int LENGTH = 8;

    static LoraHash start(LoraFile lora) {
        return new LoraHash(
                lora,
                FileHash.start(List.of(lora.path())),
                FileHash.start(lora.path().toString(), () -> weights(lora.path())));
    }

    /** Waits for both, if need be. */
    AppliedLora applied() {
        return new AppliedLora(lora.id(), lora.scale(), file.sha256(), weights.sha256());
    }

    /** Of what follows the header, which says in the first eight bytes how long it is. */
    private static String weights(Path path) throws IOException, NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (InputStream in = Files.newInputStream(path)) {
            byte[] length = new DataInputStream(in).readNBytes(LENGTH);
            in.skipNBytes(ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong());
            try (DigestInputStream weights = new DigestInputStream(in, digest)) {
                weights.transferTo(OutputStream.nullOutputStream());
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    @Override
    public void close() {
        try (file) {
            weights.close();
        }
    }
}
