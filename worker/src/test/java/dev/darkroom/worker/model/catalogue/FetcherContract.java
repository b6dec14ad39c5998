package dev.darkroom.worker.model.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every fetcher does, whatever server is behind it. */
public abstract class FetcherContract<S extends Source.Remote> {
    private static final byte[] BYTES = bytes(1, 300_000);

    /** A fetcher of short patience; the test closes it. */
    protected abstract Fetcher<S> newFetcher();

    /** Puts a file on the server, in place of an earlier one. */
    protected abstract S put(String name, byte[] bytes) throws Exception;

    /** Where nobody listens. */
    protected abstract Fetcher<S> fetcherOfNobody() throws Exception;

    /** A file of that name on the server that {@link #fetcherOfNobody} asks. */
    protected abstract S sourceOfNobody() throws Exception;

    @Test
    void aFileComesWithItsSizeAndAVersion() throws Exception {
        S source = put("whole.bin", BYTES);
        try (Fetcher<S> fetcher = newFetcher();
                Fetcher.Answer answer =
                        fetcher.open(source, 0, Optional.empty()).orElseThrow()) {
            assertThat(answer.start()).isZero();
            assertThat(answer.size()).hasValue(BYTES.length);
            assertThat(answer.version()).isPresent();
            assertThat(answer.body().readAllBytes()).isEqualTo(BYTES);
        }
    }

    @Test
    void anEmptyFileIsAFile() throws Exception {
        S source = put("empty.bin", new byte[0]);
        try (Fetcher<S> fetcher = newFetcher();
                Fetcher.Answer answer =
                        fetcher.open(source, 0, Optional.empty()).orElseThrow()) {
            assertThat(answer.size()).hasValue(0);
            assertThat(answer.body().read()).isNegative();
        }
    }

    @Test
    void anAbsentFileIsNone() throws Exception {
        S source = put("there.bin", BYTES);
        try (Fetcher<S> fetcher = newFetcher()) {
            assertThat(fetcher.open(absentBeside(source), 0, Optional.empty())).isEmpty();
        }
    }

    protected abstract S absentBeside(S source);

    @Test
    void aPartIsGoneOnWith() throws Exception {
        S source = put("part.bin", BYTES);
        try (Fetcher<S> fetcher = newFetcher();
                Fetcher.Answer rest = fetcher.open(source, 100_000, Optional.of(version(fetcher, source)))
                        .orElseThrow()) {
            assertThat(rest.start()).isEqualTo(100_000);
            assertThat(rest.size()).hasValue(BYTES.length);
            assertThat(rest.body().readAllBytes()).isEqualTo(Arrays.copyOfRange(BYTES, 100_000, BYTES.length));
        }
    }

    @Test
    void whatHasChangedComesFromItsBeginning() throws Exception {
        S source = put("changed.bin", BYTES);
        try (Fetcher<S> fetcher = newFetcher()) {
            String version = version(fetcher, source);
            byte[] other = bytes(2, 200_000);
            put("changed.bin", other);
            try (Fetcher.Answer answer =
                    fetcher.open(source, 100_000, Optional.of(version)).orElseThrow()) {
                assertThat(answer.start()).isZero();
                assertThat(answer.size()).hasValue(other.length);
                assertThat(answer.version()).isNotEqualTo(Optional.of(version));
                assertThat(answer.body().readAllBytes()).isEqualTo(other);
            }
        }
    }

    @Test
    void behindTheEndThereIsOnlyTheBeginning() throws Exception {
        S source = put("short.bin", BYTES);
        try (Fetcher<S> fetcher = newFetcher();
                Fetcher.Answer answer = fetcher.open(source, BYTES.length, Optional.of(version(fetcher, source)))
                        .orElseThrow()) {
            assertThat(answer.start()).isZero();
        }
    }

    @Test
    void aServerThatIsAwayMayComeBack() throws Exception {
        S source = sourceOfNobody();
        try (Fetcher<S> fetcher = fetcherOfNobody()) {
            assertThatThrownBy(() -> fetcher.open(source, 0, Optional.empty()))
                    .isInstanceOfSatisfying(
                            FetchException.class, e -> assertThat(e.passing()).isTrue())
                    .hasMessageContaining(source.shown());
        }
    }

    @Test
    void anInterruptEndsACall() throws Exception {
        S source = put("interrupted.bin", BYTES);
        try (Fetcher<S> fetcher = newFetcher()) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> fetcher.open(source, 0, Optional.empty()))
                    .isInstanceOf(InterruptedException.class);
        } finally {
            Thread.interrupted();
        }
    }

    private String version(Fetcher<S> fetcher, S source) throws Exception {
        try (Fetcher.Answer answer = fetcher.open(source, 0, Optional.empty()).orElseThrow()) {
            return answer.version().orElseThrow();
        }
    }

    /** Bytes that look like nothing. */
    protected static byte[] bytes(long seed, int count) {
        byte[] bytes = new byte[count];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
