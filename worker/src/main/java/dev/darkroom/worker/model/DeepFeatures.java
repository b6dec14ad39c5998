package dev.darkroom.worker.model;

import java.util.List;

/**
 * A UNet whose deep part can be left out of a call, where its features of an earlier call stand in for it: they change
 * little from step to step (Ma et al. 2023, DeepCache, arXiv:2312.00858). Belongs to its {@link Unet}, and is as safe for
 * use by several threads.
 */
public interface DeepFeatures {
    /**
     * A whole call's.
     *
     * @param prediction the same, bit for bit, as without features
     * @param features {@code (rows, channels, h/8, w/8)}: what the deep part gives the last layer of the way up
     */
    record Prediction(Tensor prediction, Tensor features) {
        /** Those of several calls, one below the other. */
        public static Prediction stack(List<Prediction> parts) {
            return new Prediction(
                    Tensor.stack(parts.stream().map(Prediction::prediction).toList()),
                    Tensor.stack(parts.stream().map(Prediction::features).toList()));
        }
    }

    /** Channels of the features, each as large as the latents. */
    int channels();

    /** As {@link Unet#predict(UnetRows, Interruption)}, and gives the deep part's features too. */
    Prediction predict(UnetRows rows, Interruption interruption);

    /**
     * The same without the deep part. The first call loads what it needs.
     *
     * @param features a row for each of the rows, of an earlier call at the same size
     * @return the prediction
     */
    Tensor predictFrom(Tensor features, UnetRows rows, Interruption interruption);
}
