package dev.darkroom.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/** A file of golden vectors: what the reference computed, tensor by tensor. */
public final class Golden {
    private final SafetensorsFile file;

    private Golden(SafetensorsFile file) {
        this.file = file;
    }

    /** The vectors of {@code part} (text, unet, vae) of a model. */
    public static Golden of(String model, String part) throws IOException {
        String name = "/model/golden/" + model + "/" + part + ".safetensors";
        try {
            return new Golden(SafetensorsFile.open(Path.of(
                    Objects.requireNonNull(Golden.class.getResource(name), name).toURI())));
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }

    /** The vectors of a file. */
    public static Golden at(Path file) throws IOException {
        return new Golden(SafetensorsFile.open(file));
    }

    /** The same of a part that is stored compressed; it is unpacked into a folder. */
    public static Golden unpacked(String model, String part, Path folder) throws IOException {
        String name = "/model/golden/" + model + "/" + part + ".safetensors.gz";
        Path file = Files.createDirectories(folder).resolve(model + "-" + part + ".safetensors");
        try (InputStream in =
                new GZIPInputStream(Objects.requireNonNull(Golden.class.getResourceAsStream(name), name))) {
            Files.copy(in, file);
        }
        return new Golden(SafetensorsFile.open(file));
    }

    /** All cases that have a tensor called so behind their name, as {@code output}; those of traces are left out. */
    public List<String> cases(String tensor) {
        return file.names().stream()
                .filter(name -> name.endsWith("." + tensor) && !name.startsWith("trace."))
                .map(name -> name.substring(0, name.length() - tensor.length() - 1))
                .sorted()
                .toList();
    }

    public boolean has(String name) {
        return file.find(name).isPresent();
    }

    public Tensor tensor(String name) throws IOException {
        int[] shape = file.find(name).orElseThrow().shape().stream()
                .mapToInt(Long::intValue)
                .toArray();
        return new Tensor(file.floats(name), shape);
    }

    /** The first {@code rows} rows. */
    public Tensor tensor(String name, int rows) throws IOException {
        return firstRows(tensor(name), rows);
    }

    /** A matrix of 32-bit integers. */
    public int[][] integers(String name) throws IOException {
        var shape = file.find(name).orElseThrow().shape();
        ByteBuffer bytes = file.map(name);
        int[][] rows = new int[shape.get(0).intValue()][shape.get(1).intValue()];
        for (int[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                row[i] = bytes.getInt();
            }
        }
        return rows;
    }

    /** The bytes of a tensor of small integers. */
    public byte[] bytes(String name) throws IOException {
        ByteBuffer mapped = file.map(name);
        byte[] bytes = new byte[mapped.remaining()];
        mapped.get(bytes);
        return bytes;
    }

    public static Tensor firstRows(Tensor tensor, int rows) {
        int[] shape = tensor.shape().clone();
        shape[0] = rows;
        float[] data = Arrays.copyOf(tensor.data(), rows * tensor.rowSize());
        return new Tensor(data, shape);
    }

    /** The largest difference of two tensors, in units of the root mean square of the expected one. */
    public static double error(Tensor actual, Tensor expected) {
        assertThat(actual.shape()).isEqualTo(expected.shape());
        double largest = 0;
        double squares = 0;
        for (int i = 0; i < expected.data().length; i++) {
            double difference = Math.abs((double) actual.data()[i] - expected.data()[i]);
            largest = Double.isNaN(difference) ? Double.NaN : Math.max(largest, difference);
            squares += (double) expected.data()[i] * expected.data()[i];
        }
        return largest / Math.sqrt(squares / expected.data().length);
    }
}
