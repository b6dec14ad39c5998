package dev.darkroom.worker.model;

import java.util.Arrays;
import java.util.Optional;

/** What a UNet predicts, by diffusers' names. */
public enum PredictionType {
    /** The noise. */
    EPSILON("epsilon"),
    /** Salimans and Ho 2022, arXiv:2202.00512. */
    V_PREDICTION("v_prediction"),
    /** The picture without noise. */
    SAMPLE("sample");

    private final String label;

    PredictionType(String label) {
        this.label = label;
    }

    /** The name in a {@code scheduler_config.json}. */
    public String label() {
        return label;
    }

    /** The one of that name. */
    public static Optional<PredictionType> of(String label) {
        return Arrays.stream(values()).filter(type -> type.label.equals(label)).findFirst();
    }
}
