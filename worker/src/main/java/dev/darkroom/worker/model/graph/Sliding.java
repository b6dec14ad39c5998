package dev.darkroom.worker.model.graph;

/**
 * How the window of a convolution goes over a picture.
 *
 * @param side of the window
 * @param before rows and columns of zeros above and to the left of the picture
 * @param after rows and columns of zeros below and to the right
 */
record Sliding(int side, int stride, int before, int after) {
    /** Over every pixel: the picture keeps its size. */
    static Sliding over(int side) {
        return new Sliding(side, 1, side / 2, side / 2);
    }
}
