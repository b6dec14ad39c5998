package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.LatentDistribution;
import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.VaeEncoder;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AtFirstUseTest {
    private static final int THREADS = 4;

    private final AtomicInteger loads = new AtomicInteger();
    private final FakeEncoder encoder = new FakeEncoder();

    private static final class FakeEncoder implements VaeEncoder {
        private final AtomicInteger closes = new AtomicInteger();

        @Override
        public LatentDistribution encode(Tensor pictures) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            closes.incrementAndGet();
        }
    }

    @Test
    void manyThreadsLoadItOnce() throws Exception {
        AtFirstUse<VaeEncoder> lazy = new AtFirstUse<>("vae_encoder", this::load);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            CountDownLatch start = new CountDownLatch(1);
            List<Future<VaeEncoder>> asked = Stream.generate(() -> threads.submit(() -> {
                        start.await();
                        return lazy.get();
                    }))
                    .limit(THREADS)
                    .toList();
            assertThat(loads).hasValue(0);
            start.countDown();
            Set<VaeEncoder> got = new HashSet<>();
            for (Future<VaeEncoder> future : asked) {
                got.add(future.get(10, TimeUnit.SECONDS));
            }
            assertThat(got).containsExactly(encoder);
            assertThat(loads).hasValue(1);
        } finally {
            threads.shutdownNow();
        }
        lazy.close();
        assertThat(encoder.closes).hasValue(1);
        assertThatThrownBy(lazy::get).isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
    }

    @Test
    void aLoadThatFailedIsTriedAgain() throws Exception {
        AtFirstUse<VaeEncoder> lazy = new AtFirstUse<>("vae_encoder", () -> {
            if (loads.incrementAndGet() == 1) {
                throw new ModelException("not now");
            }
            return encoder;
        });
        assertThatThrownBy(lazy::get).isInstanceOf(ModelException.class).hasMessage("not now");
        assertThat(lazy.get()).isSameAs(encoder);
    }

    @Test
    void whatNobodyAskedForIsNotLoaded() {
        new AtFirstUse<>("vae_encoder", this::load).close();
        assertThat(loads).hasValue(0);
        assertThat(encoder.closes).hasValue(0);
    }

    private VaeEncoder load() {
        loads.incrementAndGet();
        return encoder;
    }
}
