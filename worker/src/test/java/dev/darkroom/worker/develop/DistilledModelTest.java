package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Jobs for a model that is told its guidance. */
class DistilledModelTest {
    private final RowwiseModel model = new RowwiseModel();

    @BeforeEach
    void distil() {
        model.guidanceEmbedded = true;
    }

    @Test
    void eachPictureTakesOneRowWithItsJobsGuidance() {
        model.steps.release(2);
        List<Generation> jobs = List.of(prepare(8.5, 2), prepare(1.5, 1));
        Batch batch = new Seating(new CallSizes(CallRules.strict(8))).next(jobs);
        batch.step(batch.predict());
        assertThat(model.rowsOfCalls).containsExactly(3);
        assertThat(model.guidanceOfCalls).containsExactly(new float[] {8.5f, 8.5f, 1.5f});
    }

    @Test
    void theNegativePromptIsNotEncoded() {
        assertThat(prepare(8.5, 1).conditioning().negative()).isEmpty();
    }

    @Test
    void otherModelsAreToldNone() {
        RowwiseModel plain = new RowwiseModel();
        plain.steps.release(1);
        new Seating(new CallSizes(CallRules.strict(8)))
                .next(List.of(prepare(plain, 8.5, 1)))
                .predict();
        assertThat(plain.rowsOfCalls).containsExactly(2);
        assertThat(plain.guidanceOfCalls).isEmpty();
    }

    private Generation prepare(double guidance, int images) {
        return prepare(model, guidance, images);
    }

    private static Generation prepare(RowwiseModel model, double guidance, int images) {
        DevelopRequest request = new DevelopRequest(
                model,
                "abc",
                "cab",
                PromptSyntax.PLAIN,
                64,
                64,
                5,
                guidance,
                "ddim",
                model.description().schedulerConfig(),
                7,
                Noise.TORCH_CPU,
                images,
                0,
                0,
                0);
        return Preparation.prepare(request, step -> {});
    }
}
