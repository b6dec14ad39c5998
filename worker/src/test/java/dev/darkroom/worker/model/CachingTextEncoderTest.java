package dev.darkroom.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class CachingTextEncoderTest {
    private static final int TOKENS = 3;
    private static final int WIDTH = 4;
    private static final int[] EMPTY = {1, 9, 9};
    private static final int[] CAT = {1, 5, 9};
    private static final int[] DOG = {1, 6, 9};
    private static final int BYTES_OF_ONE = 4 * (TOKENS + TOKENS * WIDTH + WIDTH);

    private final CountedEncoder encoder = new CountedEncoder();
    private final CachingTextEncoder caching = new CachingTextEncoder(encoder, 3 * BYTES_OF_ONE);

    /** Its numbers depend on every token and on the layers that are skipped. */
    private static final class CountedEncoder implements TextEncoder {
        final List<List<Integer>> calls = new CopyOnWriteArrayList<>();
        Runnable onCall = () -> {};
        boolean pools = true;
        int closed;

        @Override
        public TextEncoding encode(int[][] tokens, int clipSkip) {
            for (int[] row : tokens) {
                calls.add(Arrays.stream(row).boxed().toList());
            }
            onCall.run();
            float[] context = new float[tokens.length * TOKENS * WIDTH];
            float[] pooled = new float[tokens.length * WIDTH];
            for (int i = 0; i < context.length; i++) {
                context[i] = (float) Math.sin(tokens[i / WIDTH / TOKENS][i / WIDTH % TOKENS] + i % WIDTH + clipSkip);
                pooled[i / WIDTH / TOKENS * WIDTH + i % WIDTH] += context[i];
            }
            return new TextEncoding(
                    new Tensor(context, tokens.length, TOKENS, WIDTH),
                    pools ? Optional.of(new Tensor(pooled, tokens.length, WIDTH)) : Optional.empty());
        }

        @Override
        public void close() {
            closed++;
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsKeptIsTheSameToTheLastBit(boolean pools) {
        encoder.pools = pools;
        int[][] texts = {EMPTY, CAT, EMPTY, DOG};
        TextEncoding expected = encoder.encode(texts, 1);
        for (int time = 0; time < 2; time++) {
            TextEncoding actual = caching.encode(texts, 1);
            assertThat(actual.context().shape()).containsExactly(4, TOKENS, WIDTH);
            assertThat(actual.context().data())
                    .containsExactly(expected.context().data());
            assertThat(actual.pooled().isPresent()).isEqualTo(pools);
            expected.pooled()
                    .ifPresent(pooled ->
                            assertThat(actual.pooled().orElseThrow().data()).containsExactly(pooled.data()));
        }
    }

    @Test
    void aTextIsEncodedOnceWhateverItComesWith() {
        caching.encode(new int[][] {EMPTY, CAT}, 0);
        caching.encode(new int[][] {EMPTY, DOG}, 0);
        caching.encode(new int[][] {CAT}, 0);
        caching.encode(new int[][] {DOG, EMPTY, DOG}, 0);
        assertThat(encoder.calls).containsExactly(list(EMPTY), list(CAT), list(DOG));
    }

    @Test
    void anyOtherTokenOrLayerIsAnotherText() {
        float[] cat = caching.encode(new int[][] {CAT}, 0).context().data();
        for (int i = 0; i < TOKENS; i++) {
            int[] other = CAT.clone();
            other[i]++;
            assertThat(caching.encode(new int[][] {other}, 0).context().data()).isNotEqualTo(cat);
        }
        assertThat(caching.encode(new int[][] {CAT}, 1).context().data()).isNotEqualTo(cat);
        assertThat(encoder.calls).hasSize(1 + TOKENS + 1);
    }

    @Test
    void whoeverChangesWhatHeGaveOrGotChangesNothingHere() {
        int[] given = CAT.clone();
        TextEncoding got = caching.encode(new int[][] {given}, 0);
        float[] context = got.context().data().clone();
        float[] pooled = got.pooled().orElseThrow().data().clone();
        given[1] = DOG[1];
        got.context().data()[0] = 7;
        got.pooled().orElseThrow().data()[0] = 7;
        got.context().shape()[0] = 7;

        TextEncoding again = caching.encode(new int[][] {CAT}, 0);

        assertThat(again.context().data()).containsExactly(context);
        assertThat(again.context().shape()).containsExactly(1, TOKENS, WIDTH);
        assertThat(again.pooled().orElseThrow().data()).containsExactly(pooled);
        assertThat(encoder.calls).hasSize(1);
    }

    @Test
    void beyondTheBoundTheLeastRecentlyUsedGoes() {
        caching.encode(new int[][] {EMPTY, CAT, DOG}, 0);
        assertThat(caching.bytes()).isEqualTo(3 * BYTES_OF_ONE);
        caching.encode(new int[][] {EMPTY}, 0);
        caching.encode(new int[][] {CAT}, 1);
        assertThat(caching.bytes()).isEqualTo(3 * BYTES_OF_ONE);
        encoder.calls.clear();

        caching.encode(new int[][] {EMPTY, DOG}, 0);
        assertThat(encoder.calls).as("used last").isEmpty();
        caching.encode(new int[][] {CAT}, 0);
        assertThat(encoder.calls).containsExactly(list(CAT));
    }

    @Test
    void whatIsLargerThanTheBoundIsNotKept() {
        CachingTextEncoder small = new CachingTextEncoder(encoder, BYTES_OF_ONE - 1);
        small.encode(new int[][] {CAT}, 0);
        small.encode(new int[][] {CAT}, 0);
        assertThat(encoder.calls).hasSize(2);
        assertThat(small.bytes()).isZero();
    }

    @Test
    void aFailureIsNotKept() {
        encoder.onCall = () -> {
            throw new InferenceException("out of order", new IllegalStateException());
        };
        assertThatThrownBy(() -> caching.encode(new int[][] {CAT}, 0)).hasMessage("out of order");
        encoder.onCall = () -> {};
        assertThat(caching.encode(new int[][] {CAT}, 0).context().shape()).containsExactly(1, TOKENS, WIDTH);
    }

    /** The second thread finds a text while the first one's is encoded. */
    @Test
    void aTextThatIsKeptWaitsForNoOther() {
        caching.encode(new int[][] {CAT}, 0);
        List<float[]> found = new ArrayList<>();
        encoder.onCall = () -> found.add(CompletableFuture.supplyAsync(() -> caching.encode(new int[][] {CAT}, 0))
                .orTimeout(30, TimeUnit.SECONDS)
                .join()
                .context()
                .data());
        caching.encode(new int[][] {DOG}, 0);
        assertThat(found).hasSize(1);
    }

    @Test
    void closingForgetsAllAndClosesTheEncoder() {
        caching.encode(new int[][] {CAT}, 0);
        caching.close();
        assertThat(encoder.closed).isEqualTo(1);
        assertThat(caching.bytes()).isZero();
        caching.encode(new int[][] {CAT}, 0);
        assertThat(caching.bytes()).as("after the end").isZero();
        assertThat(encoder.calls).hasSize(2);
    }

    private static List<Integer> list(int[] tokens) {
        return Arrays.stream(tokens).boxed().toList();
    }
}
