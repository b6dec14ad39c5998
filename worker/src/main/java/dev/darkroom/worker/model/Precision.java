package dev.darkroom.worker.model;

/** The floating point numbers that a network computes with. */
public enum Precision {
    /** Float16; on a GPU only. Parts that overflow in it stay in float32. */
    FP16,
    /** Float32. */
    FP32
}
