package dev.darkroom.worker.model.graph;

/**
 * How one network is written as a graph: for which of the runtime's providers, and in which floating point numbers.
 * Inputs and outputs are the same in all forms, float32, and so are the names and shapes of the weights.
 */
public enum GraphForm {
    /** Float32 on the CPU, which has no fast operators for smaller floating point numbers. */
    CPU(21, ElementType.FLOAT),
    /** The same with linear layers and convolutions that multiply bytes: of a UNet only (see {@link Int8Operators}). */
    CPU_INT8(21, ElementType.FLOAT),
    /** Float32 on CUDA: for networks whose values float16 cannot hold. */
    CUDA_FLOAT32(18, ElementType.FLOAT),
    /** Float16 on CUDA, between a cast behind each input and one before each output. */
    CUDA_FLOAT16(18, ElementType.FLOAT16);

    private final int opset;
    private final ElementType activations;

    GraphForm(int opset, ElementType activations) {
        this.opset = opset;
        this.activations = activations;
    }

    /**
     * The version of the standard's operators. A provider runs a node only if it has that very version of the operator,
     * and CUDA has not all operators of the later ones: what it has not would run on the CPU, between two copies of the
     * data.
     */
    int opset() {
        return opset;
    }

    /** What all values between inputs and outputs are. */
    ElementType activations() {
        return activations;
    }

    /** The operators for what can be said in several ways. */
    Operators operators(OnnxGraph graph, Weights weights) {
        PlainOperators plain = new PlainOperators(graph, weights, activations);
        return switch (this) {
            case CPU -> plain;
            case CPU_INT8 -> new Int8Operators(graph, weights, plain);
            case CUDA_FLOAT32, CUDA_FLOAT16 -> new CudaOperators(graph, weights, plain);
        };
    }
}
