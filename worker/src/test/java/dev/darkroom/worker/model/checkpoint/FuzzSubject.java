package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.Shards;
import dev.darkroom.worker.model.SparseSafetensors;
import dev.darkroom.worker.model.safetensors.DataType;
import dev.darkroom.worker.model.safetensors.SafetensorsWriter.Spec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * What is damaged: a checkpoint, or a bare safetensors file. Their weights are zeros that take no room on the disk.
 *
 * @param weight how often it is chosen, beside the others: the small ones are quick
 * @param parts the files that are damaged, one at a time
 */
record FuzzSubject(Kind kind, Path path, int weight, List<Part> parts) {
    private static final Path DEMO = Path.of(System.getProperty("basedir", "."), "../deploy/models/shapes");
    private static final String UNET = "unet/diffusion_pytorch_model.safetensors";

    enum Kind {
        FILE,
        CHECKPOINT
    }

    /**
     * A file.
     *
     * @param json all of it, or its header
     * @param data bytes behind the header
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Part(Path path, byte[] json, OptionalLong data) {
        static Part of(Path path) throws IOException {
            if (!path.toString().endsWith(".safetensors")) {
                return new Part(path, Files.readAllBytes(path), OptionalLong.empty());
            }
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
                ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
                channel.read(length, 0);
                ByteBuffer json = ByteBuffer.allocate((int) length.getLong(0));
                channel.read(json, 8);
                return new Part(path, json.array(), OptionalLong.of(channel.size() - 8 - json.capacity()));
            }
        }

        void damage(SplittableRandom random) throws IOException {
            if (data.isPresent() && random.nextInt(20) == 0) {
                write(json);
                damageLength(random);
            } else {
                write(new Damage(random).of(json));
            }
        }

        /** The length of the header, or of the file. */
        private void damageLength(SplittableRandom random) throws IOException {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                if (random.nextBoolean()) {
                    channel.truncate(random.nextLong(channel.size()));
                } else {
                    long length = random.nextBoolean() ? random.nextLong() >>> random.nextInt(64) : -1;
                    channel.write(
                            ByteBuffer.allocate(8)
                                    .order(ByteOrder.LITTLE_ENDIAN)
                                    .putLong(0, length),
                            0);
                }
            }
        }

        void restore() throws IOException {
            write(json);
        }

        /** Writes over what is there: to empty a file first makes some file systems write it to the disk at once. */
        private void write(byte[] content) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(8 + content.length).order(ByteOrder.LITTLE_ENDIAN);
            if (data.isPresent()) {
                bytes.putLong(content.length);
            }
            bytes.put(content).flip();
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                long length = channel.write(bytes, 0) + data.orElse(0);
                channel.truncate(length);
                if (channel.size() < length) {
                    channel.write(ByteBuffer.allocate(1), length - 1);
                }
            }
        }
    }

    static FuzzSubject choose(List<FuzzSubject> subjects, SplittableRandom random) {
        int at = random.nextInt(subjects.stream().mapToInt(FuzzSubject::weight).sum());
        for (FuzzSubject subject : subjects) {
            at -= subject.weight();
            if (at < 0) {
                return subject;
            }
        }
        throw new AssertionError(at);
    }

    static List<FuzzSubject> all(Path folder) throws IOException {
        return List.of(
                bareFile(folder.resolve("bare.safetensors")),
                demo(folder.resolve("demo")),
                xl(folder.resolve("xl")),
                singleFile(folder, "tiny-sd15"),
                singleFile(folder, "tiny-sd21"),
                singleFile(folder, "tiny-sdxl"));
    }

    private static FuzzSubject bareFile(Path file) throws IOException {
        SparseSafetensors.write(
                file,
                List.of(
                        new Spec("a", DataType.F32, List.of(2L)),
                        new Spec("b", DataType.F16, List.of(1L, 2L)),
                        new Spec("c", DataType.BF16, List.of())));
        return new FuzzSubject(Kind.FILE, file, 750, List.of(Part.of(file)));
    }

    private static FuzzSubject singleFile(Path folder, String id) throws IOException {
        Path file = folder.resolve(id + ".safetensors");
        FormulaCheckpoint.of(id).singleFile().writeSparse(file);
        return new FuzzSubject(Kind.CHECKPOINT, file, 12, List.of(Part.of(file)));
    }

    /** The demo model, its UNet in two files. */
    private static FuzzSubject demo(Path folder) throws IOException {
        for (Path file : files(DEMO, "")) {
            Path copy = folder.resolve(DEMO.relativize(file));
            Files.createDirectories(copy.getParent());
            Files.write(copy, Files.readAllBytes(file));
        }
        Shards.split(
                folder.resolve(UNET), 2, "diffusion_pytorch_model", "diffusion_pytorch_model.safetensors.index.json");
        return new FuzzSubject(Kind.CHECKPOINT, folder, 250, parts(folder));
    }

    /** A folder of Stable Diffusion XL with the demo model's small vocabulary. */
    private static FuzzSubject xl(Path folder) throws IOException {
        FormulaCheckpoint formula = FormulaCheckpoint.of("tiny-sdxl");
        formula.writeSparse(folder, DataType.F16);
        for (String suffix : List.of("", "_2")) {
            for (Path file : files(DEMO.resolve("tokenizer"), "")) {
                Path copy = folder.resolve("tokenizer" + suffix).resolve(file.getFileName());
                Files.write(copy, Files.readAllBytes(file));
            }
            String encoder = "text_encoder" + suffix;
            Path config = folder.resolve(encoder).resolve("config.json");
            Files.writeString(config, Files.readString(config).replace("49408", "696"));
            List<Spec> specs = formula.tensors(encoder, DataType.F16).stream()
                    .map(spec -> spec.shape().get(0) == 49_408
                            ? new Spec(
                                    spec.name(),
                                    spec.type(),
                                    List.of(696L, spec.shape().get(1)))
                            : spec)
                    .toList();
            SparseSafetensors.write(folder.resolve(encoder).resolve("model.safetensors"), specs);
        }
        return new FuzzSubject(Kind.CHECKPOINT, folder, 30, parts(folder));
    }

    private static List<Part> parts(Path folder) throws IOException {
        List<Part> parts = new ArrayList<>();
        for (Path file : files(folder, ".json")) {
            parts.add(Part.of(file));
        }
        for (Path file : files(folder, ".safetensors")) {
            Part part = Part.of(file);
            SparseSafetensors.write(file, part.json(), part.data().orElseThrow());
            parts.add(part);
        }
        return parts;
    }

    private static List<Path> files(Path folder, String suffix) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(
                            file -> Files.isRegularFile(file) && file.toString().endsWith(suffix))
                    .sorted()
                    .toList();
        }
    }
}
