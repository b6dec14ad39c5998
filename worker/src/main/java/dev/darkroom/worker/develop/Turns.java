package dev.darkroom.worker.develop;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/**
 * Whose turn it is, among some who have weights, where turns have prices. Fair queueing by a clock that the turns
 * themselves move (Golestani, 1994, SCFQ): each has an account, a turn raises it by its price divided by the weight, and
 * next is whose account would be lowest after that; of several that are equal, the one that has waited longest.
 *
 * <p>Who comes new begins where the last turn ended. So nobody gains by leaving and coming back, nothing is kept of those who
 * have left, and whoever comes later, be it a crowd, goes to the back.
 *
 * <p>Between two turns of one of weight {@code w}, or from its coming to its first turn, those of another one that is there
 * meanwhile, of weight {@code v}, cost at most {@code v / w} times the price of that next turn, and its own dearest turn once
 * more. Where every turn costs the same, that is {@code ceil(v / w)} turns: so one of weight 1 has one of every
 * {@code 1 + 8 + 4} beside 8 and 4.
 *
 * <p>Belongs to one thread; depends on nothing but the turns that were taken.
 */
final class Turns<K> {
    /** The whole numbers to 20 divide it. For other weights prices are rounded up, which leaves the bound as it is. */
    private static final long UNIT = 232_792_560L;

    private final Map<K, Account> accounts = new HashMap<>();
    private long reached; // by the account that went furthest with a turn
    private long events;

    private static final class Account {
        private final int weight;
        private long spent;
        private long since;

        Account(int weight) {
            this.weight = weight;
        }

        long after(long price) {
            return spent + scaled(price);
        }

        long scaled(long price) {
            return Math.floorDiv(price * UNIT + weight - 1, weight);
        }
    }

    /**
     * Says who is there from now on.
     *
     * @param weights each at least 1; the order is that of newcomers among themselves
     */
    void attend(Map<K, Integer> weights) {
        accounts.keySet().retainAll(weights.keySet());
        weights.forEach((key, weight) -> {
            if (!accounts.containsKey(key)) {
                Account account = new Account(weight);
                account.spent = reached;
                account.since = events++;
                accounts.put(key, account);
            }
        });
    }

    /** Whose turn is next, of some who are there and what theirs would cost. */
    K next(Map<K, Long> prices) {
        return prices.entrySet().stream()
                .min(Comparator.<Map.Entry<K, Long>>comparingLong(
                                each -> account(each.getKey()).after(each.getValue()))
                        .thenComparingLong(each -> account(each.getKey()).since))
                .orElseThrow()
                .getKey();
    }

    /** Says that somebody who is there had a turn. */
    void charge(K key, long price) {
        Account account = account(key);
        settle(account, account.after(price));
    }

    /**
     * The same of a turn that perhaps nobody else wanted: the account is not raised beyond where a turn of the price
     * {@code most} would take any of the others. So nobody owes for ever for what would have been nobody's.
     */
    void charge(K key, long price, long most) {
        Account account = account(key);
        long limit = accounts.values().stream()
                .filter(other -> other != account)
                .mapToLong(other -> other.after(most))
                .min()
                .orElse(Long.MAX_VALUE);
        settle(account, Math.max(account.spent, Math.min(account.after(price), limit)));
    }

    /** Gives back what was paid too much; nothing to one who has left. */
    void refund(K key, long price) {
        if (accounts.containsKey(key)) {
            account(key).spent -= account(key).scaled(price);
        }
    }

    private void settle(Account account, long spent) {
        account.spent = spent;
        account.since = events++;
        reached = Math.max(reached, spent);
        long lowest = lowest();
        accounts.values().forEach(each -> each.spent -= lowest); // so that no number grows
        reached -= lowest;
    }

    private long lowest() {
        return accounts.values().stream().mapToLong(each -> each.spent).min().orElse(0);
    }

    private Account account(K key) {
        Account account = accounts.get(key);
        if (account == null) {
            throw new IllegalArgumentException(key + " is not there");
        }
        return account;
    }
}
