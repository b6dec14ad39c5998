package dev.darkroom.worker.model.runtime;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.darkroom.worker.model.AddedConditions;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.checkpoint.UnetConfig;
import dev.darkroom.worker.model.graph.GuidanceEmbedding;
import dev.darkroom.worker.model.graph.Sinusoid;
import dev.darkroom.worker.model.graph.UnetGraph;
import java.util.Optional;

/** From the rows of a call to the inputs of a UNet's graph, and from its prediction back. */
final class UnetCall extends ToTensor<UnetRows> {
    private final Sinusoid sinusoid;
    private final Optional<Sinusoid> added;
    private final Optional<GuidanceEmbedding> guidance;

    UnetCall(UnetConfig config) {
        sinusoid = new Sinusoid(config.time());
        added = config.added().map(embedding -> new Sinusoid(embedding.sinusoid()));
        guidance = config.guidanceWidth().isPresent()
                ? Optional.of(new GuidanceEmbedding(config.guidanceWidth().getAsInt()))
                : Optional.empty();
    }

    @Override
    NDList inputs(NDManager manager, UnetRows rows) {
        float[] times = rows.timesteps();
        NDList inputs = new NDList(
                array(manager, UnetGraph.SAMPLE, rows.latents()),
                array(manager, UnetGraph.TIME, sinusoid.of(times), times.length, sinusoid.width()),
                array(manager, UnetGraph.CONTEXT, rows.context()));
        rows.added().ifPresent(conditions -> inputs.add(embeds(manager, conditions)));
        rows.guidance().ifPresent(scales -> inputs.add(embeds(manager, scales)));
        return inputs;
    }

    private NDArray embeds(NDManager manager, float[] scales) {
        GuidanceEmbedding embedding = guidance.orElseThrow();
        return array(manager, UnetGraph.GUIDANCE, embedding.of(scales), scales.length, embedding.width());
    }

    /** Each row: the pooled text, then the sinusoids. */
    private NDArray embeds(NDManager manager, AddedConditions conditions) {
        int rows = conditions.pooledText().shape()[0];
        int pooled = conditions.pooledText().rowSize();
        float[] sines = added.orElseThrow().of(conditions.timeIds().data());
        int numbers = sines.length / rows;
        float[] embeds = new float[rows * (pooled + numbers)];
        for (int row = 0; row < rows; row++) {
            int at = row * (pooled + numbers);
            System.arraycopy(conditions.pooledText().data(), row * pooled, embeds, at, pooled);
            System.arraycopy(sines, row * numbers, embeds, at + pooled, numbers);
        }
        return array(manager, UnetGraph.ADDED, embeds, rows, pooled + numbers);
    }
}
