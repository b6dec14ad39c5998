package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.job.GuidanceInterval;
import dev.darkroom.job.Noise;
import dev.darkroom.worker.model.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What goes wrong for one job of a call, behind the UNet, is nothing to the others in it. */
class FailedStepTest {
    private final RowwiseModel model = new RowwiseModel();

    FailedStepTest() {
        model.steps.release(1_000_000);
    }

    /** A picture's noise that is out of memory after its first latents. */
    private record NoNoise(PictureNoise first) implements PictureNoise {
        @Override
        public long seed() {
            return first.seed();
        }

        @Override
        public void randn(float[] values) {
            throw new OutOfMemoryError("No noise");
        }

        @Override
        public void randn(long seed, float[] values) {
            throw new OutOfMemoryError("No noise");
        }

        @Override
        public void skip(int count) {
            first.skip(count);
        }
    }

    @Test
    void aPictureThatIsOutOfMemoryFailsItsJobWhoseOthersAreLeftAlone() {
        Generation prepared = job(2, step -> {});
        LatentImage first = prepared.images().get(0);
        PictureNoise noise = new NoNoise(PictureNoise.of(Noise.TORCH_CPU, 0));
        Generation broken = new Generation(
                prepared.request(),
                Share.EQUAL,
                prepared.conditioning(),
                prepared.scheduler(),
                List.of(
                        new LatentImage(noise, first.latents(), first.companion()),
                        prepared.images().get(1)),
                step -> {});
        Generation other = job(1, step -> {});
        Batch batch = call(broken, other);
        batch.step(batch.predict());

        assertThat(model.rowsOfCalls).containsExactly(3);
        assertThatThrownBy(broken::throwFailure)
                .isInstanceOf(OutOfMemoryError.class)
                .hasMessage("No noise");
        assertThat(broken.calls()).isZero();
        assertIsWhatItIsAlone(other);
    }

    static Stream<Throwable> whatListenersThrow() {
        return Stream.of(
                new IllegalStateException("No listener"),
                new OutOfMemoryError("No listener"),
                new StackOverflowError("No listener"));
    }

    @ParameterizedTest
    @MethodSource("whatListenersThrow")
    void aListenerThatThrowsFailsItsJob(Throwable thrown) {
        Generation broken = job(1, step -> {
            if (thrown instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) thrown;
        });
        Generation other = job(1, step -> {});
        Batch batch = call(broken, other);
        batch.step(batch.predict());

        assertThatThrownBy(broken::throwFailure).isSameAs(thrown);
        assertIsWhatItIsAlone(other);
        assertThat(other.stepsDone()).isEqualTo(1);
    }

    @Test
    void aPredictionWithTooFewRowsFailsTheJobWhoseTheyAre() {
        Generation other = job(1, step -> {});
        Generation broken = job(2, step -> {});
        Batch batch = call(other, broken);
        Tensor prediction = batch.predict().prediction();
        batch.step(new Batch.Output(prediction.rows(0, 1), Optional.empty()));

        assertThatThrownBy(broken::throwFailure).isInstanceOf(IndexOutOfBoundsException.class);
        assertIsWhatItIsAlone(other);
    }

    @Test
    void soDoFeaturesWithTooFew() {
        Generation other = job(1, step -> {});
        DevelopRequest reusing = request(2).with(GuidanceInterval.ALWAYS, 2);
        Generation broken = Preparation.prepare(reusing, step -> {});
        Batch batch = call(other, broken);
        Batch.Output output = batch.predict();
        batch.step(new Batch.Output(output.prediction(), output.features().map(features -> features.rows(0, 1))));

        assertThatThrownBy(broken::throwFailure).isInstanceOf(IndexOutOfBoundsException.class);
        assertIsWhatItIsAlone(other);
    }

    private void assertIsWhatItIsAlone(Generation job) {
        job.throwFailure();
        Generation alone = job(1, step -> {});
        PipelineCase.step(List.of(alone));
        assertThat(job.calls()).isEqualTo(1);
        assertThat(ResumeFixture.latents(job))
                .containsExactly(ResumeFixture.latents(alone).get(0));
    }

    private static Batch call(Generation first, Generation second) {
        Batch batch = new Batch(8);
        Stream.of(first, second).forEach(job -> job.images().forEach(image -> batch.add(job, image)));
        return batch;
    }

    private Generation job(int pictures, IntConsumer onStep) {
        return Preparation.prepare(request(pictures), onStep);
    }

    private DevelopRequest request(int pictures) {
        return CompanyTest.request(model, "abc", 64, 64, "euler_a", 4, 1, pictures);
    }
}
