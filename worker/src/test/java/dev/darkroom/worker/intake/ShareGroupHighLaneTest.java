package dev.darkroom.worker.intake;

import dev.darkroom.client.Lane;

/** A lane's topic is like any other's. */
class ShareGroupHighLaneTest extends ShareGroupSourceTest {
    @Override
    Lane lane() {
        return Lane.HIGH;
    }
}
