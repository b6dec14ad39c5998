package dev.darkroom.worker.develop;

import dev.darkroom.worker.image.Mask;
import dev.darkroom.worker.image.Picture;

/** Pictures that jobs begin with. */
final class Pictures {
    private Pictures() {}

    /** Red and blue, eight pixels each, and brighter from top to bottom. */
    static Picture stripes(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < width * height; i++) {
            int x = i % width;
            int y = i / width;
            rgb[3 * i + (x / 8 % 2 == 0 ? 0 : 2)] = (byte) 220;
            rgb[3 * i + 1] = (byte) (y * 200 / height);
        }
        return new Picture(width, height, rgb);
    }

    /** The left half is made anew. */
    static Mask leftHalf(int width, int height) {
        boolean[] anew = new boolean[width * height];
        for (int i = 0; i < anew.length; i++) {
            anew[i] = i % width < width / 2;
        }
        return new Mask(width, height, anew);
    }
}
