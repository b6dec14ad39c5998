package dev.darkroom.worker.model.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelFolderTest {
    @TempDir
    private Path folder;

    @Test
    void everyCheckpointBelowTheFolderHasItsNameAsItsId() throws Exception {
        model(folder.resolve("b"));
        model(folder.resolve("a"));
        Files.createDirectories(folder.resolve("not-a-model"));
        Files.writeString(folder.resolve("file"), "");
        ModelCatalogue catalogue = LocalCatalogue.of(folder);
        assertThat(catalogue.ids()).containsExactly("a", "b");
        assertThat(path(catalogue, "a")).contains(folder.toAbsolutePath().resolve("a"));
    }

    @Test
    void aFolderThatIsACheckpointIsTheOnlyModel() throws Exception {
        Path shapes = model(folder.resolve("shapes"));
        model(shapes.resolve("inner"));
        assertThat(LocalCatalogue.of(shapes).ids()).containsExactly("shapes");
    }

    @Test
    void aSingleFileHasItsNameWithoutTheEndingAsItsId() throws Exception {
        model(folder.resolve("a"));
        Path file = Files.writeString(folder.resolve("v1-5-pruned.safetensors"), "");
        Files.writeString(folder.resolve("old.ckpt"), "");
        Files.writeString(folder.resolve(".safetensors"), "");
        Files.createDirectories(folder.resolve("folder.safetensors"));
        ModelCatalogue catalogue = LocalCatalogue.of(folder);
        assertThat(catalogue.ids()).containsExactly("a", "v1-5-pruned");
        assertThat(path(catalogue, "v1-5-pruned")).contains(file.toAbsolutePath());
    }

    @Test
    void aSingleFileCanBeTheOnlyModel() throws Exception {
        Path file = Files.writeString(folder.resolve("one.safetensors"), "");
        Files.writeString(folder.resolve("two.safetensors"), "");
        assertThat(LocalCatalogue.of(file).ids()).containsExactly("one");
    }

    @Test
    void aFolderAndAFileOfOneNameAreRefused() throws Exception {
        model(folder.resolve("a"));
        Files.writeString(folder.resolve("a.safetensors"), "");
        assertThatThrownBy(() -> LocalCatalogue.of(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("two models", " a ", folder.toString());
    }

    @Test
    void linksAreFollowed() throws Exception {
        Path elsewhere = model(folder.resolve("elsewhere/snapshot"));
        Path models = Files.createDirectories(folder.resolve("models"));
        Files.createSymbolicLink(models.resolve("linked"), elsewhere);
        assertThat(LocalCatalogue.of(models).ids()).containsExactly("linked");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "../secret", "a/../a", "/a", "A", "a/", "a\u0000"})
    void anIdIsANameAndNeverAPath(String id) throws Exception {
        model(folder.resolve("secret"));
        Path models = Files.createDirectories(folder.resolve("models"));
        model(models.resolve("a"));
        assertThat(LocalCatalogue.of(models).open(id)).isEmpty();
    }

    @Test
    void aFolderWithoutModelsSaysWhatWasLookedFor() {
        assertThatThrownBy(() -> LocalCatalogue.of(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(folder.toString(), "model_index.json");
    }

    @Test
    void aFolderThatDoesNotExistIsNamed() {
        Path absent = folder.resolve("absent");
        assertThatThrownBy(() -> LocalCatalogue.of(absent))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(absent.toString());
    }

    private static Path model(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("model_index.json"), "{}");
        return folder;
    }

    private static Optional<Path> path(ModelCatalogue catalogue, String id)
            throws ModelException, InterruptedException {
        return catalogue.open(id).map(held -> held.files().checkpoint());
    }
}
