package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.diffusion.text.ClipTokenizer;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelDescription;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.TextEncoder;
import dev.darkroom.worker.model.Unet;
import dev.darkroom.worker.model.VaeDecoder;
import dev.darkroom.worker.model.VaeEncoder;
import dev.darkroom.worker.model.checkpoint.Checkpoint;
import dev.darkroom.worker.model.graph.ClipTextGraph;
import dev.darkroom.worker.model.graph.ClipTextGraph.Output;
import dev.darkroom.worker.model.graph.GraphForm;
import dev.darkroom.worker.model.graph.GroupNormExpansion;
import dev.darkroom.worker.model.graph.UnetGraph;
import dev.darkroom.worker.model.graph.VaeDecoderGraph;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import dev.darkroom.worker.model.safetensors.DataType;
import java.nio.file.Path;

/**
 * A small model of one text encoder whose networks are in a form for CUDA and run on the CPU, with one operator written out
 * that it has not ({@link GroupNormExpansion}).
 */
public record CudaFormModel(LoadedModel base, TextEncoder textEncoder, Unet unet, VaeDecoder vaeDecoder)
        implements LoadedModel {
    private static final RuntimeOptions OPTIONS = new RuntimeOptions(Device.CPU, 2, Memory.FAST_START);

    /** Writes the checkpoint {@code id} of the golden vectors, and loads it. */
    public static CudaFormModel load(String id, Path folder, GraphForm form) throws Exception {
        FormulaCheckpoint.of(id).write(folder, DataType.F32);
        Checkpoint opened = Checkpoint.open(folder);
        return new CudaFormModel(
                new OnnxModelLoader(OPTIONS).load(ModelFiles.of(id + " " + form, folder)),
                OnnxTextEncoder.load(
                        opened.textEncoder(),
                        Output.NORMED,
                        GroupNormExpansion.of(
                                ClipTextGraph.build(
                                        opened.textEncoder(), opened.textEncoderWeights(), Output.NORMED, form),
                                form),
                        OPTIONS,
                        0),
                WholeUnet.load(
                        opened.unet(),
                        GroupNormExpansion.of(UnetGraph.build(opened.unet(), opened.unetWeights(), form), form),
                        OPTIONS),
                OnnxVaeDecoder.load(
                        opened.vae(),
                        GroupNormExpansion.of(VaeDecoderGraph.build(opened.vae(), opened.vaeWeights(), form), form),
                        OPTIONS));
    }

    @Override
    public ModelDescription description() {
        return base.description();
    }

    @Override
    public String sha256() {
        return base.sha256();
    }

    @Override
    public ClipTokenizer tokenizer() {
        return base.tokenizer();
    }

    @Override
    public VaeEncoder vaeEncoder() throws ModelException {
        return base.vaeEncoder();
    }

    @Override
    public void close() {
        base.close();
        textEncoder.close();
        unet.close();
        vaeDecoder.close();
    }
}
