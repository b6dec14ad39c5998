package dev.darkroom.worker.model.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.darkroom.worker.model.ModelDefaults;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFamily;
import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.PredictionType;
import dev.darkroom.worker.model.catalogue.CatalogueEntry.Kind;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CatalogueFileTest {
    private static final String SUM = "0123456789abcdef".repeat(4);

    @TempDir
    private Path folder;

    @Test
    void whatIsNoModelSaysLess() throws Exception {
        List<CatalogueEntry> entries = read("""
                - {id: a, source: a.safetensors}
                - {id: ink, kind: lora, source: "s3://models/ink.safetensors", sha256: %s, family: sd1}
                - {id: cat, kind: embedding, source: "s3://models/cat.safetensors", token: "<cat>"}
                """.formatted(SUM));
        assertThat(entries).extracting(CatalogueEntry::kind).containsExactly(Kind.MODEL, Kind.EMBEDDING, Kind.LORA);
        assertThat(entries.get(1).token()).contains("<cat>");
        assertThatThrownBy(() -> read("""
                - {id: ink, kind: lora, source: "s3://models/ink/", vae: x, token: y}
                - {id: cat, kind: embedding, source: x, token: ""}
                - {id: a, kind: style, source: x}
                """))
                .hasMessageContainingAll(
                        "model 1 ('ink'): source: must be a .safetensors file",
                        "model 1 ('ink'): 'vae': is not a key; there are family, id, kind, sha256, source",
                        "model 1 ('ink'): 'token': is not a key",
                        "model 2 ('cat'): token: must not be empty",
                        "model 3 ('a'): kind: must be one of embedding, lora, model");
        assertThatThrownBy(() -> read("- {id: ink, kind: lora, source: x}"))
                .hasMessageContaining("there is no model in it");
    }

    @Test
    void anEntryMaySayEverything() throws Exception {
        List<CatalogueEntry> entries = read("""
                - id: sdxl
                  source: s3://models/sdxl/
                  sha256: %s
                  family: sdxl
                  prediction-type: v_prediction
                  precision: fp16
                  vae: {source: "https://example.com/vae.safetensors", sha256: %s}
                  defaults: {scheduler: euler, steps: 30, guidance-scale: 5.5, width: 1024, height: 768}
                - id: "007"
                  source: checkpoints/a b.safetensors
                  vae: https://example.com/vae/
                  defaults: {size: 512}
                """.formatted(SUM, SUM.toUpperCase(java.util.Locale.ROOT)));
        assertThat(entries)
                .containsExactly(
                        new CatalogueEntry(
                                "007",
                                new Origin(
                                        new Source.Local(
                                                folder.toAbsolutePath().resolve("checkpoints/a b.safetensors")),
                                        Optional.empty()),
                                Optional.of(new Origin(
                                        new Source.Http(URI.create("https://example.com/vae/")), Optional.empty())),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                new ModelDefaults(
                                        Optional.empty(),
                                        Optional.empty(),
                                        Optional.empty(),
                                        Optional.of(512),
                                        Optional.of(512))),
                        new CatalogueEntry(
                                "sdxl",
                                new Origin(new Source.S3("models", "sdxl/"), Optional.of(SUM)),
                                Optional.of(new Origin(
                                        new Source.Http(URI.create("https://example.com/vae.safetensors")),
                                        Optional.of(SUM))),
                                Optional.of(ModelFamily.SDXL),
                                Optional.of(PredictionType.V_PREDICTION),
                                Optional.of(Precision.FP16),
                                new ModelDefaults(
                                        Optional.of("euler"),
                                        Optional.of(30),
                                        Optional.of(5.5),
                                        Optional.of(1024),
                                        Optional.of(768))));
    }

    @Test
    void allProblemsAreReportedTogether() {
        ModelException problems = catchThrowableOfType(ModelException.class, () -> read("""
                - id: a
                  source: s3://models/a
                  colour: red
                  sha256: abc
                  family: sd3
                - source: http://example.com/x
                  vae: {source: "ftp://x", size: 3}
                - id: a
                  source: b
                  precision: int4
                  defaults: {steps: 0, guidance-scale: lots, width: 1.5, scheduler: "No Such", size: 7}
                - nothing
                - id: 12
                  prediction-type: guess
                """));
        assertThat(problems.getMessage().lines())
                .containsExactlyInAnyOrder(
                        "The catalogue " + folder.resolve("models.yaml") + " has 18 problems:",
                        "  model 1 ('a'): 'colour': is not a key; there are defaults, family, id, kind, precision,"
                                + " prediction-type, sha256, source, vae",
                        "  model 1 ('a'): sha256: must be 64 digits of 0-9 a-f",
                        "  model 1 ('a'): family: must be one of sd1, sd2, sdxl",
                        "  model 2: id: is missing",
                        "  model 2: source: must be an https:// URL with a host and a path (http:// only for localhost)",
                        "  model 2: vae.'size': is not a key; there are sha256, source",
                        "  model 2: vae.source: must be a path, s3://bucket/key or https://…",
                        "  model 3 ('a'): precision: must be one of fp16, fp32, int8",
                        "  model 3 ('a'): defaults.steps: must be a whole number from 1 to 150, is 0",
                        "  model 3 ('a'): defaults.guidance-scale: must be a number",
                        "  model 3 ('a'): defaults.width: must be a whole number",
                        "  model 3 ('a'): defaults.scheduler: must be 1 to 64 of a-z 0-9 _, is 'No Such'",
                        "  model 3 ('a'): defaults.size: must be a whole number from 64 to 2048 and a multiple"
                                + " of 8, is 7",
                        "  model 3 ('a'): id: there is another model of that id",
                        "  model 4: must be keys and values, id and source at least",
                        "  model 5: id: must be a text, in quotes",
                        "  model 5: source: is missing",
                        "  model 5: prediction-type: must be one of epsilon, v_prediction, sample");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "id: a",
                "just text",
                "- id: a\n  id: b\n  source: x",
                "- {",
                "- id: \"a\\u0007\"\n  source: x",
                "- [[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]",
                "- id: a\n  source: \"\"",
                "- id: a\n  source: s3://",
                "- id: a\n  source: s3://models",
                "- id: a\n  source: s3://UPPER/x",
                "- id: a\n  source: https://",
                "- id: a\n  source: https:///x",
                "- id: a\n  source: 'https://exa mple.com/x'",
                "- id: a\n  source: \"a\\0b\"",
                "- id: a\n  source: x\n  defaults: 3",
                "- id: a\n  source: x\n  defaults: {size: 512, width: 512}",
                "- id: a\n  source: x\n  defaults: {steps: 99999999999999999999}",
                "- id: a\n  source: x\n  defaults: {guidance-scale: .nan}",
            })
    void whatIsNoCatalogueIsRefusedByName(String yaml) {
        assertThatThrownBy(() -> read(yaml))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("The catalogue " + folder.resolve("models.yaml"));
    }

    @Test
    void aliasesAreRefusedSoThatNothingMultiplies() {
        assertThatThrownBy(() -> read("""
                - &a [x, x, x, x, x, x, x, x, x]
                - &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
                - &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
                """))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("alias", "line 2");
    }

    @Test
    void aLargeFileIsNotRead() {
        assertThatThrownBy(() -> read("#".repeat((1 << 20) + 1)))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("larger than 1048576 bytes");
    }

    @Test
    void anAbsentFileIsNamedWithItsSetting() {
        assertThatThrownBy(() -> CatalogueFile.read(folder.resolve("absent.yaml")))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("absent.yaml", "setting models", "does not exist");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "- id: a\n  source: http://me:pa55word@example.com/x?key=pa55word",
                "- id: a\n  source: 'https://me:pa55word@ /x'",
                "- id: a\n  source: {https://me:pa55word@x/",
                "- id: a\n  source: [\"https://me:pa55word@x/\"]",
            })
    void aPasswordIsNotRepeated(String yaml) {
        assertThatThrownBy(() -> read(yaml))
                .isInstanceOf(ModelException.class)
                .hasStackTraceContaining("The catalogue")
                .satisfies(e -> {
                    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                        assertThat(String.valueOf(cause.getMessage())).doesNotContain("pa55word");
                    }
                });
    }

    @ParameterizedTest
    @CsvSource({
        "https://me:secret@example.com:8443/a/b?token=secret, https://***@example.com:8443/a/b?***",
        "https://example.com/a#part, https://example.com/a",
        "HTTPS://example.com/a, HTTPS://example.com/a",
        "http://localhost:1/a, http://localhost:1/a",
        "http://[::1]:1/a, http://[::1]:1/a",
        "http://127.0.0.2/a, http://127.0.0.2/a",
        "s3://models/a/, s3://models/a/",
    })
    void aSourceIsShownWithoutItsSecrets(String text, String shown) {
        Source source = Source.parse(text, folder);
        assertThat(source.shown()).isEqualTo(shown);
        assertThat(source.toString()).doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://example.com/a",
                "http://127.0.0.1.example.com/a",
                "http://localhost.example.com/a",
                "http://me@example.com:80@127.0.0.1/a",
                "file:///etc/passwd",
                "jar:file:/x!/y://z"
            })
    void nothingIsFetchedFromThere(String text) {
        assertThatThrownBy(() -> Source.parse(text, folder)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void filesOfAFolderKeepTheQueryOfIt() {
        Source.Remote folderSource = (Source.Remote) Source.parse("https://h/m/?sig=1", folder);
        assertThat(folderSource.isFolder()).isTrue();
        assertThat(folderSource.child("unet/config.json").identity()).isEqualTo("https://h/m/unet/config.json?sig=1");
    }

    private List<CatalogueEntry> read(String yaml) throws IOException, ModelException {
        return CatalogueFile.read(Files.writeString(folder.resolve("models.yaml"), yaml));
    }
}
