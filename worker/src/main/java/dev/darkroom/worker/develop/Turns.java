package dev.darkroom.worker.develop;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/**
 * Whose turn it is, among some who have weights. Stride scheduling (Waldspurger and Weihl, 1995, MIT/LCS/TM-528): each has
 * an account, a turn raises it by its price divided by the weight, and the lowest account is next; of several that are
 * equal, the one that has waited longest.
 *
 * <p>No account is ever further above the lowest one than the dearest turn takes it there. That is also where who comes
 * new begins, as if he had just had his turn. So nobody owes for turns that nobody else wanted, nobody gains by leaving
 * and coming back, nothing is kept of those who have left, and whoever comes later, be it a crowd, goes to the back.
 *
 * <p>Where every turn costs the same, one of weight {@code w} has one of every {@code 1 + sum of ceil(v / w)} turns, over
 * the weights {@code v} of the others that are there meanwhile: 1 + 8 + 4 for weight 1 beside 8 and 4. With weights that
 * divide each other that is all of the weights divided by {@code w}.
 *
 * <p>Belongs to one thread; depends on nothing but the calls that were made.
 */
final class Turns<K> {
    /** The whole numbers to 20 divide it. For other weights prices are rounded up, which leaves the bound as it is. */
    private static final long UNIT = 232_792_560L;

    private final Map<K, Account> accounts = new HashMap<>();
    private final int dearest;
    private long events;

    private static final class Account {
        private final int weight;
        private long spent;
        private long since;

        Account(int weight) {
            this.weight = weight;
        }

        long price(int amount) {
            return Math.floorDiv(amount * UNIT + weight - 1, weight);
        }
    }

    /**
     * Begins with nobody.
     *
     * @param dearest the highest price of a turn
     */
    Turns(int dearest) {
        this.dearest = dearest;
    }

    /**
     * Says who is there from now on.
     *
     * @param weights each at least 1; the order is that of newcomers among themselves
     */
    void attend(Map<K, Integer> weights) {
        accounts.keySet().retainAll(weights.keySet());
        long lowest = lowest();
        weights.forEach((key, weight) -> {
            if (!accounts.containsKey(key)) {
                Account account = new Account(weight);
                account.spent = lowest + account.price(dearest);
                account.since = events++;
                accounts.put(key, account);
            }
        });
    }

    /** Whose turn is next, of some who are there. */
    K next(Collection<K> among) {
        return among.stream()
                .min(Comparator.<K>comparingLong(key -> account(key).spent)
                        .thenComparingLong(key -> account(key).since))
                .orElseThrow();
    }

    /** Says that somebody who is there had a turn. */
    void charge(K key, int price) {
        Account account = account(key);
        account.spent += account.price(price);
        account.since = events++;
        long lowest = lowest();
        account.spent = Math.min(account.spent, lowest + account.price(dearest));
        accounts.values().forEach(each -> each.spent -= lowest); // so that no number grows
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
