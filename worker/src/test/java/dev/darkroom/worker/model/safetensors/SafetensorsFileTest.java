package dev.darkroom.worker.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsFileTest {
    private static final String TWO = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            + "\"b\":{\"dtype\":\"F16\",\"shape\":[1,2],\"data_offsets\":[8,12]}}";

    @TempDir
    private Path folder;

    @Test
    void aWellFormedFileGivesItsTensors() throws IOException {
        ByteBuffer data = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        data.putFloat(1.5f).putFloat(-2).putShort((short) 0x3c00).putShort((short) 0xc000);
        SafetensorsFile file = SafetensorsFile.open(write(TWO, data.array()));
        assertThat(file.names()).containsExactly("a", "b");
        TensorEntry b = file.find("b").orElseThrow();
        assertThat(b.shape()).containsExactly(1L, 2L);
        assertThat(b.type()).isEqualTo(DataType.F16);
        assertThat(b.offset()).isEqualTo(8 + TWO.length() + 8);
        assertThat(file.floats("a")).containsExactly(1.5f, -2);
        assertThat(file.floats("b")).containsExactly(1, -2);
        assertThat(file.find("c")).isEmpty();
        assertThatThrownBy(() -> file.floats("c"))
                .isInstanceOf(SafetensorsException.class)
                .hasMessageContaining("no tensor c");
    }

    @Test
    void whatTheWriterWritesTheReaderReads() throws IOException {
        Path path = folder.resolve("written.safetensors");
        List<SafetensorsWriter.Spec> specs = List.of(
                new SafetensorsWriter.Spec("big", DataType.F32, List.of(3L, 700_001L)),
                new SafetensorsWriter.Spec("scalar", DataType.F32, List.of()),
                new SafetensorsWriter.Spec("empty", DataType.F32, List.of(0L, 5L)));
        SafetensorsWriter.write(path, specs, (spec, first, target) -> {
            for (long i = first; target.hasRemaining(); i++) {
                target.putFloat((float) i);
            }
        });
        SafetensorsFile file = SafetensorsFile.open(path);
        float[] big = file.floats("big");
        assertThat(big).hasSize(2_100_003);
        assertThat(big[2_100_002]).isEqualTo(2_100_002f);
        assertThat(file.floats("scalar")).containsExactly(0);
        assertThat(file.floats("empty")).isEmpty();
    }

    @Test
    void aLinkIsFollowedToTheFile() throws IOException {
        Path target = write(TWO, new byte[12]);
        Path link = Files.createSymbolicLink(folder.resolve("link.safetensors"), target);
        assertThat(SafetensorsFile.open(link).path()).isEqualTo(target.toRealPath());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 100_000_001L, 1_000_000, 500})
    void aHeaderLengthThatCannotBeIsRefused(long length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(8 + TWO.length() + 12).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(length).put(TWO.getBytes(StandardCharsets.UTF_8));
        assertRefused(bytes.array(), "claims a header of " + Long.toUnsignedString(length));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7})
    void aFileWithoutRoomForALengthIsRefused(int size) throws IOException {
        assertRefused(new byte[size], "too short");
    }

    @Test
    void aFileThatIsCutOffIsRefused() throws IOException {
        assertRefused(bytes(TWO, new byte[11]), "tensor b", "cut off");
    }

    @Test
    void bytesBehindTheLastTensorAreRefused() throws IOException {
        assertRefused(bytes(TWO, new byte[13]), "the tensors end at");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            F32 | [2]                        | [0,8]          | the tensors end at
            F32 | [3]                        | [0,12]         | OK
            F32 | [3]                        | [12,0]         | tensor x lies at
            F32 | [3]                        | [4,16]         | tensor x lies at
            F32 | [3]                        | [0,9223372036854775807] | tensor x lies at
            F32 | [3]                        | [0,9223372036854775808] | not valid JSON
            F32 | [3]                        | [-1,12]        | negative
            F32 | [3]                        | [0,12,12]      | longer than 2
            F32 | [3]                        | [0]            | lacks
            F32 | [3]                        | 12             | not a list
            F32 | [3]                        | [0,12.0]       | integers
            F32 | [3]                        | [0,"12"]       | integers
            F32 | [-3]                       | [0,12]         | negative
            F32 | [4]                        | [0,12]         | needs 16 bytes
            F32 | [4294967296,4294967296]    | [0,12]         | impossible shape
            F32 | [9223372036854775807,3]    | [0,12]         | impossible shape
            F32 | [1,1,1,1,1,1,1,1,3]        | [0,12]         | longer than 8
            F32 | [[3]]                      | [0,12]         | integers
            F33 | [3]                        | [0,12]         | unknown dtype F33
            f32 | [3]                        | [0,12]         | unknown dtype f32
            """)
    void aTensorIsOnlyBelievedWhenItsNumbersFit(String type, String shape, String offsets, String problem)
            throws IOException {
        String json = "{\"x\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}}".formatted(type, shape, offsets);
        if (problem.equals("OK")) {
            assertThat(SafetensorsFile.open(write(json, new byte[12])).names()).containsExactly("x");
        } else {
            assertRefused(bytes(json, new byte[12]), problem);
        }
    }

    @Test
    void overlappingTensorsAreRefused() throws IOException {
        String json = TWO.replace("[8,12]", "[4,8]");
        assertRefused(bytes(json, new byte[8]), "overlaps");
    }

    @Test
    void aGapIsRefused() throws IOException {
        String json = TWO.replace("[8,12]", "[9,13]");
        assertRefused(bytes(json, new byte[13]), "gap before tensor b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "12",
                "{\"x\":1}",
                "{\"x\":{}}",
                "{\"x\":{\"dtype\":1}}",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4],\"more\":1}}",
                "{\"__metadata__\":{\"a\":1}}",
                "{\"__metadata__\":[]}",
                "{\"a\":",
                "{} {}",
                "\u0000\u0000"
            })
    void aHeaderOfAnotherFormIsRefused(String json) throws IOException {
        assertRefused(bytes(json, new byte[0]), "");
    }

    @Test
    void aNameThatComesTwiceIsRefused() throws IOException {
        assertRefused(bytes(TWO.replace("\"b\"", "\"a\""), new byte[12]), "uplicate");
    }

    /** A header of the largest size could hold ten million, each of them an object on the heap. */
    @Test
    void metadataOfMoreTextsThanAnyoneWritesIsRefused() throws IOException {
        String texts = IntStream.range(0, 100_001)
                .mapToObj(i -> "\"" + i + "\":\"\"")
                .collect(Collectors.joining(",", "{\"__metadata__\":{", "}}"));
        assertRefused(bytes(texts, new byte[0]), "__metadata__ has more than 100000 texts");
    }

    @Test
    void deepNestingIsRefused() throws IOException {
        assertRefused(bytes("{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}", new byte[0]), "");
    }

    @Test
    void anotherTypeThanAFloatingPointNumberGivesNoFloats() throws IOException {
        SafetensorsFile file = SafetensorsFile.open(write(TWO.replace("\"F32\"", "\"I32\""), new byte[12]));
        assertThatThrownBy(() -> file.floats("a"))
                .isInstanceOf(SafetensorsException.class)
                .hasMessageContaining("tensor a is I32");
    }

    /** Names go into messages and logs, which nobody but us shall write lines or colours into. */
    @ParameterizedTest
    @ValueSource(strings = {"a\\n", "\\u001b[31m", "a\\u0000"})
    void aNameThatCannotBeShownIsRefused(String name) throws IOException {
        assertRefused(bytes(TWO.replace("\"a\"", "\"" + name + "\""), new byte[12]), "cannot be shown", "?");
    }

    @Test
    void aNameThatIsTooLongIsRefusedInShort() throws IOException {
        Path path = Files.write(
                folder.resolve("refused.safetensors"),
                bytes(TWO.replace("\"a\"", "\"" + "a".repeat(257) + "\""), new byte[12]));
        assertThatThrownBy(() -> SafetensorsFile.open(path))
                .isInstanceOf(SafetensorsException.class)
                .satisfies(e -> assertThat(e.getMessage()).contains("too long").hasSizeLessThan(250));
    }

    private void assertRefused(byte[] content, String... parts) throws IOException {
        Path path = Files.write(folder.resolve("refused.safetensors"), content);
        assertThatThrownBy(() -> SafetensorsFile.open(path))
                .isInstanceOf(SafetensorsException.class)
                .hasMessageContaining(path.toString())
                .hasMessageContainingAll(parts);
    }

    private Path write(String json, byte[] data) throws IOException {
        return Files.write(folder.resolve("model.safetensors"), bytes(json, data));
    }

    private static byte[] bytes(String json, byte[] data) {
        byte[] header = json.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + header.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .put(data)
                .array();
    }
}
