package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.checkpoint.UnetConfig;
import dev.darkroom.worker.model.graph.GraphForm;
import dev.darkroom.worker.model.graph.ModelGraph;
import java.util.Optional;

/** A UNet of a graph alone, for tests that call it whole. */
final class WholeUnet {
    private WholeUnet() {}

    static OnnxUnet load(UnetConfig config, ModelGraph graph, RuntimeOptions options) throws ModelException {
        AtFirstUse.Loading<ModelGraph> none = () -> {
            throw new IllegalStateException("There is no graph without the deep part");
        };
        return OnnxUnet.load(config, graph, none, RowOrder.of(options, GraphForm.CPU), options, Optional.empty());
    }
}
