package dev.darkroom.worker.model.runtime;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslatorContext;
import dev.darkroom.worker.model.DeepFeatures;
import dev.darkroom.worker.model.InferenceException;
import dev.darkroom.worker.model.Interruption;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.checkpoint.UnetConfig;
import dev.darkroom.worker.model.graph.UnetGraph;
import java.util.Arrays;

/** A UNet's session, whose second output are its deep features, and one of its shallow part alone, which it owns. */
final class OnnxDeepFeatures implements DeepFeatures, AutoCloseable {
    private final UnetConfig config;
    private final UnetCall call;
    private final RowOrder order;
    private final Network whole;
    private final AtFirstUse<Network> shallow;
    private final WholeCall wholeCall = new WholeCall();
    private final ShallowCall shallowCall = new ShallowCall();

    OnnxDeepFeatures(UnetConfig config, UnetCall call, RowOrder order, Network whole, AtFirstUse<Network> shallow) {
        this.config = config;
        this.call = call;
        this.order = order;
        this.whole = whole;
        this.shallow = shallow;
    }

    @Override
    public int channels() {
        return UnetGraph.featureChannels(config);
    }

    @Override
    public Prediction predict(UnetRows rows, Interruption interruption) {
        OnnxUnet.check(config, rows);
        return order.run(
                rows.count(), part -> whole.predict(wholeCall, part.of(rows), interruption, 2), Prediction::stack);
    }

    @Override
    public Tensor predictFrom(Tensor features, UnetRows rows, Interruption interruption) {
        OnnxUnet.check(config, rows);
        int[] latents = rows.latents().shape();
        int[] expected = {latents[0], channels(), latents[2], latents[3]};
        if (!Arrays.equals(features.shape(), expected)) {
            throw new IllegalArgumentException("For such rows the deep features are " + Arrays.toString(expected)
                    + ", not " + Arrays.toString(features.shape()));
        }
        Network network = shallow();
        return order.run(
                rows.count(),
                part -> network.predict(shallowCall, new ShallowRows(part.of(rows), part.of(features)), interruption),
                Tensor::stack);
    }

    private Network shallow() {
        try {
            return shallow.get();
        } catch (ModelException e) {
            throw new InferenceException("The shallow part of the UNet cannot run: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        shallow.close();
    }

    private record ShallowRows(UnetRows rows, Tensor features) {}

    private final class WholeCall implements NoBatchifyTranslator<UnetRows, Prediction> {
        @Override
        public NDList processInput(TranslatorContext context, UnetRows rows) {
            return call.inputs(context.getNDManager(), rows);
        }

        @Override
        public Prediction processOutput(TranslatorContext context, NDList outputs) {
            return new Prediction(ToTensor.tensor(outputs.get(0)), ToTensor.tensor(outputs.get(1)));
        }
    }

    private final class ShallowCall extends ToTensor<ShallowRows> {
        @Override
        NDList inputs(NDManager manager, ShallowRows input) {
            NDList inputs = call.inputs(manager, input.rows());
            inputs.add(array(manager, UnetGraph.FEATURES, input.features()));
            return inputs;
        }
    }
}
