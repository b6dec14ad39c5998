package dev.darkroom.worker.model.graph;

import dev.darkroom.worker.model.ModelException;
import java.util.List;
import java.util.Optional;

/** The operators that ONNX Runtime has for diffusion models on CUDA. */
final class CudaOperators implements Operators {
    /** Channels that a thread of the normalisation's kernel takes: a group must hold a multiple of them. */
    private static final int CHANNELS_OF_A_THREAD = 2;

    private final OnnxGraph graph;
    private final Weights weights;
    private final PlainOperators plain;

    CudaOperators(OnnxGraph graph, Weights weights, PlainOperators plain) {
        this.graph = graph;
        this.weights = weights;
        this.plain = plain;
    }

    /**
     * One operator for norm and SiLU, which computes in float32 inside, with float32 weights. It takes channels last only;
     * so do the convolutions that the provider prefers, and the runtime takes out the two transposes where they meet.
     */
    @Override
    public Value groupNorm(Value x, GroupNorm norm) throws ModelException {
        if (norm.groupWidth() % CHANNELS_OF_A_THREAD != 0) {
            return plain.groupNorm(x, norm);
        }
        Value channelsLast = graph.node("Transpose", List.of(x), Attribute.ofList("perm", 0, 2, 3, 1));
        Value normal = graph.microsoft(
                "GroupNorm",
                List.of(
                        channelsLast,
                        weights.bindAs(ElementType.FLOAT, norm.name() + ".weight", norm.channels()),
                        weights.bindAs(ElementType.FLOAT, norm.name() + ".bias", norm.channels())),
                Attribute.of("groups", norm.groups()),
                Attribute.of("epsilon", norm.epsilon()),
                Attribute.of("activation", norm.then() == GroupNorm.Then.SILU ? 1 : 0),
                Attribute.of("channels_last", 1));
        return graph.node("Transpose", List.of(normal), Attribute.ofList("perm", 0, 3, 1, 2));
    }

    @Override
    public Value linear(Value x, Weight weight, Optional<Weight> bias) throws ModelException {
        return plain.linear(x, weight, bias);
    }

    @Override
    public Value convolution(Value x, Weight weight, Weight bias, Sliding sliding) throws ModelException {
        return plain.convolution(x, weight, bias, sliding);
    }

    @Override
    public Value gelu(Value x) {
        return graph.microsoft("Gelu", List.of(x));
    }
}
