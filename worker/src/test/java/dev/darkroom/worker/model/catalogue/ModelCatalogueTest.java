package dev.darkroom.worker.model.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFamily;
import dev.darkroom.worker.model.ModelRepository.HeldFiles;
import dev.darkroom.worker.model.ModelVariant;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.catalogue.FileServer.Mishap;
import dev.darkroom.worker.model.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCatalogueTest {
    private static final long ROOM = 100_000_000;
    private static final Path SHAPES = Path.of("../deploy/models/shapes");
    private static final byte[] BYTES = CacheFixture.bytes(1, 1000);

    @TempDir
    private Path directory;

    private CacheFixture fixture;

    @BeforeEach
    void open() throws IOException {
        fixture = new CacheFixture(directory.resolve("cache"));
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void whatIsLocalIsTakenAsItIsAndWhatIsNotIsFetchedWhenItIsAskedFor() throws Exception {
        Path local = Files.write(directory.resolve("local.safetensors"), BYTES);
        fixture.server.put("/remote", BYTES);
        ModelCatalogue catalogue = catalogue("""
                - {id: local, source: local.safetensors, family: sd2}
                - {id: remote, source: "%s"}
                - {id: absent, source: not/there}
                """.formatted(fixture.server.url("/remote")));
        assertThat(catalogue.ids()).containsExactly("absent", "local", "remote");
        assertThat(catalogue.has("local")).isTrue();
        assertThat(catalogue.open("another")).isEmpty();
        assertThat(fixture.server.requests()).isEmpty();
        try (HeldFiles files = catalogue.open("local").orElseThrow()) {
            assertThat(files.files().checkpoint()).isEqualTo(local);
            assertThat(files.files().family()).contains(ModelFamily.SD2);
        }
        assertThat(presences(catalogue))
                .containsExactly(Presence.State.ABSENT, Presence.State.LOCAL, Presence.State.REMOTE);
        try (HeldFiles files = catalogue.open("remote").orElseThrow()) {
            assertThat(files.files().checkpoint()).hasBinaryContent(BYTES);
        }
        assertThat(presences(catalogue)).endsWith(Presence.State.CACHED);
        assertThat(catalogue.presence(catalogue.entries().get(2)).size()).isEqualTo(OptionalLong.of(BYTES.length));
    }

    @Test
    void aVaeOfItsOwnIsHeldBesideTheModel() throws Exception {
        fixture.server.put("/model", BYTES).put("/vae", BYTES);
        ModelCatalogue catalogue = catalogue("""
                - {id: a, source: "%s", vae: {source: "%s"}}
                """.formatted(fixture.server.url("/model"), fixture.server.url("/vae")));
        try (HeldFiles files = catalogue.open("a").orElseThrow()) {
            assertThat(files.files().vae().orElseThrow())
                    .hasBinaryContent(BYTES)
                    .isNotEqualTo(files.files().checkpoint());
        }
        assertThat(catalogue.presence(catalogue.entries().get(0)).size()).isEqualTo(OptionalLong.of(2L * BYTES.length));
    }

    @Test
    void lorasAndEmbeddingsComeBesideTheModel() throws Exception {
        fixture.server.put("/model", BYTES).put("/ink", BYTES).put("/cat", BYTES);
        ModelCatalogue catalogue = catalogue("""
                - {id: a, source: "%s", family: sd1}
                - {id: ink, kind: lora, source: "%s", sha256: %s, family: sd1}
                - {id: cat, kind: embedding, source: "%s", token: <cat>}
                - {id: xl, kind: embedding, source: not/there, family: sdxl}
                """.formatted(
                        fixture.server.url("/model"),
                        fixture.server.url("/ink"),
                        CacheFixture.sha256(BYTES),
                        fixture.server.url("/cat")));
        assertThat(catalogue.ids()).containsExactly("a");
        assertThat(catalogue.loraIds()).containsExactly("ink");
        assertThat(catalogue.has("ink")).isFalse();
        assertThat(catalogue.open("ink")).isEmpty();
        ModelVariant variant = new ModelVariant("a", List.of(new ModelVariant.Scaled("ink", 0.5)));
        try (HeldFiles files = catalogue.open(variant).orElseThrow()) {
            assertThat(files.files().loras()).singleElement().satisfies(lora -> {
                assertThat(lora.path()).hasBinaryContent(BYTES);
                assertThat(lora.scale()).isEqualTo(0.5);
                assertThat(lora.family()).contains(ModelFamily.SD1);
            });
            assertThat(files.files().embeddings()).singleElement().satisfies(embedding -> {
                assertThat(embedding.path()).hasBinaryContent(BYTES);
                assertThat(embedding.token()).contains("<cat>");
            });
        }
        ModelVariant unknown = new ModelVariant("a", List.of(new ModelVariant.Scaled("cat", 1)));
        assertThatThrownBy(() -> catalogue.open(unknown))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("There is no LoRA cat");
    }

    @Test
    void whereTheVaeCannotBeHadTheModelIsNotHeld() throws Exception {
        fixture.server.put("/model", BYTES).put("/other", CacheFixture.bytes(2, 1000));
        fixture.server.next("/vae", new Mishap.Status(403));
        ModelCatalogue catalogue = catalogue(1500, """
                - {id: a, source: "%s", vae: {source: "%s"}}
                - {id: b, source: "%s"}
                """.formatted(
                        fixture.server.url("/model"), fixture.server.url("/vae"), fixture.server.url("/other")));
        assertThatThrownBy(() -> catalogue.open("a")).hasMessageContaining("/vae");
        catalogue.open("b").orElseThrow().close(); // there is room: what was held for a moment may go
    }

    /** Not as a model that cannot be had at all: jobs are tried again, and none makes a picture of the bare word. */
    @Test
    void anEmbeddingThatCannotBeFetchedFailsTheLoadThisTime() throws Exception {
        fixture.server.put("/model", BYTES).put("/cat", CacheFixture.bytes(3, 1000));
        fixture.server.next("/cat", new Mishap.Status(403));
        ModelCatalogue catalogue = catalogue("""
                - {id: a, source: "%s"}
                - {id: cat, kind: embedding, source: "%s"}
                """.formatted(fixture.server.url("/model"), fixture.server.url("/cat")));
        assertThatThrownBy(() -> catalogue.open("a"))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining("/cat");
        try (HeldFiles files = catalogue.open("a").orElseThrow()) {
            assertThat(files.files().embeddings()).hasSize(1);
        }
    }

    @Test
    void aLocalFileOfAnotherSumIsRefusedAndStays() throws Exception {
        Path local = Files.write(directory.resolve("local.safetensors"), BYTES);
        ModelCatalogue catalogue = catalogue("""
                - {id: right, source: local.safetensors, sha256: %s}
                - {id: wrong, source: local.safetensors, sha256: %s}
                """.formatted(CacheFixture.sha256(BYTES), "f".repeat(64)));
        catalogue.open("right").orElseThrow().close();
        assertThatThrownBy(() -> catalogue.open("wrong"))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("wrong", local.toString(), "f".repeat(64), CacheFixture.sha256(BYTES));
        assertThat(local).hasBinaryContent(BYTES);
    }

    @Test
    void aSnapshotInHuggingFacesCacheIsAModel() throws Exception {
        Path snapshot = snapshot();
        ModelCatalogue catalogue = catalogue("""
                - {id: shapes, source: hub/models--x--shapes/snapshots/abc, sha256: %s}
                """.formatted(Sums.of(SHAPES)));
        try (HeldFiles files = catalogue.open("shapes").orElseThrow()) {
            assertThat(files.files().checkpoint()).isEqualTo(snapshot);
            assertThat(Checkpoint.open(files.files()).family()).isEqualTo(ModelFamily.SD1);
        }
        assertThat(Sums.of(snapshot)).isEqualTo(Sums.of(SHAPES));
    }

    /** The demo model as that cache lays it out: files are links to blobs that are called by a hash. */
    private Path snapshot() throws IOException {
        Path repository = directory.resolve("hub/models--x--shapes");
        Path snapshot = repository.resolve("snapshots/abc");
        Files.createDirectories(repository.resolve("blobs"));
        try (Stream<Path> files = Files.walk(SHAPES)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path blob = repository.resolve("blobs").resolve(CacheFixture.sha256(Files.readAllBytes(file)));
                if (!Files.exists(blob)) {
                    Files.copy(file, blob);
                }
                Path link = snapshot.resolve(SHAPES.relativize(file).toString());
                Files.createDirectories(link.getParent());
                Files.createSymbolicLink(link, link.getParent().relativize(blob));
            }
        }
        return snapshot;
    }

    private static List<Presence.State> presences(ModelCatalogue catalogue) {
        return catalogue.entries().stream()
                .map(entry -> catalogue.presence(entry).state())
                .toList();
    }

    private ModelCatalogue catalogue(String yaml) throws IOException, ModelException {
        return catalogue(ROOM, yaml);
    }

    private ModelCatalogue catalogue(long limit, String yaml) throws IOException, ModelException {
        Path file = Files.writeString(directory.resolve("models.yaml"), yaml);
        return ModelCatalogue.read(file, fixture.cache(limit));
    }
}
