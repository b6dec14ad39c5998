package dev.darkroom.worker.model.graph;

/**
 * Group normalisation of a picture (Wu and He 2018, arXiv:1803.08494).
 *
 * @param name of the module that has its weights
 */
record GroupNorm(String name, int channels, int groups, float epsilon, Then then) {
    /** What follows. */
    enum Then {
        NOTHING,
        /** x * sigmoid(x). */
        SILU
    }

    int groupWidth() {
        return channels / groups;
    }
}
