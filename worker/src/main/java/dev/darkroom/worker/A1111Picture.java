package dev.darkroom.worker;

import static java.util.stream.Collectors.toMap;

import dev.darkroom.job.GenerationJob;
import dev.darkroom.job.GivenImage;
import dev.darkroom.job.JobRules;
import dev.darkroom.worker.model.AppliedEmbedding;
import dev.darkroom.worker.model.AppliedLora;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFamily;
import dev.darkroom.worker.model.catalogue.Sums;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How a picture of A1111's web UI was made, read from its file.
 *
 * @param job with the model left open; a picture to begin with is not in it
 * @param text what the file says
 */
record A1111Picture(GenerationJob job, A1111Text text) implements MadePicture {
    static final String KEYWORD = "parameters";

    private static final int SHORTEST_HASH = 10; // older versions have hashes of 8 digits, of a piece of the file

    /** @throws IOException when the text of that keyword is not A1111's, or tells of something that Darkroom cannot do */
    static A1111Picture of(String text) throws IOException {
        A1111Text read = A1111Text.parse(text);
        return new A1111Picture(A1111Job.of(read), read);
    }

    @Override
    public Optional<RecordedPicture.Source> source() {
        return Optional.empty();
    }

    @Override
    public GenerationJob job(Optional<GivenImage> named) throws IOException {
        Optional<String> strength = value("Denoising strength");
        if (strength.isEmpty()) {
            return job;
        }
        if (named.isEmpty()) {
            throw new IOException("It was made from a picture, which its file does not tell: name it with --image");
        }
        double share = A1111Job.real("Denoising strength", strength.get());
        Optional<String> guidance = value("Image CFG scale");
        if (guidance.isPresent() && share < 1) {
            throw new IOException("It was made with both an 'Image CFG scale' and a 'Denoising strength' of "
                    + JobRules.quoted(strength.get()) + ", which Darkroom does not do together");
        }
        GivenImage given = GivenImage.of(named.get().image());
        return job.toBuilder()
                .given(
                        guidance.isPresent()
                                ? given.withGuidance(A1111Job.real("Image CFG scale", guidance.get()))
                                : given.withStrength(share))
                .build();
    }

    /** A1111 skips layers of Stable Diffusion 1 only, whatever is set. A number that is not the file's was asked for here. */
    @Override
    public GenerationJob on(LoadedModel loaded, GenerationJob wanted) {
        return loaded.description().family() != ModelFamily.SD1 && wanted.clipSkip() == job.clipSkip()
                ? wanted.toBuilder().clipSkip(0).build()
                : wanted;
    }

    @Override
    public void check(Weights weights, Consumer<String> tell) {
        LoadedModel loaded = weights.loaded();
        value("Model hash").ifPresent(hash -> checkModel(hash, weights, tell));
        if (value("VAE").or(() -> value("VAE hash")).isPresent()) {
            checkVae(weights.vae(), tell);
        }
        checkFiles(
                "LoRA",
                "Lora hashes",
                loaded.loras().stream().collect(toMap(AppliedLora::id, AppliedLora::weightsSha256)),
                tell);
        checkFiles(
                "embedding",
                "TI hashes",
                loaded.embeddings().stream()
                        .collect(toMap(
                                embedding -> embedding.word().toLowerCase(Locale.ROOT), AppliedEmbedding::sha256)),
                tell);
        A1111Sampler.differences(job.scheduler().orElse("")).forEach(tell);
        if (value("Denoising strength").isPresent() && value("Image CFG scale").isEmpty()) {
            tell.accept("It was made from a picture: A1111 adds other noise to that, so this will be another one");
        }
    }

    private void checkModel(String hash, Weights weights, Consumer<String> tell) {
        String model = "the model " + value("Model").map(JobRules::quoted).orElse("without a name") + " with the hash "
                + JobRules.quoted(hash);
        if (hash.length() < SHORTEST_HASH || Files.isDirectory(weights.checkpoint())) {
            tell.accept("It was made by " + model + "; whether " + weights.checkpoint() + " is that cannot be told");
        } else if (!weights.loaded().sha256().startsWith(hash.toLowerCase(Locale.ROOT))) {
            tell.accept("It was made by " + model + ", but " + weights.checkpoint() + " has "
                    + weights.loaded().sha256().substring(0, SHORTEST_HASH));
        }
    }

    private void checkVae(Optional<Path> vae, Consumer<String> tell) {
        String told = "the VAE " + value("VAE").map(JobRules::quoted).orElse("without a name")
                + value("VAE hash")
                        .map(hash -> " with the hash " + JobRules.quoted(hash))
                        .orElse("");
        if (vae.isEmpty()) {
            tell.accept("It was made with " + told + ": name its file with --vae");
            return;
        }
        try {
            String actual = Files.isRegularFile(vae.get()) ? Sums.of(vae.get()) : "";
            String hash = value("VAE hash").orElse("").toLowerCase(Locale.ROOT);
            if (hash.length() < SHORTEST_HASH || actual.isEmpty()) {
                tell.accept("It was made with " + told + "; whether " + vae.get() + " is that cannot be told");
            } else if (!actual.startsWith(hash)) {
                tell.accept("It was made with " + told + ", but " + vae.get() + " has "
                        + actual.substring(0, SHORTEST_HASH));
            }
        } catch (ModelException e) {
            tell.accept(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void checkFiles(String kind, String name, Map<String, String> loaded, Consumer<String> tell) {
        hashes(value(name).orElse("")).forEach((file, hash) -> {
            String key = kind.equals("LoRA") ? file : file.toLowerCase(Locale.ROOT);
            String actual = loaded.getOrDefault(key, "");
            if (hash.isEmpty() || !actual.startsWith(hash.toLowerCase(Locale.ROOT))) {
                tell.accept("It was made with the " + kind + " " + JobRules.quoted(file) + " with the hash "
                        + JobRules.quoted(hash) + ", but "
                        + (actual.isEmpty() ? "there is none" : "it has " + actual.substring(0, 12)));
            }
        });
    }

    /** Of {@code name: hash, name: hash}. */
    private static Map<String, String> hashes(String list) {
        Map<String, String> hashes = new LinkedHashMap<>();
        for (String item : list.split(",", -1)) {
            int colon = item.lastIndexOf(':');
            if (colon > 0) {
                hashes.put(
                        item.substring(0, colon).strip(),
                        item.substring(colon + 1).strip());
            }
        }
        return hashes;
    }

    private Optional<String> value(String name) {
        return Optional.ofNullable(text.values().get(name));
    }
}
