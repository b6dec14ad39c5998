package dev.darkroom.worker.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files from outside: of the forms that are taken every pixel, of the others a word why not, and of none the memory. */
class PictureReaderTest {
    private static final int HEADER = 8;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rgb.png",
                "grey.png",
                "palette.png",
                "palette_transparent.png",
                "bilevel.png",
                "alpha.png",
                "grey_alpha.png",
                "grey16.png",
                "turned_1.png",
                "turned_2.png",
                "turned_3.png",
                "turned_4.png",
                "turned_5.png",
                "turned_6.png",
                "turned_7.png",
                "turned_8.png"
            })
    void aPngIsReadToTheBit(String name) throws Exception {
        Picture picture = PictureReader.read(file(name));
        assertThat(picture.rgb()).isEqualTo(expected(name, picture));
    }

    /** Another decoder rounds otherwise, and makes other colours of halved ones; a wrong colour or place is far off. */
    @ParameterizedTest
    @CsvSource({
        "baseline.jpg, 2",
        "progressive.jpg, 8",
        "subsampled.jpg, 8",
        "grey.jpg, 2",
        "turned_6.jpg, 2",
        "profile.jpg, 8"
    })
    void aJpegIsRead(String name, int most) throws Exception {
        Picture picture = PictureReader.read(file(name));
        byte[] expected = expected(name, picture);
        assertThat(picture.rgb()).hasSameSizeAs(expected);
        int largest = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs((picture.rgb()[i] & 0xff) - (expected[i] & 0xff)));
        }
        assertThat(largest).isLessThanOrEqualTo(most);
    }

    @ParameterizedTest
    @CsvSource({
        "cmyk.jpg, CMYK",
        "picture.webp, WebP",
        "picture.gif, GIF",
        "animated.png, animated",
    })
    void whatIsNotTakenIsNamed(String name, String word) throws Exception {
        refused(file(name), word);
    }

    @Test
    void whatIsNoPictureIsRefused() {
        refused(new byte[0], "PNG and JPEG are taken");
        refused("<svg xmlns='http://www.w3.org/2000/svg'/>".getBytes(StandardCharsets.UTF_8), "none of the pictures");
        refused(new byte[PictureReader.MOST_BYTES + 1], "more than 33554432");
    }

    @Test
    void aBombIsRefusedByItsHeader() throws Exception {
        byte[] png = file("rgb.png");
        refused(png(chunk("IHDR", header(1_000_000, 1_000_000, 8, 2))), "1000000x1000000");
        refused(png(chunk("IHDR", header(16_384, 16_384, 8, 2))), "16384x16384");
        refused(png(chunk("IHDR", header(0xffff_ffff, 1, 8, 2))), "4294967295x1");
        refused(png(chunk("IHDR", header(0, 5, 8, 2))), "no pixels");
        assertThat(png).isNotEmpty();
        byte[] jpeg = file("baseline.jpg");
        int frame = frame(jpeg);
        jpeg[frame + 5] = (byte) 0xff;
        jpeg[frame + 7] = (byte) 0xff;
        refused(jpeg, "x65", "pixels");
    }

    /** A gigabyte of zeros in a picture of 64 by 64: no more is unpacked than there are rows. */
    @Test
    void aBombInThePixelsIsNotUnpacked() throws Exception {
        Deflater deflater = new Deflater();
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        byte[] zeros = new byte[1 << 20];
        byte[] out = new byte[1 << 16];
        for (int megabyte = 0; megabyte < 1024; megabyte++) {
            deflater.setInput(zeros);
            while (!deflater.needsInput()) {
                bomb.write(out, 0, deflater.deflate(out));
            }
        }
        deflater.finish();
        while (!deflater.finished()) {
            bomb.write(out, 0, deflater.deflate(out));
        }
        deflater.end();
        byte[] file = png(chunk("IHDR", header(64, 64, 8, 2)), chunk("IDAT", bomb.toByteArray()), chunk("IEND"));
        assertThat(PictureReader.read(file).rgb()).containsOnly(0).hasSize(3 * 64 * 64);
    }

    @Test
    void aDamagedPngIsRefused() throws Exception {
        byte[] whole = file("rgb.png");
        for (int length = 8; length < whole.length; length += 7) {
            refused(Arrays.copyOf(whole, length), "it ends too early");
        }
        byte[] damaged = whole.clone();
        damaged[whole.length / 2] ^= 1;
        refused(damaged, "checksum");
        byte[] header = header(23, 17, 8, 2);
        byte[] tooShort = deflated(new byte[10]);
        refused(png(chunk("IHDR", header), chunk("IDAT", tooShort), chunk("IEND")), "its pixels are damaged");
        refused(png(chunk("IHDR", header), chunk("IDAT", new byte[] {1, 2, 3}), chunk("IEND")), "pixels are damaged");
        refused(png(chunk("IHDR", header), chunk("IEND")), "no pixels");
        refused(png(chunk("IHDR", header), chunk("IHDR", header)), "two headers");
        refused(png(chunk("IDAT", tooShort)), "header");
        refused(png(chunk("IHDR", header(23, 17, 3, 2)), chunk("IEND")), "header");
        refused(png(chunk("IHDR", header(23, 17, 8, 3)), chunk("IDAT", tooShort), chunk("IEND")), "palette");
        refused(png(chunk("IHDR", header), chunk("ABCD"), chunk("IEND")), "may leave out");
        byte[] longer = png(chunk("IHDR", header));
        longer[HEADER] = (byte) 0xff; // a length below zero
        refused(longer, "too early");
    }

    @Test
    void aDamagedJpegIsRefused() throws Exception {
        byte[] whole = file("baseline.jpg");
        for (int length = 4; length < whole.length; length += 11) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> PictureReader.read(part)).isInstanceOf(UnreadablePictureException.class);
        }
        byte[] arithmetic = whole.clone();
        arithmetic[frame(whole) + 1] = (byte) 0xc9;
        refused(arithmetic, "arithmetic");
        byte[] deep = whole.clone();
        deep[frame(whole) + 4] = 12;
        refused(deep, "12 bits");
    }

    /** Each scan goes over every block of a large picture: some kilobytes would take hours. */
    @Test
    void aJpegOfManyScansIsRefused() throws Exception {
        byte[] whole = file("progressive.jpg");
        ByteArrayOutputStream many = new ByteArrayOutputStream();
        many.write(whole, 0, whole.length - 2);
        for (int scan = 0; scan < 100; scan++) {
            many.writeBytes(new byte[] {(byte) 0xff, (byte) 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0});
        }
        many.write(whole, whole.length - 2, 2);
        refused(many.toByteArray(), "scans");
    }

    /** Whatever comes, it is a picture or refused. */
    @ParameterizedTest
    @ValueSource(strings = {"rgb.png", "palette.png", "turned_6.jpg", "progressive.jpg", "profile.jpg"})
    void noFileDoesMoreThanThat(String name) throws Exception {
        byte[] whole = file(name);
        Random random = new Random(3);
        for (int round = 0; round < 500; round++) {
            byte[] file = whole.clone();
            for (int change = 0; change <= random.nextInt(4); change++) {
                file[random.nextInt(file.length)] = (byte) random.nextInt();
            }
            try {
                assertThat(PictureReader.read(file).rgb().length).isLessThanOrEqualTo(3 * PictureHeader.MOST_PIXELS);
            } catch (UnreadablePictureException e) {
                assertThat(e).hasMessageStartingWith("it");
            }
        }
    }

    @Test
    void anExifThatIsNoneSaysNothing() {
        Random random = new Random(5);
        byte[] bytes = new byte[40];
        for (int round = 0; round < 10_000; round++) {
            random.nextBytes(bytes);
            bytes[0] = bytes[1] = (byte) (round % 2 == 0 ? 'I' : 'M');
            bytes[round % 2 == 0 ? 2 : 3] = 42;
            bytes[round % 2 == 0 ? 3 : 2] = 0;
            assertThat(Orientation.of(bytes, 0, random.nextInt(41))).isNotNull();
        }
    }

    private static void refused(byte[] file, String... words) {
        assertThatThrownBy(() -> PictureReader.read(file))
                .isInstanceOf(UnreadablePictureException.class)
                .hasMessageContainingAll(words);
    }

    private static int frame(byte[] jpeg) {
        for (int i = 0; i + 1 < jpeg.length; i++) {
            if ((jpeg[i] & 0xff) == 0xff && (jpeg[i + 1] & 0xff) == 0xc0) {
                return i;
            }
        }
        throw new AssertionError("There is no frame");
    }

    private static byte[] header(int width, int height, int depth, int colours) {
        return ByteBuffer.allocate(13)
                .putInt(width)
                .putInt(height)
                .put((byte) depth)
                .put((byte) colours)
                .array();
    }

    private static byte[] deflated(byte[] bytes) {
        Deflater deflater = new Deflater();
        deflater.setInput(bytes);
        deflater.finish();
        byte[] out = new byte[1000];
        int length = deflater.deflate(out);
        deflater.end();
        return Arrays.copyOf(out, length);
    }

    private static byte[] chunk(String type, byte... data) {
        byte[] typed = ByteBuffer.allocate(4 + data.length)
                .put(type.getBytes(StandardCharsets.US_ASCII))
                .put(data)
                .array();
        CRC32 checksum = new CRC32();
        checksum.update(typed);
        return ByteBuffer.allocate(12 + data.length)
                .putInt(data.length)
                .put(typed)
                .putInt((int) checksum.getValue())
                .array();
    }

    private static byte[] png(byte[]... chunks) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(PngEncoder.SIGNATURE);
        Arrays.stream(chunks).forEach(file::writeBytes);
        return file.toByteArray();
    }

    static byte[] file(String name) throws Exception {
        String resource = "/image/given/" + name;
        try (InputStream in = Objects.requireNonNull(PictureReaderTest.class.getResourceAsStream(resource), resource)) {
            return in.readAllBytes();
        }
    }

    private static byte[] expected(String name, Picture picture) throws Exception {
        return unpacked(name + "." + picture.width() + "x" + picture.height() + ".rgb.gz");
    }

    static byte[] unpacked(String name) throws Exception {
        String resource = "/image/given/" + name;
        try (InputStream in = new GZIPInputStream(
                Objects.requireNonNull(PictureReaderTest.class.getResourceAsStream(resource), resource))) {
            return in.readAllBytes();
        }
    }
}
