package dev.darkroom.worker.scale;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Workers of one slot and one lane, event by event. Jobs come at random (exponential gaps), each into a random partition, as
 * keys are hashed. A member of a share group takes jobs of one partition where there are fewer partitions than members, as
 * the group's simple assignor has it. Of a partition no job is handed out that is further behind the oldest one that is out
 * than there are locks.
 *
 * @param workers how many there are
 * @param partitions of the lane's topic; no more than workers
 * @param locks {@code share.partition.max.record.locks}
 */
record Fleet(int workers, int partitions, int locks) {
    Fleet {
        if (partitions < 1 || partitions > workers || locks < 1) {
            throw new IllegalArgumentException("Each partition must have a worker and a lock");
        }
    }

    /**
     * What came of it.
     *
     * @param waits of the jobs that were begun, in seconds, ascending
     * @param busy part of the workers that had a job, on average
     * @param mostHeld jobs that one partition had out at once
     */
    record Outcome(List<Double> waits, double busy, int mostHeld) {
        Outcome {
            waits = List.copyOf(waits);
        }

        double waited(double part) {
            return waits.get((int) Math.min(waits.size() - 1L, (long) (part * waits.size())));
        }
    }

    private record End(double time, int partition, int offset) implements Comparable<End> {
        @Override
        public int compareTo(End other) {
            return Double.compare(time, other.time);
        }
    }

    /** Runs for some seconds, with jobs that take 2, 8 or 40 s: 90, 9 and 1 of a hundred, 2.92 s on average. */
    Outcome run(double jobsPerSecond, double seconds, long seed) {
        return new Run(seed, seconds).run(jobsPerSecond);
    }

    private static double service(Random random) {
        int kind = random.nextInt(100);
        return kind < 90 ? 2 : kind < 99 ? 8 : 40;
    }

    private final class Run {
        private final Random random;
        private final double seconds;
        private final List<Deque<Double>> waiting = new ArrayList<>();
        private final int[] idle = new int[partitions];
        private final int[] next = new int[partitions];
        private final List<SortedSet<Integer>> held = new ArrayList<>(); // offsets
        private final PriorityQueue<End> ends = new PriorityQueue<>();
        private final List<Double> waits = new ArrayList<>();
        private double worked;
        private int mostHeld;

        Run(long seed, double seconds) {
            this.random = new Random(seed);
            this.seconds = seconds;
            for (int i = 0; i < partitions; i++) {
                waiting.add(new ArrayDeque<>());
                held.add(new TreeSet<>());
            }
            for (int i = 0; i < workers; i++) {
                idle[i % partitions]++;
            }
        }

        Outcome run(double jobsPerSecond) {
            double now = 0;
            while (true) {
                now += -Math.log(1 - random.nextDouble()) / jobsPerSecond;
                if (now > seconds) {
                    break;
                }
                endUntil(now);
                int partition = random.nextInt(partitions);
                waiting.get(partition).add(now);
                take(partition, now);
            }
            Collections.sort(waits);
            return new Outcome(waits, worked / workers / seconds, mostHeld);
        }

        private void endUntil(double now) {
            while (!ends.isEmpty() && ends.peek().time <= now) {
                End end = ends.remove();
                idle[end.partition]++;
                held.get(end.partition).remove(end.offset);
                take(end.partition, end.time);
            }
        }

        private void take(int partition, double now) {
            Deque<Double> queue = waiting.get(partition);
            SortedSet<Integer> out = held.get(partition);
            while (!queue.isEmpty()
                    && idle[partition] > 0
                    && (out.isEmpty() || next[partition] - out.first() < locks)) {
                waits.add(now - queue.remove());
                idle[partition]--;
                int offset = next[partition]++;
                out.add(offset);
                mostHeld = Math.max(mostHeld, out.size());
                double service = service(random);
                worked += Math.min(service, seconds - now);
                ends.add(new End(now + service, partition, offset));
            }
        }
    }
}
