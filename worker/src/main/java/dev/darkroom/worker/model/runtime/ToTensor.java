package dev.darkroom.worker.model.runtime;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslatorContext;
import dev.darkroom.worker.model.Tensor;
import java.util.Arrays;

/** A translator whose network gives one float32 tensor. Subclasses say what it is given. */
abstract class ToTensor<I> implements NoBatchifyTranslator<I, Tensor> {
    @Override
    public NDList processInput(TranslatorContext context, I input) {
        return inputs(context.getNDManager(), input);
    }

    abstract NDList inputs(NDManager manager, I input);

    @Override
    public Tensor processOutput(TranslatorContext context, NDList outputs) {
        return tensor(outputs.singletonOrThrow());
    }

    static Tensor tensor(NDArray array) {
        int[] shape = Arrays.stream(array.getShape().getShape())
                .mapToInt(Math::toIntExact)
                .toArray();
        return new Tensor(array.toFloatArray(), shape);
    }

    static NDArray array(NDManager manager, String name, float[] values, long... shape) {
        return named(manager.create(DirectBuffers.of(values), new Shape(shape), DataType.FLOAT32), name);
    }

    static NDArray array(NDManager manager, String name, long[] values, long... shape) {
        return named(manager.create(DirectBuffers.of(values), new Shape(shape), DataType.INT64), name);
    }

    static NDArray array(NDManager manager, String name, Tensor tensor) {
        long[] shape = Arrays.stream(tensor.shape()).asLongStream().toArray();
        return array(manager, name, tensor.data(), shape);
    }

    private static NDArray named(NDArray array, String name) {
        array.setName(name);
        return array;
    }
}
