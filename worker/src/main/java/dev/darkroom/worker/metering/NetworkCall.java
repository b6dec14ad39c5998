package dev.darkroom.worker.metering;

/**
 * A call of one of a model's networks.
 *
 * @param model the model's id
 * @param rows what the network computes at once: rows of the UNet, texts, pictures
 */
public record NetworkCall(String model, Network network, int rows) {
    /** The networks of a model. */
    public enum Network {
        TEXT_ENCODER,
        UNET,
        VAE_DECODER,
        VAE_ENCODER
    }
}
