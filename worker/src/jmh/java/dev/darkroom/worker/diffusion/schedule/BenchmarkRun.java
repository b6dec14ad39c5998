package dev.darkroom.worker.diffusion.schedule;

import dev.darkroom.worker.diffusion.noise.TorchCpuNoise;

/** One picture of 1024 by 1024 on its way through twenty steps, again and again. */
final class BenchmarkRun {
    private static final int STEPS = 20;
    private static final int VALUES = 4 * 128 * 128;

    private final Scheduler scheduler;
    private final float[] first = new TorchCpuNoise(1).randn(VALUES);
    private final float[] output = new TorchCpuNoise(2).randn(VALUES);
    private final TorchCpuNoise torch = new TorchCpuNoise(3);
    private final TorchCpuNoise other = new TorchCpuNoise(3);
    private final NoiseSource noise = new NoiseSource() {
        @Override
        public long seed() {
            return 3;
        }

        @Override
        public void randn(float[] values) {
            torch.fill(values);
        }

        @Override
        public void randn(long seed, float[] values) {
            other.restart(seed);
            other.fill(values);
        }
    };
    private SolverHistory history = new SolverHistory();
    private float[] latents = first;
    private int index;

    BenchmarkRun(String name) {
        this.scheduler = Schedulers.create(name, StableDiffusion.settings(), STEPS);
    }

    void beginIfOver() {
        if (index == scheduler.steps()) {
            history = new SolverHistory();
            latents = first;
            index = 0;
        }
    }

    void drawAhead() {
        scheduler.drawAhead(index, VALUES, history, noise).ifPresent(Runnable::run);
    }

    float[] step() {
        latents = scheduler.step(index++, output, latents, history, noise);
        return latents;
    }
}
