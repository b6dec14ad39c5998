package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.worker.intake.Tenant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TenantSharesTest {
    private static final Tenant A = new Tenant("a");
    private static final Tenant B = new Tenant("b");
    private static final Tenant C = new Tenant("c");

    @Test
    void aTenantThatIsAloneMayHaveAllSlots() {
        TenantShares shares = new TenantShares(4);
        for (int i = 0; i < 4; i++) {
            assertThat(shares.take(A, Set.of())).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 1", "3, 2", "4, 2", "5, 3"})
    void whileAnotherWaitsATenantHasHalfRoundedUp(int slots, int share) {
        TenantShares shares = new TenantShares(slots);
        for (int i = 0; i < share; i++) {
            assertThat(shares.take(A, Set.of(B))).isTrue();
        }
        assertThat(shares.take(A, Set.of(B))).isFalse();
        assertThat(shares.take(B, Set.of(A))).isTrue();
    }

    @Test
    void aSingleSlotIsNobodysShare() {
        TenantShares shares = new TenantShares(1);
        for (int i = 0; i < 3; i++) {
            assertThat(shares.take(A, Set.of(B))).isTrue();
            shares.giveBack(A);
        }
    }

    /** C runs and does not wait; A and B both have their share: one of them gets the slot, or it would stay empty. */
    @Test
    void aSlotThatNobodyBelowItsShareWaitsForIsGivenAway() {
        TenantShares shares = new TenantShares(6);
        shares.take(C, Set.of());
        for (int i = 0; i < 2; i++) {
            assertThat(shares.take(A, Set.of(B))).isTrue();
            assertThat(shares.take(B, Set.of(A))).isTrue();
        }
        assertThat(shares.take(A, Set.of(B))).isTrue();
    }

    @Test
    void aSlotThatWasNotTakenCannotBeGivenBack() {
        TenantShares shares = new TenantShares(2);
        shares.take(A, Set.of());
        shares.giveBack(A);
        assertThatThrownBy(() -> shares.giveBack(A)).isInstanceOf(IllegalStateException.class);
    }

    /**
     * A lane with random jobs of random tenants: whoever is not admitted goes to its end. No tenant takes more than its
     * share while another waits that has less; no slot stays empty while jobs wait; and all jobs are done.
     */
    @Test
    void nobodyHoldsMoreThanItsShareAndNoSlotStaysEmpty() {
        SplittableRandom random = new SplittableRandom(17);
        for (int round = 0; round < 2_000; round++) {
            int slots = random.nextInt(1, 9);
            List<Tenant> jobs = new ArrayList<>();
            int tenants = random.nextInt(1, 6);
            for (int i = random.nextInt(1, 40); i > 0; i--) {
                int some = random.nextInt(tenants);
                jobs.add(new Tenant("t" + random.nextInt(some + 1))); // the first ones have more
            }
            serve(new TenantShares(slots), slots, new ArrayDeque<>(jobs), random);
        }
    }

    private static void serve(TenantShares shares, int slots, Queue<Tenant> lane, SplittableRandom random) {
        List<Tenant> running = new ArrayList<>();
        while (!lane.isEmpty()) {
            for (int passed = 0; running.size() < slots && !lane.isEmpty(); ) {
                assertThat(passed).as("one round finds a job for a free slot").isLessThanOrEqualTo(lane.size());
                Tenant next = lane.remove();
                Set<Tenant> waiting = new HashSet<>(lane);
                waiting.remove(next);
                boolean taken = shares.take(next, waiting);
                check(taken, next, waiting, running, slots);
                if (taken) {
                    running.add(next);
                    passed = 0;
                } else {
                    lane.add(next);
                    passed++;
                }
            }
            Tenant done = running.remove(random.nextInt(running.size()));
            shares.giveBack(done);
        }
    }

    private static void check(boolean taken, Tenant next, Set<Tenant> waiting, List<Tenant> running, int slots) {
        Set<Tenant> all = new HashSet<>(running);
        all.addAll(waiting);
        all.add(next);
        int share = Math.max(1, (int) Math.ceil((double) slots / all.size()));
        Map<Tenant, Integer> held = new HashMap<>();
        all.forEach(tenant -> held.put(tenant, Collections.frequency(running, tenant)));
        boolean anotherHasLess = waiting.stream().anyMatch(other -> held.getOrDefault(other, 0) < share);
        assertThat(taken).isEqualTo(held.getOrDefault(next, 0) < share || !anotherHasLess);
    }
}
