package dev.darkroom.worker;

import static java.util.stream.Collectors.toMap;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.LoraUse;
import dev.darkroom.job.OutputFormat;
import dev.darkroom.worker.develop.DevelopedImage;
import dev.darkroom.worker.diffusion.schedule.Schedulers;
import dev.darkroom.worker.image.GenerationParameters;
import dev.darkroom.worker.image.JpegEncoder;
import dev.darkroom.worker.image.Picture;
import dev.darkroom.worker.image.PngEncoder;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A picture as the bytes of a file. */
@SuppressWarnings("ArrayRecordComponent") // bytes on their way to the bucket: never compared, never hashed
record EncodedImage(byte[] bytes, OutputFormat.Kind format, int width, int height, long seed) {

    /**
     * Encodes a picture as its job asks; a PNG carries the parameters that made it.
     *
     * @param k which of the job's pictures it is
     */
    static EncodedImage of(ResolvedJob resolved, DevelopedImage image, int k) {
        OutputFormat output = resolved.job().output();
        Picture picture = image.picture();
        byte[] bytes = output.kind() == OutputFormat.Kind.PNG
                ? PngEncoder.encode(picture, parameters(resolved, image, k))
                : JpegEncoder.encode(picture, output.quality());
        return new EncodedImage(bytes, output.kind(), picture.width(), picture.height(), image.seed());
    }

    private static List<GenerationParameters.Lora> loras(ResolvedJob resolved) {
        Map<String, Double> listed = resolved.job().loras().stream().collect(toMap(LoraUse::id, LoraUse::scale));
        return resolved.request().model().loras().stream()
                .map(lora -> new GenerationParameters.Lora(
                        lora.id(), Optional.ofNullable(listed.get(lora.id())), lora.sha256(), lora.weightsSha256()))
                .toList();
    }

    private static List<GenerationParameters.Embedding> embeddings(ResolvedJob resolved) {
        return JobEmbeddings.used(resolved.job(), resolved.request().model()).stream()
                .map(embedding -> new GenerationParameters.Embedding(embedding.word(), embedding.sha256()))
                .toList();
    }

    private static GenerationParameters parameters(ResolvedJob resolved, DevelopedImage image, int k) {
        GenerationJob job = resolved.job();
        String scheduler = job.scheduler().orElseThrow();
        return new GenerationParameters(
                job.prompt(),
                job.negativePrompt(),
                image.picture().width(),
                image.picture().height(),
                job.numInferenceSteps().orElseThrow(),
                job.guidanceScale().orElseThrow(),
                job.guidanceRescale(),
                job.guidanceInterval().start(),
                job.guidanceInterval().end(),
                job.cacheInterval(),
                scheduler,
                Schedulers.samplerLabel(scheduler),
                A1111Sampler.scheduleType(scheduler),
                job.eta(),
                image.seed(),
                k,
                job.numImages(),
                job.noise().label(),
                job.promptSyntax().label(),
                job.clipSkip(),
                job.model().orElseThrow(),
                resolved.request().model().sha256(),
                Main.version(),
                resolved.source(),
                loras(resolved),
                embeddings(resolved));
    }
}
