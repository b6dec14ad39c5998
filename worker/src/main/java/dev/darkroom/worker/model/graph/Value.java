package dev.darkroom.worker.model.graph;

/** A tensor in a graph, by its name. */
record Value(String name) {
    /** Stands for an optional input that is left out. */
    static final Value ABSENT = new Value("");
}
