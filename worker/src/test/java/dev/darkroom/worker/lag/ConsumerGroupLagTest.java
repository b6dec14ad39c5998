package dev.darkroom.worker.lag;

class ConsumerGroupLagTest extends LagContract {
    @Override
    String delivery() {
        return "classic";
    }
}
