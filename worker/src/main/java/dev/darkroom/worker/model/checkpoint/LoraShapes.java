package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.TensorEntry;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Whether the matrices of a LoRA belong together and to a weight. All is told from headers. */
final class LoraShapes {
    private static final Set<DataType> FLOATS = Set.of(DataType.F32, DataType.F16, DataType.BF16);

    private LoraShapes() {}

    /** What is wrong; empty where the product of the matrices is as large as the weight. */
    static Optional<String> misfit(LowRank change, TensorEntry weight) {
        Optional<TensorEntry> other = Stream.of(Stream.of(change.up(), change.down()), change.middle().stream())
                .flatMap(tensors -> tensors)
                .filter(tensor -> !FLOATS.contains(tensor.type()))
                .findFirst();
        if (other.isPresent()) {
            return Optional.of(ConfigFile.abbreviated(other.get().name()) + " is "
                    + other.get().type() + ", not F32, F16 or BF16");
        }
        long rank = change.down().shape().get(0);
        boolean fits = change.axes() == Axes.OUT_IN
                ? fits(change, weight, rank)
                : change.middle().isEmpty()
                        && change.up().shape().equals(List.of(weight.shape().get(1), rank))
                        && change.down()
                                .shape()
                                .equals(List.of(rank, weight.shape().get(0)));
        return fits
                ? Optional.empty()
                : Optional.of("there are matrices of the shapes " + change.up().shape()
                        + change.middle().map(middle -> ", " + middle.shape()).orElse("") + " and "
                        + change.down().shape() + "; it has " + weight.shape());
    }

    private static boolean fits(LowRank change, TensorEntry weight, long rank) {
        return squeezed(change.up()).equals(List.of(weight.shape().get(0), rank))
                && (change.middle().isPresent()
                        ? fitsInTwo(change.middle().get(), change.down(), weight, rank)
                        : inner(change.down()).equals(inner(weight)));
    }

    private static boolean fitsInTwo(TensorEntry middle, TensorEntry down, TensorEntry weight, long rank) {
        return weight.shape().size() == 4
                && middle.shape()
                        .equals(List.of(
                                rank,
                                rank,
                                weight.shape().get(2),
                                weight.shape().get(3)))
                && squeezed(down).equals(List.of(rank, weight.shape().get(1)));
    }

    /** All dimensions but the first, of a linear layer and of a 1x1 convolution the same. */
    private static List<Long> inner(TensorEntry tensor) {
        List<Long> shape = squeezed(tensor);
        return shape.subList(1, shape.size());
    }

    private static List<Long> squeezed(TensorEntry tensor) {
        return Renaming.matrix(tensor).shape();
    }
}
