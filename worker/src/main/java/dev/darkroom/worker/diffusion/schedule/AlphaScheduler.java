package dev.darkroom.worker.diffusion.schedule;

/** What the schedulers along whole training timesteps have in common: one call of the UNet at each of them. */
abstract class AlphaScheduler implements Scheduler {
    final AlphaSchedule schedule;

    AlphaScheduler(AlphaSchedule schedule) {
        this.schedule = schedule;
    }

    @Override
    public final int steps() {
        return schedule.steps();
    }

    @Override
    public final float timestep(int index) {
        return schedule.timestep(index);
    }

    @Override
    public final float[] addNoise(int index, float[] picture, float[] noise) {
        float alpha = schedule.alpha(schedule.timestep(index));
        return Mix.noisy(picture, AlphaSchedule.root(alpha), noise, AlphaSchedule.root(1f - alpha));
    }
}
