package dev.darkroom.worker.diffusion.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TorchCpuNoiseTest {
    static Stream<Arguments> draws() throws IOException {
        JsonNode index = new ObjectMapper().readTree(resource("index.json"));
        List<Arguments> cases = new ArrayList<>();
        for (JsonNode noise : index.get("cases")) {
            List<Integer> sizes = new ArrayList<>();
            for (JsonNode shape : noise.get("draws")) {
                int size = 1;
                for (JsonNode dimension : shape) {
                    size *= dimension.intValue();
                }
                sizes.add(size);
            }
            cases.add(Arguments.of(
                    noise.get("file").textValue(), noise.get("seed").longValue(), List.copyOf(sizes)));
        }
        return cases.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("draws")
    void everyBitIsTorchs(String file, long seed, List<Integer> sizes) throws IOException {
        ByteBuffer expected = ByteBuffer.wrap(resource(file)).order(ByteOrder.LITTLE_ENDIAN);
        TorchCpuNoise noise = new TorchCpuNoise(seed);
        for (int size : sizes) {
            for (float value : noise.randn(size)) {
                assertThat(Float.floatToRawIntBits(value)).isEqualTo(expected.getInt());
            }
        }
        assertThat(expected.remaining()).isZero();
    }

    @Test
    void theIndexIsWhole() throws IOException {
        assertThat(draws()).hasSize(80);
    }

    @Test
    void onlyTheLow32BitsOfASeedMatter() {
        assertThat(new TorchCpuNoise(7).randn(100)).isEqualTo(new TorchCpuNoise((5L << 32) + 7).randn(100));
        assertThat(new TorchCpuNoise(7).randn(100)).isNotEqualTo(new TorchCpuNoise(8).randn(100));
    }

    @Test
    void aGeneratorThatBeginsAnewIsANewOne() {
        TorchCpuNoise used = new TorchCpuNoise(3);
        used.randn(20);
        used.randn(1); // leaves a second value
        used.restart(4);
        TorchCpuNoise fresh = new TorchCpuNoise(4);
        assertThat(used.randn(1)).isEqualTo(fresh.randn(1));
        assertThat(used.randn(700)).isEqualTo(fresh.randn(700));
    }

    @Test
    void noValuesDrawNothing() {
        TorchCpuNoise noise = new TorchCpuNoise(42);
        assertThat(noise.randn(0)).isEmpty();
        assertThat(noise.randn(16)).isEqualTo(new TorchCpuNoise(42).randn(16));
    }

    @Test
    void aNegativeSizeIsRefused() {
        assertThatThrownBy(() -> new TorchCpuNoise(0).randn(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
    }

    private static byte[] resource(String name) {
        try (InputStream in = TorchCpuNoiseTest.class.getResourceAsStream("/diffusion/noise/" + name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 15, 16, 17, 31, 256, 1000})
    void skippedValuesAreAsGoodAsTakenOnes(int size) {
        TorchCpuNoise taken = new TorchCpuNoise(9);
        TorchCpuNoise skipped = new TorchCpuNoise(9);
        for (int draw = 0; draw < 3; draw++) {
            taken.randn(size);
            skipped.skip(size);
            assertThat(skipped.randn(40)).isEqualTo(taken.randn(40));
            assertThat(skipped.randn(1)).isEqualTo(taken.randn(1));
        }
    }
}
