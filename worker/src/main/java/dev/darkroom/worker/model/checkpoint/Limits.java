package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;

/** Bounds on numbers in configurations: far above every known model, low enough that no graph grows without end. */
final class Limits {
    static final int WIDTH = 1 << 16;
    static final int LAYERS = 128;

    private Limits() {}

    static void check(ConfigFile config, String key, int value, int most) throws ModelException {
        if (value < 1 || value > most) {
            throw config.error(key + " must be 1 to " + most + ", not " + value);
        }
    }

    /** The small number that keeps a normalisation from dividing by zero, as the float32 that the network gets. */
    static float epsilon(ConfigFile config, String key, double otherwise) throws ModelException {
        double value = config.number(key, otherwise);
        float epsilon = (float) value;
        if (!(epsilon > 0 && Float.isFinite(epsilon))) {
            throw config.error(key + " must be a positive float32, not " + value);
        }
        return epsilon;
    }

    static void divides(ConfigFile config, String partKey, int part, String wholeKey, int whole) throws ModelException {
        if (whole % part != 0) {
            throw config.error(wholeKey + " (" + whole + ") must be a multiple of " + partKey + " (" + part + ")");
        }
    }
}
