package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.UnsupportedModelException;
import java.nio.file.Path;

/** What a UNet is given besides the text, told from the number of channels that it takes. */
public enum UnetInput {
    /** The latents. */
    LATENTS,
    /** Latents, a mask, the latents of the picture without what is masked: nine channels. */
    INPAINTING,
    /** Latents, the latents of the picture that is edited: eight channels (InstructPix2Pix, arXiv:2211.09800). */
    EDITING;

    /**
     * The input of a UNet of so many channels.
     *
     * @throws UnsupportedModelException when it takes something else; the message says what, where that is known
     */
    static UnetInput of(Path path, int channels, int latentChannels) throws UnsupportedModelException {
        if (channels == latentChannels) {
            return LATENTS;
        }
        if (channels == 2 * latentChannels + 1) {
            return INPAINTING;
        }
        if (channels == 2 * latentChannels) {
            return EDITING;
        }
        throw new UnsupportedModelException(path + " has a UNet for " + channels + " channels where latents have "
                + latentChannels + ": " + otherKind(channels - latentChannels) + ", which is not supported");
    }

    private static String otherKind(int more) {
        return switch (more) {
            case 1 -> "a depth model (it takes a depth map)";
            case 3 -> "an upscaler (it takes a picture)";
            default -> "a kind of model that is not known";
        };
    }
}
