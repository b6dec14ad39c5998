package dev.darkroom.worker.develop;

import dev.darkroom.worker.diffusion.schedule.NoiseSource;
import dev.darkroom.worker.diffusion.schedule.Scheduler;
import dev.darkroom.worker.diffusion.schedule.SolverHistory;
import java.util.Optional;

/** One picture's scheduler, whose draws ahead are counted. */
final class CountedDraws extends DrawnByTheStep {
    private final LoopBenchmark.Draws count;
    private boolean offered; // the loop's thread only
    private volatile boolean done;

    CountedDraws(Scheduler scheduler, LoopBenchmark.Draws count) {
        super(scheduler);
        this.count = count;
    }

    @Override
    public Optional<Runnable> drawAhead(int index, int size, SolverHistory history, NoiseSource noise) {
        Optional<Runnable> draw = scheduler.drawAhead(index, size, history, noise);
        offered = draw.isPresent();
        done = false;
        return draw.map(drawing -> () -> {
            drawing.run();
            done = true;
        });
    }

    /** At the end of a call, on the loop's thread. */
    void callEnds() {
        if (offered) {
            count.offered++;
            count.inTime += done ? 1 : 0;
        }
        offered = false;
    }
}
