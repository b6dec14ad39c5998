package dev.darkroom.worker.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class PngTextsTest {
    private static final int HEADER_END = 33;
    private static final Picture PICTURE = Picture.fromVae(new float[3 * 8 * 8], 8, 8);

    private static byte[] file() {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("parameters", "a cat\nSteps: 1");
        texts.put("darkroom", "{\"prompt\": \"größer 🐱\"}");
        return PngEncoder.encode(PICTURE, texts);
    }

    @Test
    void whatWasWrittenIsReadInItsOrder() throws IOException {
        Map<String, String> texts = PngTexts.read(new ByteArrayInputStream(file()));
        assertThat(texts)
                .containsExactly(
                        Map.entry("parameters", "a cat\nSteps: 1"),
                        Map.entry("darkroom", "{\"prompt\": \"größer 🐱\"}"));
        assertThat(PngTexts.read(new ByteArrayInputStream(PngEncoder.encode(PICTURE, Map.of()))))
                .isEmpty();
    }

    /** As A1111's web UI writes what Latin-1 has. */
    @Test
    void latinTextsAreReadToo() throws IOException {
        byte[] iTxt = file();
        byte[] chunk = "tEXtparameters\0gr\u00fcn".getBytes(StandardCharsets.ISO_8859_1);
        CRC32 checksum = new CRC32();
        checksum.update(chunk);
        ByteBuffer file = ByteBuffer.allocate(iTxt.length + chunk.length + 8)
                .put(iTxt, 0, HEADER_END)
                .putInt(chunk.length - 4)
                .put(chunk)
                .putInt((int) checksum.getValue())
                .put(iTxt, HEADER_END, iTxt.length - HEADER_END);
        assertThat(PngTexts.read(new ByteArrayInputStream(file.array())))
                .as("the first of one keyword")
                .containsEntry("parameters", "gr\u00fcn")
                .containsKey("darkroom");
    }

    @Test
    void whatIsNoPngIsRefused() {
        assertRefused(new byte[0], "no PNG");
        assertRefused("GIF89a, and so on and on".getBytes(StandardCharsets.US_ASCII), "no PNG");
        assertRefused(Arrays.copyOf(file(), 60), "ends before its pixels");
    }

    @Test
    void aDamagedOrOversizedChunkIsRefused() {
        byte[] damaged = file();
        damaged[60] ^= 1;
        assertRefused(damaged, "checksum");
        byte[] oversized = file();
        oversized[33] = 0x7f; // the first byte of the length of the chunk behind the header
        assertRefused(oversized, "longer than any");
        oversized[33] = (byte) 0xff;
        assertRefused(oversized, "longer than any");
    }

    @Test
    void noFileDoesMoreThanFail() {
        long seed = 20_261_128L;
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 5000; i++) {
            byte[] bytes = file();
            for (int change = random.nextInt(4); change >= 0; change--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            byte[] cut = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
            try {
                assertThat(PngTexts.read(new ByteArrayInputStream(cut))).hasSizeLessThan(3);
            } catch (IOException e) {
                assertThat(e.getMessage()).as("seed %d, case %d", seed, i).contains("PNG");
            }
        }
    }

    private static void assertRefused(byte[] file, String reason) {
        assertThatThrownBy(() -> PngTexts.read(new ByteArrayInputStream(file)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(reason);
    }
}
