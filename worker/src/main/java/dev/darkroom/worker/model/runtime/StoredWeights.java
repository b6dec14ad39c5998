package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.checkpoint.StoredTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The weights of a checkpoint as they lie in its files, below one folder. Immutable. */
record StoredWeights(Path folder) {
    private static final int EXPONENT_OF_FLOAT = 0x7f80_0000;
    private static final short EXPONENT_OF_FLOAT16 = 0x7c00;
    private static final short EXPONENT_OF_BFLOAT16 = 0x7f80;

    /** A tensor's bytes, mapped. */
    ByteBuffer map(StoredTensor stored) throws ModelException {
        Path file = folder.resolve(stored.file());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, stored.offset(), stored.length())
                    .order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new ModelException(file + " cannot be read: " + e, e);
        }
    }

    /** Whether all numbers of a tensor are: none is infinite, and none is no number. */
    boolean areFinite(StoredTensor stored) throws ModelException {
        ByteBuffer bytes = map(stored);
        return switch (stored.type()) {
            case F32 -> areFinite(bytes.asIntBuffer());
            case F16 -> areFinite(bytes.asShortBuffer(), EXPONENT_OF_FLOAT16);
            case BF16 -> areFinite(bytes.asShortBuffer(), EXPONENT_OF_BFLOAT16);
            default -> throw new IllegalArgumentException("No weights of type " + stored.type());
        };
    }

    /** Whether all numbers are, from the first on; the buffer's position does not move. */
    static boolean areFinite(FloatBuffer numbers) {
        for (int i = 0; i < numbers.limit(); i++) {
            if (!Float.isFinite(numbers.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean areFinite(IntBuffer numbers) {
        while (numbers.hasRemaining()) {
            if ((numbers.get() & EXPONENT_OF_FLOAT) == EXPONENT_OF_FLOAT) {
                return false;
            }
        }
        return true;
    }

    /** A number whose exponent is all ones is not finite. */
    private static boolean areFinite(ShortBuffer numbers, short exponent) {
        while (numbers.hasRemaining()) {
            if ((numbers.get() & exponent) == exponent) {
                return false;
            }
        }
        return true;
    }
}
