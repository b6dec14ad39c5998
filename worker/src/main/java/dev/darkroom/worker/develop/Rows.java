package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.Tensor;

/**
 * A picture's rows in a call of the UNet: the prompt's, behind those that it is compared with.
 *
 * @param row the first
 * @param rows how many, see {@link DevelopRequest#rowsOfAPicture}
 * @param reuses whether the call does without the deep part
 */
record Rows(Generation generation, LatentImage image, int row, int rows, boolean reuses) {
    /** A picture that is edited is compared with the prompt's prediction, and with one that knows nothing of it. */
    private static final int WITH_AND_WITHOUT = 3;

    boolean keeps() {
        return generation.keeps(image);
    }

    /** The prompt's row: the last. */
    int promptRow() {
        return row + rows - 1;
    }

    /**
     * Puts them where they are in the call: latents, and behind them what else the UNet is given.
     *
     * @param size values of a row
     * @param latents {@code (rows, channels, h/8, w/8)}
     * @param timesteps {@code (rows)}
     * @param texts {@code (rows)}
     */
    void lay(int size, float[] latents, float[] timesteps, Conditioning.Text[] texts) {
        int step = image.step();
        float[] input = generation.scheduler().scaleModelInput(step, image.latents());
        float timestep = generation.scheduler().timestep(step);
        for (int at = row; at <= promptRow(); at++) {
            System.arraycopy(input, 0, latents, at * size, input.length);
            timesteps[at] = timestep;
            texts[at] = at == promptRow()
                    ? generation.conditioning().prompt()
                    : generation.conditioning().negative().orElseThrow();
        }
        if (image.companion() instanceof Companion.Channels channels) {
            float[] values = channels.values();
            for (int at = rows == WITH_AND_WITHOUT ? row + 1 : row; at <= promptRow(); at++) {
                System.arraycopy(values, 0, latents, at * size + input.length, values.length);
            }
        }
    }

    /** The prediction of the prompt's row, guided by the others. */
    float[] guided(Tensor prediction) {
        float[] prompt = prediction.row(promptRow());
        if (rows == 1) {
            return prompt;
        }
        DevelopRequest request = generation.request();
        float[] first = prediction.row(row);
        float[] guided = request.beginning() instanceof Beginning.Edited edited
                ? Guidance.guide(
                        first, prediction.row(row + 1), prompt, request.guidanceScale(), edited.imageGuidanceScale())
                : Guidance.guide(first, prompt, request.guidanceScale());
        if (request.guidanceRescale() > 0) {
            Guidance.rescale(guided, prompt, request.guidanceRescale());
        }
        return guided;
    }
}
