package dev.darkroom.worker.model.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.catalogue.FileServer.Mishap;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders in the layout of diffusers that lie on a server. */
class FolderDownloadTest {
    private static final long ROOM = 100_000_000;
    private static final List<String> READ = List.of(
            "model_index.json",
            "scheduler/scheduler_config.json",
            "text_encoder/config.json",
            "text_encoder/model.safetensors",
            "tokenizer/merges.txt",
            "tokenizer/vocab.json",
            "unet/config.json",
            "unet/diffusion_pytorch_model.safetensors",
            "vae/config.json",
            "vae/diffusion_pytorch_model.safetensors");

    @TempDir
    private Path directory;

    private CacheFixture fixture;
    private Source.Http source;

    @BeforeEach
    void open() throws IOException {
        fixture = new CacheFixture(directory.resolve("cache"));
        fixture.putModel();
        source = fixture.server.source("/model/");
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void whatALoaderReadsIsFetchedAndNothingElse() throws Exception {
        try (ModelCache.Held held = pull(Optional.empty())) {
            assertThat(files(held.path())).isEqualTo(READ);
            assertThat(held.path().resolve("unet/diffusion_pytorch_model.safetensors"))
                    .hasContent("unet");
        }
        pull(Optional.empty()).close();
        assertThat(fixture.server.requests("/model/model_index.json")).hasSize(1);
    }

    @Test
    void theSumOfAFolderIsThatOfItsListOfSums() throws Exception {
        String list;
        try (ModelCache.Held held = pull(Optional.empty())) {
            Path folder = held.path();
            list = READ.stream()
                    .map(name -> sumOf(folder.resolve(name)) + "  " + name + "\n")
                    .collect(Collectors.joining());
            String sum = CacheFixture.sha256(list.getBytes(StandardCharsets.UTF_8));
            assertThat(Sums.of(folder)).isEqualTo(sum);
            assertThat(fixture.cache(ROOM).find(source, Optional.empty()))
                    .map(ModelCache.Cached::sha256)
                    .contains(sum);
            pull(Optional.of(sum)).close();
        }
        fixture.put("vae/config.json", "{}");
        String before =
                CacheFixture.sha256(list.getBytes(StandardCharsets.UTF_8)).replace('0', '1');
        assertThatThrownBy(() -> pull(Optional.of(before)))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(before, "twice");
    }

    private static String sumOf(Path file) {
        try {
            return CacheFixture.sha256(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shardsAreFetchedByTheirIndex() throws Exception {
        remove("unet/diffusion_pytorch_model.safetensors");
        fixture.put("unet/diffusion_pytorch_model.safetensors.index.json", """
                {"weight_map": {"a": "part-2-of-2.safetensors", "b": "part-1-of-2.safetensors",
                                "c": "part-1-of-2.safetensors"}}""");
        fixture.put("unet/part-1-of-2.safetensors", "1");
        fixture.put("unet/part-2-of-2.safetensors", "2");
        try (ModelCache.Held held = pull(Optional.empty())) {
            assertThat(files(held.path().resolve("unet")))
                    .containsExactly(
                            "config.json",
                            "diffusion_pytorch_model.safetensors.index.json",
                            "part-1-of-2.safetensors",
                            "part-2-of-2.safetensors");
        }
    }

    @Test
    void whereThereAreNoPlainWeightsThoseInHalfPrecisionAreTaken() throws Exception {
        remove("unet/diffusion_pytorch_model.safetensors");
        try (ModelCache.Held held = pull(Optional.empty())) {
            assertThat(files(held.path().resolve("unet")))
                    .containsExactly("config.json", "diffusion_pytorch_model.fp16.safetensors");
        }
    }

    @Test
    void everyVariantThatALoaderReadsIsFetched() throws Exception {
        remove("unet/diffusion_pytorch_model.safetensors");
        remove("unet/diffusion_pytorch_model.fp16.safetensors");
        fixture.put("unet/diffusion_pytorch_model.bf16.safetensors", "bf16");
        remove("vae/diffusion_pytorch_model.safetensors");
        fixture.put(
                "vae/diffusion_pytorch_model.safetensors.bf16.index.json",
                "{\"weight_map\": {\"a\": \"part.safetensors\"}}");
        fixture.put("vae/part.safetensors", "1");
        try (ModelCache.Held held = pull(Optional.empty())) {
            assertThat(files(held.path().resolve("unet")))
                    .containsExactly("config.json", "diffusion_pytorch_model.bf16.safetensors");
            assertThat(files(held.path().resolve("vae")))
                    .containsExactly(
                            "config.json", "diffusion_pytorch_model.safetensors.bf16.index.json", "part.safetensors");
        }
    }

    @Test
    void aModelWithoutAVaeIsFetchedForTheCatalogueMayGiveOne() throws Exception {
        fixture.put("model_index.json", """
                {"unet": ["diffusers", "UNet2DConditionModel"], "text_encoder": ["transformers", "CLIPTextModel"],
                 "tokenizer": ["transformers", "CLIPTokenizer"], "vae": [null, null]}""");
        remove("vae/config.json");
        try (ModelCache.Held held = pull(Optional.empty())) {
            assertThat(files(held.path())).contains("unet/config.json").noneMatch(name -> name.startsWith("vae"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../../../evil.safetensors",
                "/etc/evil.safetensors",
                "..\\\\evil.safetensors",
                "C:evil.safetensors",
                "a/b.safetensors",
                ".safetensors",
                "x\\u0000.safetensors",
                "http://elsewhere/x.safetensors",
                "model.bin",
                ""
            })
    void anIndexCannotNameFilesElsewhere(String name) throws Exception {
        remove("unet/diffusion_pytorch_model.safetensors");
        fixture.put(
                "unet/diffusion_pytorch_model.safetensors.index.json", "{\"weight_map\": {\"a\": \"" + name + "\"}}");
        assertThatThrownBy(() -> pull(Optional.empty()))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("index.json names a shard", source.shown());
        assertThat(fixture.server.requests())
                .noneMatch(request -> request.path().contains("evil"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{\"weight_map\": {}}", "{}", "[]", "nonsense", "{\"weight_map\": \"x\"}", "[[[[[[[[[[[[[[[[[["})
    void anIndexOfNothingIsRefused(String index) {
        remove("unet/diffusion_pytorch_model.safetensors");
        fixture.put("unet/diffusion_pytorch_model.safetensors.index.json", index);
        assertThatThrownBy(() -> pull(Optional.empty())).isInstanceOf(ModelException.class);
    }

    @Test
    void aConfigurationOfManyMegabytesIsNotFetched() throws Exception {
        fixture.server.put("/model/unet/config.json", new byte[(int) DiffusersFiles.MAX_SMALL + 1]);
        assertThatThrownBy(() -> pull(Optional.empty()))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("unet/config.json", "16777217 bytes");
    }

    @Test
    void smallFilesOfUnknownSizeAreFetchedAndLargeOnesAreCutOff() {
        fixture.server.hideSizes();
        assertThatThrownBy(() -> pull(Optional.empty()))
                .as("the first weights")
                .hasMessageContainingAll("text_encoder/model.safetensors", "does not say its size");
        fixture.server.put("/model/model_index.json", new byte[(int) DiffusersFiles.MAX_SMALL + 1]);
        assertThatThrownBy(() -> fixture.cache(ROOM)
                        .open(fixture.server.source("/model/"), Optional.of("0".repeat(64)), DiffusersFiles.Kind.MODEL))
                .hasMessageContainingAll("model_index.json", "sends more");
    }

    @Test
    void whatIsMissingIsNamed() {
        remove("scheduler/scheduler_config.json");
        assertThatThrownBy(() -> pull(Optional.empty()))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(source.shown(), "scheduler/scheduler_config.json is missing");
    }

    @Test
    void anotherKindOfModelIsNotFetched() {
        fixture.put("model_index.json", "{\"transformer\": [\"diffusers\", \"FluxTransformer2DModel\"]}");
        assertThatThrownBy(() -> pull(Optional.empty()))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("lists no unet");
        assertThat(fixture.server.requests()).hasSize(1);
    }

    @Test
    void aVaeAloneHasItsConfigurationAndItsWeights() throws Exception {
        try (ModelCache.Held held = fixture.cache(ROOM)
                .open(fixture.server.source("/model/vae/"), Optional.empty(), DiffusersFiles.Kind.VAE)) {
            assertThat(files(held.path())).containsExactly("config.json", "diffusion_pytorch_model.safetensors");
        }
    }

    @Test
    void filesThatCameBeforeAFailureAreNotFetchedAgain() throws Exception {
        fixture.server.next("/model/vae/config.json", new Mishap.Status(403));
        assertThatThrownBy(() -> pull(Optional.empty())).isInstanceOf(ModelException.class);
        pull(Optional.empty()).close();
        assertThat(fixture.server.requests("/model/unet/diffusion_pytorch_model.safetensors"))
                .hasSize(1);
    }

    private ModelCache.Held pull(Optional<String> sha256) throws ModelException, InterruptedException {
        return fixture.cache(ROOM).open(source, sha256, DiffusersFiles.Kind.MODEL);
    }

    private void remove(String name) {
        fixture.server.remove("/model/" + name);
    }

    /** Names of all files but the cache's own. */
    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString().replace('\\', '/'))
                    .filter(name -> !name.startsWith("darkroom-"))
                    .sorted()
                    .toList();
        }
    }
}
