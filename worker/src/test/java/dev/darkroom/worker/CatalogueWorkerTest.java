package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.JobEvent;
import dev.darkroom.worker.config.ConfigLoader;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.storage.S3ResultStore;
import dev.darkroom.worker.storage.Uploads;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker whose only model lies in a bucket. */
class CatalogueWorkerTest {
    @TempDir
    private Path directory;

    @Test
    void aModelInABucketIsFetchedAndDevelopsAJob() throws Exception {
        Path catalogue = Files.writeString(directory.resolve("models.yaml"), """
                - {id: far-shapes, source: "s3://darkroom/models/shapes/"}
                """);
        try (TestStack stack = new TestStack()) {
            Map<String, String> environment = new HashMap<>(stack.environment());
            environment.put("DARKROOM_MODELS", catalogue.toString());
            environment.put("DARKROOM_DEFAULT_MODEL", "");
            environment.put(
                    "DARKROOM_MODEL_CACHE_FOLDER", directory.resolve("cache").toString());
            WorkerConfig config = ConfigLoader.load(Optional.empty(), environment, Map.of(), "worker");
            try (S3ResultStore bucket = stack.bucket()) {
                bucket.ensureBucket();
                Uploads.folder(config.s3(), bucket.bucket(), "models/shapes/", TestStack.MODELS.resolve("shapes"));
                try (Worker worker = Worker.start(config);
                        EventLog events = stack.events()) {
                    stack.send("circle", """
                            {"id": "circle", "prompt": "a red circle on a blue background", "model": "far-shapes",
                             "guidance_scale": 4, "seed": 42, "num_inference_steps": 25, "scheduler": "ddim"}""");
                    JobEvent.Completed completed =
                            (JobEvent.Completed) events.awaitEnd("circle", Duration.ofSeconds(60));
                    byte[] png = bucket.get(completed.images().get(0).key());
                    new ShapesPicture(ImageIO.read(new ByteArrayInputStream(png)))
                            .shows("blue", "red", Optional.empty());
                    worker.stop();
                }
            }
        }
        try (Stream<Path> cached = Files.list(directory.resolve("cache"))) {
            List<Path> entries = cached.filter(Files::isDirectory).toList();
            assertThat(entries)
                    .singleElement()
                    .satisfies(entry ->
                            assertThat(entry.resolve("model_index.json")).exists());
        }
    }
}
