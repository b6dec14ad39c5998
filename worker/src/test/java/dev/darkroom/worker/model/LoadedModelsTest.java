package dev.darkroom.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.ModelVariant.Scaled;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoadedModelsTest extends LoadedModelsFixture {
    @Test
    void severalCallersShareOneLoad() throws Exception {
        LoadedModels models = models();
        List<Future<BorrowedModel>> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            calls.add(borrow(models, "a"));
        }
        loader.loading.await();
        loader.gate.countDown();
        for (Future<BorrowedModel> call : calls) {
            assertThat(call.get().model()).isSameAs(loader.made.get(0));
        }
        assertThat(take(models, "a").model()).isSameAs(loader.made.get(0));
        assertThat(loader.made).hasSize(1);
    }

    @Test
    void aLoadThatFailedIsTriedAgainAndKeepsNoMemory() throws Exception {
        loader.gate.countDown();
        LoadedModels models = models();
        for (Throwable failure :
                List.of(new ModelException("broken"), new IllegalStateException("broken"), new OutOfMemoryError())) {
            loader.failure = failure;
            assertThatThrownBy(() -> models.borrow(ModelVariant.of("a"))).isSameAs(failure);
            assertThat(models.memoryReserved()).isZero();
        }
        assertThat(files.open()).isZero();
        loader.failure = null;
        assertThat(take(models, "a").model()).isSameAs(loader.made.get(0));
    }

    @Test
    void whoWaitsForALoadThatFailsGetsItsFailure() throws Exception {
        LoadedModels models = models();
        loader.failure = new ModelException("broken");
        List<Future<BorrowedModel>> calls = List.of(borrow(models, "a"), borrow(models, "a"));
        loader.loading.await();
        loader.gate.countDown();
        for (Future<BorrowedModel> call : calls) {
            assertThatThrownBy(call::get)
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(ModelException.class)
                    .hasMessageContaining("broken");
        }
    }

    @Test
    void anUnknownModelIsEmpty() throws Exception {
        assertThat(models().borrow(ModelVariant.of("x"))).isEmpty();
    }

    @Test
    void modelsThatFitStayLoaded() throws Exception {
        loader.gate.countDown();
        LoadedModels models = models();
        take(models, "a").close();
        take(models, "b").close();
        take(models, "a").close();
        assertThat(models.loaded()).containsExactly("a", "b");
        assertThat(models.memoryReserved()).isEqualTo(2 * SIZE);
        assertThat(loader.made).hasSize(2).noneMatch(FakeModel::isClosed);
    }

    @Test
    void theLeastRecentlyUsedModelMakesRoom() throws Exception {
        loader.gate.countDown();
        LoadedModels models = models();
        take(models, "a").close();
        take(models, "b").close();
        take(models, "a").close();
        take(models, "c").close();
        assertThat(models.loaded()).containsExactly("a", "c");
        assertThat(loader.made).extracting(FakeModel::isClosed).containsExactly(false, true, false);
        assertThat(files.open()).as("files of loaded models").isEqualTo(2);
        take(models, "b").close();
        assertThat(models.loaded()).containsExactly("b", "c");
    }

    @Test
    void aModelInUseStaysWhoeverUsedItLast() throws Exception {
        loader.gate.countDown();
        LoadedModels models = models();
        try (BorrowedModel inUse = take(models, "a")) {
            take(models, "b").close();
            take(models, "c").close();
            assertThat(models.loaded()).containsExactly("a", "c");
            assertThat(inUse.model()).isSameAs(loader.made.get(0));
        }
    }

    @Test
    void aLargeModelTakesThePlaceOfSeveralAndNoMoreThanNeeded() throws Exception {
        loader.gate.countDown();
        LoadedModels models = models();
        loader.sizes.put("b", 2 * SIZE);
        take(models, "a").close();
        take(models, "c").close();
        take(models, "b").close();
        assertThat(models.loaded()).containsExactly("b");
        take(models, "a").close();
        assertThat(models.loaded()).containsExactly("a");
    }

    @Test
    void aModelLargerThanTheBudgetIsRefusedWithBothSizesAndTheSetting() {
        loader.gate.countDown();
        loader.sizes.put("a", 2 * SIZE + 1);
        assertThatThrownBy(() -> models().borrow(ModelVariant.of("a")))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("Model a", "6.00 GB", "model-memory");
        assertThat(loader.made).isEmpty();
        assertThat(files.open()).isZero();
    }

    @Test
    void whatAModelTakesOnlyWhileItLoadsIsReservedUntilItIsLoaded() throws Exception {
        LoadedModels models = models();
        loader.loadingSizes.put("a", 2 * SIZE);
        Future<BorrowedModel> first = borrow(models, "a");
        loader.loading.await();
        assertThat(models.memoryReserved()).isEqualTo(2 * SIZE);
        Future<BorrowedModel> second = borrow(models, "b");
        awaitWaiting(models, 1);
        loader.gate.countDown();
        first.get();
        second.get(); // beside the first one
        assertThat(models.memoryReserved()).isEqualTo(2 * SIZE);
        assertThat(loader.made).noneMatch(FakeModel::isClosed);

        loader.loadingSizes.put("c", 2 * SIZE + 1);
        assertThatThrownBy(() -> take(models, "c")).hasMessageContainingAll("Model c", "model-memory");
    }

    @Test
    void aModelMayBeThereInTwoPrecisions() throws Exception {
        loader.gate.countDown();
        LoadedModels models = models();
        try (BorrowedModel own = take(models, "a");
                BorrowedModel precise =
                        models.borrow(ModelVariant.of("a"), Precision.FP32).orElseThrow()) {
            assertThat(precise.model()).isNotSameAs(own.model());
            assertThat(loader.precisions).containsExactly(Optional.empty(), Optional.of(Precision.FP32));
            assertThat(models.loaded()).containsExactly("a", "a");
        }
    }

    @Test
    void theSameLorasAreTheSameModelAndOthersMakeRoom() throws Exception {
        loader.gate.countDown();
        LoadedModels models = models();
        Scaled ink = new Scaled("ink", 0.5);
        Scaled grain = new Scaled("grain", 1);
        ModelVariant both = new ModelVariant("a", List.of(ink, grain));
        try (BorrowedModel first = models.borrow(both).orElseThrow();
                BorrowedModel second = models.borrow(new ModelVariant("a", List.of(grain, ink)))
                        .orElseThrow()) {
            assertThat(second.model()).isSameAs(first.model());
            try (BorrowedModel other =
                    models.borrow(new ModelVariant("a", List.of(ink))).orElseThrow()) {
                assertThat(other.model()).isNotSameAs(first.model());
            }
            try (BorrowedModel plain = take(models, "a")) { // there is room for two
                assertThat(plain.model()).isNotSameAs(first.model());
                assertThat(models.loaded()).containsExactly("a", "a");
                assertThat(models.memoryReserved()).isEqualTo(2 * SIZE);
            }
        }
        assertThat(loader.made).hasSize(3);
    }

    @Test
    void aModelThatOverflowsInFloat16IsLoadedInFloat32FromThenOn() throws Exception {
        loader.gate.countDown();
        LoadedModels models = models();
        loader.overflowing = Set.of(Precision.FP16);
        take(models, "a").close();
        take(models, "a").close();
        assertThat(loader.precisions).containsExactly(Optional.empty(), Optional.of(Precision.FP32));
        assertThat(models.memoryReserved()).isEqualTo(SIZE);

        loader.overflowing = Set.of(Precision.FP16, Precision.FP32);
        assertThatThrownBy(() -> models.borrow(ModelVariant.of("b"))).isInstanceOf(NonFiniteModelException.class);
        assertThat(loader.precisions).hasSize(4);
    }

    @Test
    void manyJobsOnMoreModelsThanFitAllGetTheirs() throws Exception {
        loader.gate.countDown();
        LoadedModels models = models();
        List<Future<?>> jobs = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            String id = IDS.get(i % IDS.size());
            jobs.add(threads.submit(() -> {
                try (BorrowedModel borrowed = take(models, id)) {
                    assertThat(((FakeModel) borrowed.model()).isClosed()).isFalse();
                }
                return id;
            }));
        }
        for (Future<?> job : jobs) {
            job.get();
        }
        assertThat(loader.most.get()).isLessThanOrEqualTo(2 * SIZE);
        models.close();
        assertThat(loader.made).allMatch(FakeModel::isClosed);
        assertThat(files.open()).isZero();
    }

    @Test
    void closingClosesAllModelsEvenIfOneFails() throws Exception {
        loader.gate.countDown();
        LoadedModels models = models();
        take(models, "a");
        take(models, "b");
        loader.made.forEach(model -> model.broken = true);
        assertThatThrownBy(models::close).isInstanceOf(IllegalStateException.class);
        assertThat(loader.made).hasSize(2).allMatch(FakeModel::isClosed);
        assertThat(files.open()).isZero();
    }

    @Test
    void aModelThatIsLoadingDuringTheCloseIsClosedWhenItIsLoaded() throws Exception {
        LoadedModels models = models();
        Future<BorrowedModel> call = borrow(models, "a");
        loader.loading.await();
        models.close();
        assertThat(loader.made).isEmpty();
        loader.gate.countDown();
        assertThatThrownBy(call::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(ModelException.class)
                .hasMessageContaining("closed");
        assertThat(loader.made.get(0).isClosed()).isTrue();
        assertThat(files.open()).isZero();
    }

    @Test
    void afterTheCloseNothingIsHandedOut() throws Exception {
        loader.gate.countDown();
        LoadedModels models = models();
        take(models, "a");
        models.close();
        for (String id : List.of("a", "b")) {
            assertThatThrownBy(() -> models.borrow(ModelVariant.of(id)))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll(id, "closed");
        }
        assertThat(loader.made).hasSize(1);
    }
}
