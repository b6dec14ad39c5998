package dev.darkroom.worker.model.graph;

/**
 * The sinusoidal embedding of a guidance scale, for a model that was distilled to take it in (Meng et al. 2022,
 * arXiv:2210.03142), as diffusers' {@code get_guidance_scale_embedding} computes it: of 1000 times the scale less 1,
 * sines first. The roundings to float32 are torch's, for the angles reach some thousands.
 */
public final class GuidanceEmbedding {
    private static final float LOG_MAX_PERIOD = (float) Math.log(10_000);

    private final float[] frequencies;
    private final int width;

    /** @param width number of values of the embedding, at least 4; the last one of an odd number is 0 */
    public GuidanceEmbedding(int width) {
        this.width = width;
        frequencies = new float[width / 2];
        float step = LOG_MAX_PERIOD / (frequencies.length - 1);
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = (float) Math.exp(i * -step);
        }
    }

    /** Number of values for each scale. */
    public int width() {
        return width;
    }

    /** Embeds each guidance scale: {@code (scales.length, width)}, flat. */
    public float[] of(float[] scales) {
        float[] embedded = new float[scales.length * width];
        for (int row = 0; row < scales.length; row++) {
            float weight = (scales[row] - 1) * 1000;
            for (int i = 0; i < frequencies.length; i++) {
                float angle = weight * frequencies[i];
                embedded[row * width + i] = (float) Math.sin(angle);
                embedded[row * width + frequencies.length + i] = (float) Math.cos(angle);
            }
        }
        return embedded;
    }
}
