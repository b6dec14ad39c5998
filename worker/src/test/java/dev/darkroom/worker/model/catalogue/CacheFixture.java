package dev.darkroom.worker.model.catalogue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** A cache on a web server of this machine, with time that passes when told to and pauses that take none. */
final class CacheFixture implements AutoCloseable {
    final FileServer server = new FileServer();
    final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2030-01-01T00:00:00Z"));
    final List<Duration> pauses = new CopyOnWriteArrayList<>();
    final List<Long> progress = new ArrayList<>();
    final Path folder;

    private final Fetchers fetchers =
            new Fetchers(new HttpFetcher(Duration.ofSeconds(5), Duration.ofSeconds(20)), new NoBuckets());

    CacheFixture(Path folder) throws IOException {
        this.folder = folder;
    }

    ModelCache cache(long limit) {
        return cache(limit, DiskSpace.SYSTEM);
    }

    ModelCache cache(long limit, DiskSpace disk) {
        return new ModelCache(
                new CacheRoom(folder, limit, disk),
                fetchers,
                now::get,
                pauses::add,
                (file, done, total) -> progress.add(done));
    }

    void passes(Duration duration) {
        now.updateAndGet(instant -> instant.plus(duration));
    }

    /** Names of entries, whole and partial. */
    List<String> entries() throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(folder)) {
            return children.filter(Files::isDirectory)
                    .map(child -> child.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    /** Puts a whole small model under {@code /model/}; its weights are not weights. */
    void putModel() {
        put("model_index.json", """
                {"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"],
                 "vae": ["diffusers", "AutoencoderKL"], "text_encoder": ["transformers", "CLIPTextModel"],
                 "tokenizer": ["transformers", "CLIPTokenizer"], "scheduler": ["diffusers", "DDIMScheduler"],
                 "safety_checker": ["x", "SafetyChecker"], "text_encoder_2": [null, null]}""");
        put("scheduler/scheduler_config.json", "{}");
        put("tokenizer/vocab.json", "{}");
        put("tokenizer/merges.txt", "merges");
        for (String network : List.of("text_encoder", "unet", "vae")) {
            put(network + "/config.json", "{\"of\": \"" + network + "\"}");
        }
        put("text_encoder/model.safetensors", "text");
        put("unet/diffusion_pytorch_model.safetensors", "unet");
        put("vae/diffusion_pytorch_model.safetensors", "vae");
        put("safety_checker/model.safetensors", "never read");
        put("unet/diffusion_pytorch_model.bin", "never read");
        put("unet/diffusion_pytorch_model.fp16.safetensors", "never read where there is the plain one");
    }

    void put(String name, String text) {
        server.put("/model/" + name, text.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] bytes(long seed, int count) {
        byte[] bytes = new byte[count];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        fetchers.close();
        server.close();
    }

    private static final class NoBuckets implements Fetcher<Source.S3> {
        @Override
        public Optional<Answer> open(Source.S3 source, long offset, Optional<String> version) {
            throw new AssertionError("No bucket is asked here");
        }

        @Override
        public void close() {}
    }
}
