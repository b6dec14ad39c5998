package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.AddedConditions;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnetRows;

/**
 * A UNet that is called for one row at a time, whatever it is given: for one whose rows would depend on each other. It owns
 * that UNet.
 */
record SingleRows(Unet unet) implements Unet {
    /** A call of one row is the same call whatever comes with it, in any layout of the weights. */
    @Override
    public boolean rowsAreIndependent() {
        return true;
    }

    @Override
    public Tensor predict(UnetRows rows, Interruption interruption) {
        Tensor first = unet.predict(row(rows, 0), interruption);
        if (rows.count() == 1) {
            return first;
        }
        int size = first.rowSize();
        float[] all = new float[Math.multiplyExact(rows.count(), size)];
        System.arraycopy(first.data(), 0, all, 0, size);
        for (int i = 1; i < rows.count(); i++) {
            System.arraycopy(unet.predict(row(rows, i), interruption).data(), 0, all, i * size, size);
        }
        int[] shape = first.shape().clone();
        shape[0] = rows.count();
        return new Tensor(all, shape);
    }

    private static UnetRows row(UnetRows rows, int row) {
        return new UnetRows(
                row(rows.latents(), row),
                new float[] {rows.timesteps()[row]},
                row(rows.context(), row),
                rows.added().map(added -> new AddedConditions(row(added.pooledText(), row), row(added.timeIds(), row))),
                rows.guidance().map(scales -> new float[] {scales[row]}));
    }

    private static Tensor row(Tensor tensor, int row) {
        int[] shape = tensor.shape().clone();
        shape[0] = 1;
        return new Tensor(tensor.row(row), shape);
    }

    @Override
    public void close() {
        unet.close();
    }
}
