package dev.darkroom.worker.diffusion.text;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The tokens of a prompt, in CLIP's vocabulary. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class TokenizerBenchmark {
    private static final String PROMPT = "a (highly detailed:1.2) painting of an old lighthouse on a cliff at dusk, "
            + "waves, dramatic clouds, warm light in the windows, [people], oil on canvas, by a famous painter";

    private ClipTokenizer tokenizer;

    @Setup
    public void read() {
        tokenizer = ClipVocabulary.tokenizer(SpecialTokens.CLIP);
    }

    @Benchmark
    public int[] plain() {
        return tokenizer.padded(PROMPT);
    }

    @Benchmark
    public TokenRows weighted() {
        return TokenRows.weighted(tokenizer, WeightedPrompt.parse(PROMPT));
    }
}
