package dev.darkroom.worker.lag;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * KEDA and the HorizontalPodAutoscaler, as their documentation has it, for one external metric of type AverageValue.
 *
 * <p>KEDA looks every ten seconds whether there is work: it makes one replica of none at once, and none of one when there was
 * no work for the cooldown. With one replica or more, the HPA has every 15 s
 * {@code ceil(replicas * value / (replicas * target))}, unless that ratio is within a tenth of 1. Down it takes the largest
 * number of the last five minutes; up it goes at once, by what is larger of four and the number that there was 15 s before.
 *
 * @see <a href="https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/">Horizontal Pod Autoscaling</a>
 * @see <a href="https://keda.sh/docs/latest/reference/scaledobject-spec/">ScaledObject</a>
 */
final class Autoscaler {
    static final int POLLING_SECONDS = 10;
    static final int SYNC_SECONDS = 15;

    private static final double TOLERANCE = 0.1;
    private static final int MOST_UP = 4;

    private final double target;
    private final int most;
    private final int cooldown;
    private final int stabilization;
    private final Deque<Wish> wishes = new ArrayDeque<>();
    private int lastActive = Integer.MIN_VALUE / 2;

    private record Wish(int second, int replicas) {}

    Autoscaler(double target, int most, int cooldown, int stabilization) {
        this.target = target;
        this.most = most;
        this.cooldown = cooldown;
        this.stabilization = stabilization;
    }

    /** KEDA's part. */
    int poll(int second, int replicas, double value) {
        if (value > 0) {
            lastActive = second;
            return Math.max(1, replicas);
        }
        return second - lastActive >= cooldown ? 0 : replicas;
    }

    /** The HPA's part. */
    int sync(int second, int replicas, double value) {
        if (replicas == 0) {
            wishes.clear();
            return 0;
        }
        double ratio = value / (target * replicas);
        int wish = Math.abs(1 - ratio) <= TOLERANCE ? replicas : (int) Math.ceil(value / target);
        int bounded = Math.max(1, Math.min(wish, most));
        wishes.add(new Wish(second, bounded));
        while (wishes.element().second() < second - stabilization) {
            wishes.remove();
        }
        int stable = wishes.stream().mapToInt(Wish::replicas).max().orElse(bounded);
        if (bounded > replicas) {
            return Math.min(bounded, replicas + Math.max(MOST_UP, replicas));
        }
        return Math.min(replicas, stable);
    }
}
