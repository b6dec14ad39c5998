package dev.darkroom.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens when memory is short. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoadedModelsWaitingTest extends LoadedModelsFixture {
    @Test
    void whereAllAreInUseANewOneWaitsAndWhoComesLaterWaitsBehindIt() throws Exception {
        loader.gate.countDown();
        LoadedModels models = models();
        BorrowedModel a = take(models, "a");
        BorrowedModel b = take(models, "b");
        Future<BorrowedModel> c = borrow(models, "c");
        awaitWaiting(models, 1);
        Future<BorrowedModel> againA = borrow(models, "a");
        assertThat(c.isDone()).isFalse();
        a.close();
        a.close(); // counts once

        c.get().close();
        assertThat(loader.made.get(0).isClosed()).isTrue();
        assertThat(loader.made.get(1).isClosed()).isFalse();
        againA.get().close();
        b.close();
        assertThat(models.memoryReserved()).isEqualTo(2 * SIZE);
    }

    @Test
    void twoThatWaitGetTheMemoryOneAfterTheOther() throws Exception {
        loader.gate.countDown();
        LoadedModels models = models();
        loader.sizes.put("a", 2 * SIZE);
        loader.sizes.put("b", 2 * SIZE);
        loader.sizes.put("c", 2 * SIZE);
        BorrowedModel a = take(models, "a");
        Future<BorrowedModel> b = borrow(models, "b");
        awaitWaiting(models, 1); // in this order, for the first one that waits is the first that is served
        List<Future<BorrowedModel>> waiting = List.of(b, borrow(models, "c"));
        awaitWaiting(models, 2);
        a.close();
        for (Future<BorrowedModel> next : waiting) {
            next.get().close();
        }
        assertThat(loader.most).as("bytes loaded at the same time").hasValue(2 * SIZE);
    }

    @Test
    void whoeverWaitsForMemoryMayBeInterruptedAndStandsInNobodysWay() throws Exception {
        loader.gate.countDown();
        LoadedModels models = models();
        BorrowedModel a = take(models, "a");
        BorrowedModel b = take(models, "b");
        Future<BorrowedModel> c = borrow(models, "c");
        awaitWaiting(models, 1);
        c.cancel(true);
        take(models, "a").close();
        a.close();
        b.close();
        assertThat(models.memoryReserved()).isEqualTo(2 * SIZE);
        assertThat(models.loaded()).containsExactly("a", "b");
    }

    @Test
    void aLoadThatIsGivenUpIsNobodyElsesFailure() throws Exception {
        LoadedModels models = models();
        Future<BorrowedModel> first = borrow(models, "a");
        loader.loading.await();
        CompletableFuture<Thread> joining = new CompletableFuture<>();
        Future<BorrowedModel> second = threads.submit(() -> {
            joining.complete(Thread.currentThread());
            return take(models, "a");
        });
        while (joining.get().getState() != Thread.State.WAITING) { // the test's timeout bounds it
            Thread.onSpinWait();
        }

        first.cancel(true);
        loader.gate.countDown();

        second.get().close();
        assertThat(models.loaded()).containsExactly("a");
        models.close();
        assertThat(files.open()).isZero();
    }

    @Test
    void closingFailsWhoeverWaitsForMemory() throws Exception {
        loader.gate.countDown();
        LoadedModels models = models();
        take(models, "a");
        take(models, "b");
        Future<BorrowedModel> c = borrow(models, "c");
        awaitWaiting(models, 1);
        models.close();
        assertThatThrownBy(c::get).hasCauseInstanceOf(ModelException.class).hasMessageContaining("closed");
        assertThat(files.open()).isZero();
    }
}
