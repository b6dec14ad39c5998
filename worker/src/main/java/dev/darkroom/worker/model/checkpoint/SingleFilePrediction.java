package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.PredictionType;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import java.io.IOException;
import java.util.Optional;

/**
 * What the UNet of a single file predicts, which no shape tells. In this order: what the operator says; the marker
 * tensor {@code v_pred} of newer trainers (with {@code ztsnr} for the schedule), what the header says ({@code
 * modelspec.prediction_type}, which merges inherit from models that they are not), and for Stable
 * Diffusion 2 the values of one bias, whose spread differs between the two published models by far and stays what it is
 * when one of them is trained on.
 *
 * @param zeroTerminalSnr whether it was trained with a noise schedule that ends with nothing but noise
 * @param sampleSize side of the latents that it was trained at
 */
record SingleFilePrediction(PredictionType type, boolean zeroTerminalSnr, int sampleSize) {
    private static final String TELLING_BIAS =
            SingleFileUnet.PREFIX + "output_blocks.11.1.transformer_blocks.0.norm1.bias";
    private static final double LEAST_SPREAD_OF_VELOCITY = 0.09;
    private static final long MOST_CHANNELS = 1 << 16;

    /** @param said by the operator */
    static SingleFilePrediction of(SafetensorsFile file, Family family, Optional<PredictionType> said)
            throws ModelException {
        PredictionType type = said.isPresent() ? said.get() : told(file, family);
        boolean velocity = type == PredictionType.V_PREDICTION;
        boolean zeroTerminalSnr = velocity && file.find("ztsnr").isPresent();
        int side = switch (family) {
            case SD1 -> 64;
            case SD2 -> velocity ? 96 : 64;
            case SDXL -> 128;
        };
        return new SingleFilePrediction(type, zeroTerminalSnr, side);
    }

    private static PredictionType told(SafetensorsFile file, Family family) throws ModelException {
        if (file.find("v_pred").isPresent()) {
            return PredictionType.V_PREDICTION;
        }
        Optional<PredictionType> declared = declared(file);
        if (declared.isPresent()) {
            return declared.get();
        }
        // The one published model of version 2 that takes more than latents, for inpainting, predicts noise.
        boolean velocity = family == Family.SD2
                && SingleFileUnet.takesLatentsOnly(file)
                && spread(file) > LEAST_SPREAD_OF_VELOCITY;
        return velocity ? PredictionType.V_PREDICTION : PredictionType.EPSILON;
    }

    private static Optional<PredictionType> declared(SafetensorsFile file) {
        String text = file.metadata().getOrDefault("modelspec.prediction_type", "");
        return switch (text) {
            case "epsilon" -> Optional.of(PredictionType.EPSILON);
            case "v", "v_prediction" -> Optional.of(PredictionType.V_PREDICTION);
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
