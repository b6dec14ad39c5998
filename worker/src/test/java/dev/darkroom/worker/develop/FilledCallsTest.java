package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.job.GuidanceInterval;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calls that have rows that nobody has taken. */
class FilledCallsTest {
    private static final CallRules RULES =
            new CallRules(8, CallRules.Company.SAME_PICTURE, CallRules.Filling.POWERS_OF_TWO);
    private static final double GUIDED = 4;
    private static final double PLAIN = 1;

    private final RowwiseModel model = new RowwiseModel();
    private final CallSizes sizes = new CallSizes(RULES);

    FilledCallsTest() {
        model.steps.release(1_000_000);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "2,2", "3,4", "4,4", "5,8", "6,8", "7,8", "8,8", "9,8"})
    void aCallHasOneTwoFourOrEightRows(int pictures, int rows) {
        Batch batch = call(List.of(job(PLAIN, pictures)));
        batch.step(batch.predict());

        assertThat(batch.rows()).isEqualTo(rows);
        assertThat(model.rowsOfCalls).containsExactly(rows);
    }

    @Test
    void thePicturesAreThoseOfCallsWithoutSuchRows() {
        Generation guided = job(GUIDED, 1);
        Generation plain = job(PLAIN, 3);
        Batch batch = call(List.of(guided, plain));
        batch.step(batch.predict());

        assertThat(model.rowsOfCalls).containsExactly(8);
        assertThat(latents(guided)).isEqualTo(latentsAlone(job(GUIDED, 1)));
        assertThat(latents(plain)).isEqualTo(latentsAlone(job(PLAIN, 3)));
    }

    @Test
    void soAreThoseThatReuseDeepFeatures() {
        Generation job = reusing();
        for (int step = 0; step < 2; step++) {
            Batch batch = call(List.of(job));
            batch.step(batch.predict());
        }
        Generation alone = reusing();
        latentsAlone(alone);

        assertThat(model.rowsOfCalls).startsWith(4, 4);
        assertThat(model.shallowCalls).startsWith(false, true);
        assertThat(latents(job)).isEqualTo(latentsAlone(alone));
    }

    private Generation reusing() {
        DevelopRequest request = CompanyTest.request(model, "abc", 64, 64, "ddim", 3, PLAIN, 3);
        return Preparation.prepare(request.with(GuidanceInterval.ALWAYS, 2), step -> {});
    }

    @Test
    void whatComesOfARowThatNobodyHasFailsNobody() {
        model.infiniteRows = row -> row >= 5;
        Generation guided = job(GUIDED, 1);
        Generation plain = job(PLAIN, 3);
        Batch batch = call(List.of(guided, plain));
        batch.step(batch.predict());

        assertThat(guided.done()).isNotDone();
        assertThat(plain.done()).isNotDone();
        assertThat(plain.calls()).isEqualTo(3);
    }

    @Test
    void aDistilledModelHasThemToo() {
        model.guidanceEmbedded = true;
        call(List.of(job(GUIDED, 3))).predict();

        assertThat(model.guidanceOfCalls.get(0)).containsExactly(4, 4, 4, 0);
    }

    @Test
    void theyCountWhereMemoryIsShort() {
        Batch eight = call(List.of(job(PLAIN, 5)));
        sizes.tooLarge(eight);
        assertThat(call(List.of(job(PLAIN, 5))).rows()).isEqualTo(4);

        Batch two = call(List.of(job(PLAIN, 2)));
        sizes.fitted(two);
        sizes.tooLarge(call(List.of(job(PLAIN, 3))));
        assertThat(call(List.of(job(PLAIN, 5))).rows()).isEqualTo(2);
    }

    private Batch call(List<Generation> jobs) {
        return new Seating(sizes).next(jobs);
    }

    private static float[] latents(Generation job) {
        job.throwFailure();
        List<float[]> all = new ArrayList<>();
        job.images().forEach(image -> all.add(image.latents()));
        float[] flat = new float[all.size() * all.get(0).length];
        for (int i = 0; i < all.size(); i++) {
            System.arraycopy(all.get(i), 0, flat, i * all.get(i).length, all.get(i).length);
        }
        return flat;
    }

    private static float[] latentsAlone(Generation job) {
        Batch batch = new Seating(new CallSizes(CallRules.strict(8))).next(List.of(job));
        batch.step(batch.predict());
        return latents(job);
    }

    private Generation job(double guidance, int pictures) {
        return Preparation.prepare(
                CompanyTest.request(model, "abc", 64, 64, "ddim", 2, guidance, pictures), step -> {});
    }
}
