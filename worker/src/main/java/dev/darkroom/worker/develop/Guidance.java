package dev.darkroom.worker.develop;

/**
 * Classifier-free guidance (Ho and Salimans, 2022, arXiv:2207.12598) and its rescaling (Lin et al., 2023,
 * arXiv:2305.08891, section 3.4), as diffusers computes them.
 */
final class Guidance {
    private Guidance() {}

    /** {@code negative + scale * (prompt - negative)}, element by element. */
    static float[] guide(float[] negative, float[] prompt, double guidanceScale) {
        float scale = (float) guidanceScale;
        float[] guided = new float[prompt.length];
        for (int i = 0; i < guided.length; i++) {
            guided[i] = negative[i] + scale * (prompt[i] - negative[i]);
        }
        return guided;
    }

    /**
     * Guidance by a text and by a picture (Brooks et al., 2022, arXiv:2211.09800, equation 3): {@code neither + scale *
     * (prompt - negative) + pictureScale * (negative - neither)}.
     *
     * @param neither with the negative prompt and without the picture
     * @param negative with both
     * @param prompt with the prompt and the picture
     */
    static float[] guide(
            float[] neither, float[] negative, float[] prompt, double guidanceScale, double imageGuidanceScale) {
        float scale = (float) guidanceScale;
        float pictureScale = (float) imageGuidanceScale;
        float[] guided = new float[prompt.length];
        for (int i = 0; i < guided.length; i++) {
            guided[i] = neither[i] + scale * (prompt[i] - negative[i]) + pictureScale * (negative[i] - neither[i]);
        }
        return guided;
    }

    /** Pulls the guided prediction's standard deviation back towards the prompt's own; {@code rescale} 0 … 1. */
    static void rescale(float[] guided, float[] prompt, double rescale) {
        double ratio = standardDeviation(prompt) / standardDeviation(guided);
        float factor = (float) (rescale * ratio + (1 - rescale));
        for (int i = 0; i < guided.length; i++) {
            guided[i] *= factor;
        }
    }

    /** Unbiased, over all channels and pixels of one row. */
    private static double standardDeviation(float[] values) {
        double mean = 0;
        for (float value : values) {
            mean += value;
        }
        mean /= values.length;
        double squares = 0;
        for (float value : values) {
            squares += (value - mean) * (value - mean);
        }
        return Math.sqrt(squares / (values.length - 1));
    }
}
