package dev.darkroom.worker.intake;

import dev.darkroom.client.Lane;

/** A lane's topic and group are like any others. */
class ConsumerGroupLowLaneTest extends ConsumerGroupSourceTest {
    @Override
    Lane lane() {
        return Lane.LOW;
    }
}
