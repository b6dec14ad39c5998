package dev.darkroom.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.model.ModelVariant.Scaled;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the sets of LoRAs of one model share counts once, and as long as one of them is there. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedMemoryTest extends LoadedModelsFixture {
    private static final long SHARED = SIZE - SIZE / 10;
    private static final long OWN = SIZE / 10;

    @BeforeEach
    void share() {
        loader.gate.countDown();
        loader.sharedSizes.put("a", SHARED);
    }

    private static ModelVariant with(String lora) {
        return new ModelVariant("a", List.of(new Scaled(lora, 1)));
    }

    @Test
    void manySetsFitBesideEachOther() throws Exception {
        LoadedModels models = models();
        take(models, "a").close();
        assertThat(models.memoryReserved()).isEqualTo(SIZE);
        for (int i = 1; i <= 10; i++) {
            models.borrow(with("lora-" + i)).orElseThrow().close();
            assertThat(models.memoryReserved()).isEqualTo(SIZE + i * OWN);
        }
        assertThat(models.loaded()).hasSize(11);
        models.borrow(with("one-more")).orElseThrow().close();
        assertThat(models.memoryReserved()).isEqualTo(2 * SIZE);
        assertThat(loader.made.get(0).isClosed()).as("the least recently used").isTrue();
        assertThat(loader.made.subList(1, 12)).noneMatch(FakeModel::isClosed);
    }

    /** One set changes the UNet and maps the rest, another changes the rest and maps the UNet: all of the file is mapped. */
    @Test
    void setsThatChangeDifferentWeightsHaveMoreMappedThanEither() throws Exception {
        loader.sharedSizes.put("ink", SHARED - OWN);
        loader.sharedSizes.put("grain", 2 * OWN);
        LoadedModels models = models();
        models.borrow(with("grain")).orElseThrow().close();
        models.borrow(with("ink")).orElseThrow().close();
        assertThat(models.memoryReserved())
                .as("each its own, and what both have mapped")
                .isEqualTo(SIZE + SHARED);
    }

    @Test
    void anotherModelNeedsThemAllGone() throws Exception {
        LoadedModels models = models();
        loader.sizes.put("b", 2 * SIZE - SHARED);
        take(models, "a").close();
        models.borrow(with("ink")).orElseThrow().close();
        take(models, "b").close();
        assertThat(models.loaded()).containsExactly("b");
        assertThat(models.memoryReserved()).isEqualTo(2 * SIZE - SHARED);
    }

    @Test
    void aSetThatIsAloneReservesAllOfIt() throws Exception {
        LoadedModels models = models();
        models.borrow(with("ink")).orElseThrow().close();
        assertThat(models.memoryReserved()).isEqualTo(SIZE);
        loader.sizes.put("a", 2 * SIZE + 1);
        assertThatThrownBy(() -> models.borrow(with("grain"))).hasMessageContaining("6.00 GB");
    }

    @Test
    void inAnotherPrecisionNothingIsShared() throws Exception {
        LoadedModels models = models();
        try (BorrowedModel own = take(models, "a");
                BorrowedModel precise =
                        models.borrow(ModelVariant.of("a"), Precision.FP32).orElseThrow()) {
            assertThat(precise.model()).isNotSameAs(own.model());
            assertThat(models.memoryReserved()).isEqualTo(2 * SIZE);
        }
    }
}
