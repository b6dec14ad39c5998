package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.platform.Fp16Conversions;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.ModelDefaults;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Shards;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter.Spec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same weights in more or fewer files give the same results, to the bit. */
class LayoutParityTest {
    private static final OnnxModelLoader LOADER =
            new OnnxModelLoader(new RuntimeOptions(Device.CPU, 2, Memory.FAST_START));
    private static final String UNET = "unet/diffusion_pytorch_model.safetensors";

    @TempDir
    private Path folder;

    /** A snapshot in the cache of the Hugging Face Hub: every file is a link to one named by its hash. */
    @Test
    void aSnapshotWhoseWeightsAreInShardsGivesTheSame() throws Exception {
        Path plain = folder.resolve("plain");
        FormulaCheckpoint.of("tiny-sd15").write(plain, DataType.F32);
        Path written = folder.resolve("written");
        FormulaCheckpoint.of("tiny-sd15").write(written, DataType.F32);
        List<Path> shards = Shards.split(
                written.resolve(UNET), 3, "diffusion_pytorch_model", "diffusion_pytorch_model.safetensors.index.json");
        Shards.split(written.resolve("text_encoder/model.safetensors"), 2, "model", "model.safetensors.index.json");
        String hash = sha256(shards);
        Path snapshot = asSnapshot(written, folder.resolve("hub"));
        try (LoadedModel expected = load(plain, Optional.empty());
                LoadedModel actual = load(snapshot, Optional.empty())) {
            assertSame(actual, expected);
            assertThat(actual.sha256()).isEqualTo(hash).isNotEqualTo(expected.sha256());
        }
    }

    @Test
    void shardsThatLinksSpreadOverFoldersGiveTheSame() throws Exception {
        Path plain = folder.resolve("plain");
        FormulaCheckpoint.of("tiny-sd15").write(plain, DataType.F32);
        Path spread = folder.resolve("spread");
        FormulaCheckpoint.of("tiny-sd15").write(spread, DataType.F32);
        List<Path> shards = Shards.split(
                spread.resolve(UNET), 2, "diffusion_pytorch_model", "diffusion_pytorch_model.safetensors.index.json");
        Path elsewhere = Files.createDirectories(folder.resolve("another/disk")).resolve("second");
        Files.move(shards.get(1), elsewhere);
        Files.createSymbolicLink(shards.get(1), elsewhere);
        try (LoadedModel expected = load(plain, Optional.empty());
                LoadedModel actual = load(spread, Optional.empty())) {
            assertSame(actual, expected);
        }
    }

    @Test
    void aVaeOfItsOwnGivesTheSameAsTheModels() throws Exception {
        Path model = folder.resolve("model.safetensors");
        FormulaCheckpoint.of("tiny-sd15").singleFile().write(model);
        Path named = folder.resolve("named");
        FormulaCheckpoint.of("tiny-sd15").writeComponent(named, "vae", DataType.F32);
        Path file = folder.resolve("vae.safetensors");
        Files.copy(named.resolve("diffusion_pytorch_model.safetensors"), file);
        Path original = folder.resolve("original.safetensors");
        FormulaCheckpoint.of("tiny-sd15")
                .singleFile()
                .renamed(name -> name.startsWith("first_stage_model.") ? name.substring(18) : "")
                .write(original);
        Path bare = folder.resolve("bare.safetensors");
        FormulaCheckpoint.of("tiny-sd15")
                .singleFile()
                .renamed(name -> name.startsWith("first_stage_model.") ? "" : name)
                .write(bare);
        try (LoadedModel expected = load(model, Optional.empty())) {
            for (Path vae : List.of(named, file, original)) {
                try (LoadedModel actual = load(bare, Optional.of(vae))) {
                    assertSame(actual, expected);
                }
            }
        }
    }

    @Test
    void typesMayBeMixedInOneFile() throws Exception {
        Path plain = folder.resolve("plain");
        FormulaCheckpoint.of("tiny-sd15").write(plain, DataType.F32);
        Path mixed = folder.resolve("mixed");
        FormulaCheckpoint.of("tiny-sd15").write(mixed, DataType.F32);
        for (String file : List.of(UNET, "vae/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors")) {
            rewrite(plain.resolve(file), List.of(DataType.F32));
            rewrite(mixed.resolve(file), List.of(DataType.F32, DataType.F16, DataType.BF16));
        }
        try (LoadedModel expected = load(plain, Optional.empty());
                LoadedModel actual = load(mixed, Optional.empty())) {
            assertSame(actual, expected);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-sd15-inpaint", "tiny-sd15-pix2pix"})
    void aFileWithAUnetForOtherPicturesGivesWhatTheReferenceGives(String id) throws Exception {
        Path file = folder.resolve("model.safetensors");
        FormulaCheckpoint.of(id).singleFile().write(file);
        Golden golden = Golden.of(id, "unet");
        try (LoadedModel model = load(file, Optional.empty())) {
            Tensor predicted = UnetCase.predict(model.unet(), golden, "float4_4x8x8");
            assertThat(Golden.error(predicted, golden.tensor("float4_4x8x8.output")))
                    .isLessThanOrEqualTo(5e-5);
        }
    }

    private static LoadedModel load(Path path, Optional<Path> vae) throws Exception {
        return LOADER.load(new ModelFiles(
                "model", path, vae, Optional.empty(), Optional.empty(), Optional.empty(), ModelDefaults.NONE));
    }

    private static void assertSame(LoadedModel actual, LoadedModel expected) throws IOException {
        int[][] tokens = {expected.tokenizer().padded("A photo of a cat on a mat")};
        assertEqual(
                actual.textEncoder().encode(tokens, 0).context(),
                expected.textEncoder().encode(tokens, 0).context());
        Golden golden = Golden.of("tiny-sd15", "unet");
        Tensor latents = UnetCase.predict(expected.unet(), golden, "float4_4x8x8");
        assertEqual(UnetCase.predict(actual.unet(), golden, "float4_4x8x8"), latents);
        assertEqual(actual.vaeDecoder().decode(latents), expected.vaeDecoder().decode(latents));
    }

    private static void assertEqual(Tensor actual, Tensor expected) {
        assertThat(actual.shape()).isEqualTo(expected.shape());
        assertThat(actual.data()).isEqualTo(expected.data());
    }

    private static Path asSnapshot(Path model, Path hub) throws IOException {
        Path blobs = Files.createDirectories(hub.resolve("blobs"));
        Path snapshot = hub.resolve("snapshots/0123456789abcdef");
        List<Path> files;
        try (Stream<Path> all = Files.walk(model)) {
            files = all.filter(Files::isRegularFile).sorted().toList();
        }
        for (int i = 0; i < files.size(); i++) {
            Path blob = blobs.resolve(String.format("%040x", 1000 - i)); // another order than that of the names
            Files.move(files.get(i), blob);
            Path link = snapshot.resolve(model.relativize(files.get(i)));
            Files.createDirectories(link.getParent());
            Files.createSymbolicLink(link, link.getParent().relativize(blob));
        }
        return snapshot;
    }

    /** Writes a file anew with numbers that all three types can hold, its tensors by turns in these types. */
    private static void rewrite(Path path, List<DataType> types) throws IOException {
        SafetensorsFile file = SafetensorsFile.open(path);
        List<Spec> specs = new ArrayList<>();
        for (String name : file.names()) {
            specs.add(new Spec(
                    name,
                    types.get(specs.size() % types.size()),
                    file.find(name).orElseThrow().shape()));
        }
        Path rewritten = path.resolveSibling("rewritten");
        SafetensorsWriter.write(rewritten, specs, (spec, first, target) -> {
            try {
                float[] values = file.floats(spec.name());
                for (int i = (int) first; target.hasRemaining(); i++) {
                    put(spec.type(), rounded(values[i]), target);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        Files.move(rewritten, path, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Seven bits behind the point, as bfloat16 has, and no smaller than float16's normal numbers. */
    private static float rounded(float value) {
        return Math.abs(value) < 0x1p-14f ? 0 : Float.intBitsToFloat(Float.floatToRawIntBits(value) & 0xffff0000);
    }

    private static void put(DataType type, float value, ByteBuffer target) {
        switch (type) {
            case F16 -> target.putShort(Fp16Conversions.floatToFp16(value));
            case BF16 -> target.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
            default -> target.putFloat(value);
        }
    }

    private static String sha256(List<Path> files) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (Path file : files) {
            digest.update(Files.readAllBytes(file));
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
