package dev.darkroom.worker.develop;

import dev.darkroom.worker.model.ForwardingModel;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.UnetRows;
import java.util.Optional;

/** A model whose UNet is so small that it is there twice: once for calls on their caller's thread. */
final class SmallModel extends ForwardingModel {
    /** What computes on its caller's thread. */
    final RowwiseModel one = new RowwiseModel("one");

    /** Whether that was closed. */
    boolean oneClosed;

    /** Whether that cannot be loaded. */
    boolean broken;

    SmallModel(RowwiseModel model) {
        super(model);
        one.steps.release(1_000_000);
    }

    @Override
    public Unet unet() {
        return new ForwardingUnet(model.unet()) {
            @Override
            public Optional<Unet> onCallersThread() throws ModelException {
                if (broken) {
                    throw new ModelException("There is no room for it");
                }
                return Optional.of(new ForwardingUnet(one.unet()) {
                    @Override
                    public void close() {
                        oneClosed = true;
                    }
                });
            }
        };
    }

    private static class ForwardingUnet implements Unet {
        private final Unet unet;

        ForwardingUnet(Unet unet) {
            this.unet = unet;
        }

        @Override
        public Tensor predict(UnetRows rows, Interruption interruption) {
            return unet.predict(rows, interruption);
        }

        @Override
        public boolean rowsAreIndependent() {
            return true;
        }

        @Override
        public void close() {}
    }
}
