package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.diffusion.schedule.StableDiffusion;
import java.util.List;
import java.util.Map;

/** Generations that are stepped by hand, and stopped where a test wants it. */
final class ResumeFixture {
    static final String ORIGIN = "test";
    static final int MOST = 64 << 20;

    /** Two guided pictures a call. */
    static final int MAX_ROWS = 4;

    final RowwiseModel model = new RowwiseModel();

    ResumeFixture() {
        model.steps.release(Integer.MAX_VALUE);
    }

    /** Three pictures, of which only two are guided at a time: they are not at the same step. */
    DevelopRequest request(String scheduler, double guidance) {
        return request(scheduler, guidance, settings(), 6, 7);
    }

    DevelopRequest request(String scheduler, double guidance, Map<String, Object> settings, int steps, long seed) {
        return request(scheduler, guidance, settings, steps, seed, Noise.TORCH_CPU);
    }

    DevelopRequest request(
            String scheduler, double guidance, Map<String, Object> settings, int steps, long seed, Noise noise) {
        return new DevelopRequest(
                model,
                "abc",
                "bca",
                PromptSyntax.PLAIN,
                64,
                64,
                steps,
                guidance,
                scheduler,
                settings,
                seed,
                noise,
                3,
                0,
                0.5,
                1);
    }

    /** Pictures whose steps follow from latents and text alone, with DDIM. */
    DevelopRequest request(String scheduler, double guidance, int steps, int images) {
        return new DevelopRequest(
                model,
                "abc",
                "bca",
                PromptSyntax.PLAIN,
                64,
                64,
                steps,
                guidance,
                scheduler,
                settings(),
                7,
                Noise.TORCH_CPU,
                images,
                0,
                0,
                0);
    }

    static Map<String, Object> settings() {
        Map<String, Object> settings = StableDiffusion.settings();
        settings.put("clip_sample", false);
        return settings;
    }

    static Generation prepare(DevelopRequest request) {
        return Preparation.prepare(request, step -> {});
    }

    /** One call of the UNet; the generation must not be finished. Throws what it fails with. */
    static void step(Generation generation) {
        Batch batch = new Seating(new CallSizes(CallRules.strict(MAX_ROWS))).next(List.of(generation));
        batch.step(batch.predict());
        generation.throwFailure();
    }

    static boolean isFinished(Generation generation) {
        return generation.unfinished().isEmpty();
    }

    static List<float[]> toTheEnd(Generation generation) {
        while (!isFinished(generation)) {
            step(generation);
        }
        return latents(generation);
    }

    static List<float[]> latents(Generation generation) {
        return generation.images().stream().map(LatentImage::latents).toList();
    }

    static Generation stopped(Generation generation) {
        generation.cancel();
        assertThat(generation.retire()).isTrue();
        return generation;
    }

    static byte[] bytes(Generation generation) {
        return ResumePoint.of(stopped(generation), ORIGIN, MOST).orElseThrow().bytes();
    }

    /** After so many calls of the UNet. */
    Generation after(DevelopRequest request, int calls) {
        Generation generation = prepare(request);
        for (int call = 0; call < calls; call++) {
            step(generation);
        }
        return generation;
    }
}
