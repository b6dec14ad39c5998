package dev.darkroom.worker.intake;

import static dev.darkroom.worker.intake.TestWorker.concluded;
import static dev.darkroom.worker.intake.TestWorker.next;
import static dev.darkroom.worker.intake.TestWorker.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.client.Lane;
import dev.darkroom.worker.config.LanesConfig;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;

/** How a job source deals with the lanes of a queue. */
abstract class LaneContract extends ConclusionContract {
    @Test
    void eachLaneHasSlotsOfItsOwn() throws Exception {
        QueueFixture queue = own(queue(LONG));
        BlockingQueue<Lease> leases = new LinkedBlockingQueue<>();
        own(source(queue, new LanesConfig(1, 8, 4, 1))).start(leases::add);
        for (Lane lane : Lane.values()) {
            queue.produce(lane, "first " + lane);
            queue.produce(lane, "second " + lane);
        }

        List<Lease> held = List.of(next(leases), next(leases), next(leases));

        assertThat(held)
                .extracting(TestWorker::value)
                .containsExactlyInAnyOrder("first HIGH", "first NORMAL", "first LOW");
        for (Lease lease : held) {
            assertThat(concluded(lease, event(queue, value(lease)))).isEqualTo(Lease.Settlement.SETTLED);
        }
        assertThat(List.of(value(next(leases)), value(next(leases)), value(next(leases))))
                .containsExactlyInAnyOrder("second HIGH", "second NORMAL", "second LOW");
    }

    @Test
    void aLaneWithoutWeightIsLeftToOthers() throws Exception {
        QueueFixture queue = own(queue(LONG));
        BlockingQueue<Lease> leases = new LinkedBlockingQueue<>();
        own(source(queue, new LanesConfig(1, 8, 0, 1))).start(leases::add);
        queue.produce(Lane.NORMAL, "normal");
        queue.produce(Lane.HIGH, "high");
        queue.produce(Lane.LOW, "low");

        assertThat(List.of(value(next(leases)), value(next(leases)))).containsExactlyInAnyOrder("high", "low");
        own(source(queue, QueueFixture.NORMAL)).start(leases::add);
        assertThat(value(next(leases))).isEqualTo("normal");
    }
}
