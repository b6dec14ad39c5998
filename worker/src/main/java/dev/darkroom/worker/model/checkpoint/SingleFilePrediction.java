package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import java.io.IOException;
import java.util.Optional;

/**
 * What the UNet of a single file predicts, which no shape tells. In this order: the marker tensor {@code
 * v_pred} of newer trainers (with {@code ztsnr} for the schedule), what the header says ({@code
 * modelspec.prediction_type}, which merges inherit from models that they are not), and for Stable
 * Diffusion 2 the values of one bias, whose spread differs between the two published models by far and stays what it is
 * when one of them is trained on.
 *
 * @param type as diffusers calls it
 * @param zeroTerminalSnr whether it was trained with a noise schedule that ends with nothing but noise
 * @param sampleSize side of the latents that it was trained at
 */
record SingleFilePrediction(String type, boolean zeroTerminalSnr, int sampleSize) {
    private static final String EPSILON = "epsilon";
    private static final String VELOCITY = "v_prediction";

    private static final String TELLING_BIAS =
            SingleFileUnet.PREFIX + "output_blocks.11.1.transformer_blocks.0.norm1.bias";
    private static final double LEAST_SPREAD_OF_VELOCITY = 0.09;
    private static final long MOST_CHANNELS = 1 << 16;

    static SingleFilePrediction of(SafetensorsFile file, Family family) throws ModelException {
        String type = file.find("v_pred").isPresent()
                ? VELOCITY
                : declared(file)
                        .orElse(family == Family.SD2 && spread(file) > LEAST_SPREAD_OF_VELOCITY ? VELOCITY : EPSILON);
        boolean zeroTerminalSnr = type.equals(VELOCITY) && file.find("ztsnr").isPresent();
        return new SingleFilePrediction(type, zeroTerminalSnr, side(family, type));
    }

    private static int side(Family family, String type) {
        return switch (family) {
            case SD1 -> 64;
            case SD2 -> type.equals(VELOCITY) ? 96 : 64;
            case SDXL -> 128;
        };
    }

    private static Optional<String> declared(SafetensorsFile file) {
        String text = file.metadata().getOrDefault("modelspec.prediction_type", "");
        return switch (text) {
            case EPSILON -> Optional.of(EPSILON);
            case "v", VELOCITY -> Optional.of(VELOCITY);
            default -> Optional.empty();
        };
    }

    /** Standard deviation; 0 where there is no such tensor. */
    private static double spread(SafetensorsFile file) throws ModelException {
        if (file.find(TELLING_BIAS).filter(bias -> bias.size() <= MOST_CHANNELS).isEmpty()) {
            return 0;
        }
        try {
            double sum = 0;
            double squares = 0;
            float[] values = file.floats(TELLING_BIAS);
            for (float value : values) {
                sum += value;
                squares += (double) value * value;
            }
            double mean = sum / values.length;
            return Math.sqrt(Math.max(0, squares / values.length - mean * mean));
        } catch (IOException e) {
            throw new ModelException(file.path() + " cannot be read: " + e.getMessage(), e);
        }
    }
}
