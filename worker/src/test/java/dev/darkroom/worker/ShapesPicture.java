package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Checks that a picture of the demo model shows what its prompt says, by the rule of the model's README. */
final class ShapesPicture {
    private static final Map<String, Integer> COLOURS = new LinkedHashMap<>();

    static {
        COLOURS.put("red", rgb(214, 40, 40));
        COLOURS.put("green", rgb(42, 157, 70));
        COLOURS.put("blue", rgb(38, 84, 204));
        COLOURS.put("yellow", rgb(247, 203, 45));
        COLOURS.put("orange", rgb(244, 122, 28));
        COLOURS.put("purple", rgb(126, 52, 168));
        COLOURS.put("black", rgb(24, 24, 28));
        COLOURS.put("white", rgb(246, 246, 246));
    }

    private final String[][] colours; // [y][x]: the nearest colour's name
    private final int width;
    private final int height;

    ShapesPicture(BufferedImage image) {
        width = image.getWidth();
        height = image.getHeight();
        colours = new String[height][width];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                colours[y][x] = nearest(image.getRGB(x, y));
            }
        }
    }

    /** The ground holds the frame, the object a part of the picture, at its place if the prompt names one. */
    void shows(String ground, String object, Optional<String> place) {
        assertThat(shareOfFrame(ground))
                .as("share of the frame that is " + ground)
                .isGreaterThan(0.8);
        double pixels = 0;
        double sumX = 0;
        double sumY = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                if (colours[y][x].equals(object)) {
                    pixels++;
                    sumX += x + 0.5;
                    sumY += y + 0.5;
                }
            }
        }
        assertThat(pixels / (width * height))
                .as("share of the picture that is " + object)
                .isBetween(0.01, 0.60);
        double centreX = sumX / pixels / width;
        double centreY = sumY / pixels / height;
        place.ifPresent(where -> assertPlace(where, centreX, centreY));
    }

    private static void assertPlace(String place, double x, double y) {
        switch (place) {
            case "left" -> assertThat(x).as(place).isLessThan(0.42);
            case "right" -> assertThat(x).as(place).isGreaterThan(0.58);
            case "top" -> assertThat(y).as(place).isLessThan(0.42);
            case "bottom" -> assertThat(y).as(place).isGreaterThan(0.58);
            default -> throw new IllegalArgumentException("Unknown place " + place);
        }
    }

    private double shareOfFrame(String ground) {
        int side = width / 16;
        double all = 0;
        double held = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                if (x < side || y < side || x >= width - side || y >= height - side) {
                    all++;
                    held += colours[y][x].equals(ground) ? 1 : 0;
                }
            }
        }
        return held / all;
    }

    private static String nearest(int pixel) {
        return COLOURS.entrySet().stream()
                .min((a, b) -> Integer.compare(distance(a.getValue(), pixel), distance(b.getValue(), pixel)))
                .orElseThrow()
                .getKey();
    }

    private static int distance(int a, int b) {
        int red = (a >> 16 & 0xff) - (b >> 16 & 0xff);
        int green = (a >> 8 & 0xff) - (b >> 8 & 0xff);
        int blue = (a & 0xff) - (b & 0xff);
        return red * red + green * green + blue * blue;
    }

    private static int rgb(int red, int green, int blue) {
        return red << 16 | green << 8 | blue;
    }
}
