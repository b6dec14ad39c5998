package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.darkroom.embedded.EmbeddedS3;
import dev.darkroom.worker.config.S3Config;
import dev.darkroom.worker.storage.Uploads;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command {@code models} on a catalogue with a local model and one in a bucket. */
class ModelsCommandTest {
    private static final Path SHAPES = TestStack.MODELS.resolve("shapes");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private static Path data;

    private static EmbeddedS3 s3;

    @TempDir
    private Path folder;

    private Path catalogue;

    @BeforeAll
    static void startServer() throws Exception {
        s3 = EmbeddedS3.start(data, 0);
        s3.createBucket("models");
        S3Config config = new S3Config(
                Optional.of(URI.create(s3.endpoint())),
                "us-east-1",
                "results",
                "",
                true,
                Optional.of(new S3Config.Keys(EmbeddedS3.ACCESS_KEY, EmbeddedS3.SECRET_KEY)));
        Uploads.folder(config, "models", "shapes/", SHAPES);
    }

    @AfterAll
    static void stopServer() throws IOException {
        s3.close();
    }

    @BeforeEach
    void writeCatalogue() throws IOException {
        catalogue = Files.writeString(folder.resolve("models.yaml"), """
                - {id: here, source: "%s", family: sd1}
                - {id: far, source: "s3://models/shapes/"}
                - {id: secret, source: "https://me:pa55word@example.com/x.safetensors", sha256: "%s"}
                """.formatted(
                        SHAPES.toAbsolutePath().normalize(), "a".repeat(64)));
    }

    @Test
    void modelsAreListedFetchedAndListedAgain() throws Exception {
        CommandRun before = models("list");
        assertThat(before.exitCode()).as(before.err()).isZero();
        assertThat(before.lines()).hasSize(4);
        assertThat(before.lines().get(0)).matches("ID +KIND +SOURCE +FAMILY +SHA-256 +PLACE +SIZE");
        assertThat(before.lines().get(1)).matches("far +model +s3://models/shapes/ +- +unpinned +remote +-");
        assertThat(before.lines().get(2)).matches("here +model +/.*/shapes +sd1 +unpinned +local +11.0 MB");
        assertThat(before.lines().get(3))
                .matches("secret +model +https://\\*\\*\\*@example.com/x.safetensors +- +aaaaaaaaaaaa +remote +-");

        CommandRun pulled = models("pull", "here", "far");
        assertThat(pulled.exitCode()).as(pulled.err()).isZero();
        String sum = inspected("--json").get("sha256").asText();
        assertThat(pulled.lines())
                .hasSize(2)
                .anyMatch(line -> line.matches("far: .*/cache/[0-9a-f]{32} \\(SHA-256 " + sum + "\\)"))
                .anyMatch(line -> line.startsWith("here: "));

        JsonNode after = JSON.readTree(models("list", "--json").out());
        assertThat(after.at("/0/id").asText()).isEqualTo("far");
        assertThat(after.at("/0/place").asText()).isEqualTo("cached");
        assertThat(after.at("/0/pinned").asBoolean()).isFalse();
        assertThat(after.at("/0/bytes").asLong()).isEqualTo(after.at("/1/bytes").asLong());
        assertThat(after.at("/2/sha256").asText()).isEqualTo("a".repeat(64));
        assertThat(after.toString()).doesNotContain("pa55word");
    }

    @Test
    void aModelThatCannotBeHadDoesNotKeepTheOthers() throws Exception {
        Files.writeString(catalogue, """
                - {id: absent, source: "s3://models/nothing/"}
                - {id: far, source: "s3://models/shapes/"}
                """);
        CommandRun run = models("pull");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .contains("absent: s3://models/nothing/ is not a whole checkpoint")
                .doesNotContain("\tat ");
        assertThat(run.out()).contains("far: ");
    }

    @Test
    void anIdThatIsNotThereIsWrongUse() {
        CommandRun run = models("pull", "fra");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("There is no model fra; there are: far, here, secret");
    }

    @Test
    void aBrokenCatalogueIsAFailureThatSaysWhere() throws Exception {
        Files.writeString(catalogue, "- {id: a, sauce: b}");
        CommandRun run = models("list");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("models.yaml has 2 problems", "'sauce': is not a key", "source: is missing");
    }

    @Test
    void aCheckpointIsLookedInto() throws Exception {
        JsonNode report = inspected("--json");
        assertThat(report.get("family").asText()).isEqualTo("sd1");
        assertThat(report.get("layout").asText()).isEqualTo("diffusers folder");
        assertThat(report.get("input").asText()).isEqualTo("latents");
        assertThat(report.get("prediction_type").asText()).isEqualTo("epsilon");
        assertThat(report.get("sha256").asText()).matches("[0-9a-f]{64}");
        assertThat(report.at("/components/unet/parameters").asLong()).isEqualTo(3_984_068);
        assertThat(report.at("/components/unet/types/f16").asLong()).isEqualTo(3_984_068);
        assertThat(report.get("components").size()).isEqualTo(3);

        CommandRun lines = CommandRun.run("models", "inspect", SHAPES.toString());
        assertThat(lines.lines()).anyMatch(line -> line.matches("unet +3984068 parameters, f16"));
    }

    @Test
    void whatCannotBeRunSaysWhy() throws Exception {
        Path pickle = Files.writeString(folder.resolve("model.ckpt"), "x");
        CommandRun run = CommandRun.run("models", "inspect", pickle.toString());
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("is a pickle").doesNotContain("\tat ");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void theBarOfADownloadIsAsLongAsItIsFar() {
        assertThat(DownloadDisplay.bar("s3://m/x", 500_000_000, OptionalLong.of(1_000_000_000)))
                .isEqualTo("s3://m/x [" + "#".repeat(15) + ".".repeat(15) + "] 500/1000 MB");
        assertThat(DownloadDisplay.bar("a".repeat(50), 3_000_000, OptionalLong.empty()))
                .isEqualTo("…" + "a".repeat(39) + " 3 MB");
        assertThat(DownloadDisplay.bar("empty", 0, OptionalLong.of(0))).contains("#".repeat(30));
    }

    private static JsonNode inspected(String option) throws IOException {
        CommandRun run = CommandRun.run("models", "inspect", SHAPES.toString(), option);
        assertThat(run.exitCode()).as(run.err()).isZero();
        return JSON.readTree(run.out());
    }

    private CommandRun models(String... arguments) {
        List<String> line = new ArrayList<>(List.of("models"));
        line.addAll(List.of(arguments));
        for (String setting : List.of(
                "models=" + catalogue,
                "model-cache.folder=" + folder.resolve("cache"),
                "s3.endpoint=" + s3.endpoint(),
                "s3.access-key=" + EmbeddedS3.ACCESS_KEY,
                "s3.secret-key=" + EmbeddedS3.SECRET_KEY)) {
            line.addAll(List.of("--set", setting));
        }
        return CommandRun.run(line.toArray(String[]::new));
    }
}
