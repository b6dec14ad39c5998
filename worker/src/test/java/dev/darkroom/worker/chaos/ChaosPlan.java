package dev.darkroom.worker.chaos;

import dev.darkroom.worker.chaos.ChaosJob.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToIntFunction;

/**
 * All that is sent and all that goes wrong in a run, made from one seed.
 *
 * @param sendings in their order
 * @param faults in the order in which they begin
 */
record ChaosPlan(long seed, List<ChaosJob> jobs, List<Sending> sendings, List<Fault> faults) {
    /** In every prompt, and so nowhere else. */
    static final String SECRET = "quagmire";

    static final int WORKERS = 3;

    private static final int JOBS_BETWEEN_FAULTS = 40;
    /** In a long run there are no more than these, give or take some: each costs seconds. */
    private static final int MOST_FAULTS = 100;

    private static final int FARTHEST_REPETITION = 150;
    private static final Duration SHORTEST_OUTAGE = Duration.ofMillis(500);
    private static final Duration LONGEST_OUTAGE = Duration.ofSeconds(4);

    /** A record for Kafka. */
    sealed interface Sending {
        /** Of the jobs topic. */
        record Job(ChaosJob job, String value) implements Sending {}

        /** A request to cancel a job. */
        record Cancel(ChaosJob job) implements Sending {}
    }

    private record Placed(double position, Sending sending) {}

    ChaosPlan {
        jobs = List.copyOf(jobs);
        sendings = List.copyOf(sendings);
        faults = List.copyOf(faults);
    }

    /**
     * The plan of a seed.
     *
     * @param lease how long a worker that is not heard of keeps its job
     */
    static ChaosPlan of(long seed, int count, Duration lease) {
        // Split in a fixed order: more jobs do not change the faults, and the other way round.
        SplittableRandom random = new SplittableRandom(seed);
        SplittableRandom jobRandom = random.split();
        SplittableRandom orderRandom = random.split();
        SplittableRandom faultRandom = random.split();
        List<ChaosJob> jobs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            jobs.add(JobText.job(i, pick(Kind.values(), kind -> kind.weight, jobRandom), jobRandom));
        }
        return new ChaosPlan(seed, jobs, sendings(jobs, orderRandom), faults(count, lease, faultRandom));
    }

    /** Jobs that are cancelled before there is any worker. */
    List<ChaosJob> cancelledBefore() {
        return jobs.stream().filter(job -> job.kind() == Kind.CANCELLED).toList();
    }

    private static List<Sending> sendings(List<ChaosJob> jobs, SplittableRandom random) {
        List<Placed> placed = new ArrayList<>();
        for (int i = 0; i < jobs.size(); i++) {
            ChaosJob job = jobs.get(i);
            placed.add(new Placed(i, new Sending.Job(job, job.contents().get(0))));
            if (job.kind() == Kind.REPEATED) {
                for (int copies = random.nextInt(1, 3); copies > 0; copies--) {
                    placed.add(later(i, new Sending.Job(job, job.contents().get(0)), random));
                }
            } else if (job.hasRival()) {
                placed.add(later(i, new Sending.Job(job, job.contents().get(1)), random));
            } else if (job.kind() == Kind.CANCELLED_MIDWAY) {
                placed.add(later(i, new Sending.Cancel(job), random));
            }
        }
        placed.sort(Comparator.comparingDouble(Placed::position));
        return placed.stream().map(Placed::sending).toList();
    }

    /** Right behind the first record, so that two workers have them at a time, or much later. */
    private static Placed later(int position, Sending sending, SplittableRandom random) {
        double distance = random.nextBoolean() ? random.nextDouble() : random.nextInt(1, FARTHEST_REPETITION);
        return new Placed(position + distance, sending);
    }

    /** Each kind once, in any order, then by weight; every third has another one on its heels. */
    private static List<Fault> faults(int jobs, Duration lease, SplittableRandom random) {
        List<Fault.Kind> first = new ArrayList<>(List.of(Fault.Kind.values()));
        List<Fault> faults = new ArrayList<>();
        int between = Math.max(JOBS_BETWEEN_FAULTS, jobs / MOST_FAULTS);
        int after = random.nextInt(between / 4, between);
        while (after < jobs * 9 / 10) {
            Fault.Kind kind = first.isEmpty()
                    ? pick(Fault.Kind.values(), value -> value.weight, random)
                    : first.remove(random.nextInt(first.size()));
            faults.add(fault(after, Duration.ZERO, kind, lease, random));
            if (random.nextInt(3) == 0) {
                Duration delay = Duration.ofMillis(random.nextInt(50, 2_000));
                Fault.Kind second = pick(Fault.Kind.values(), value -> value.weight, random);
                faults.add(fault(after, delay, second, lease, random));
            }
            after += random.nextInt(between / 2, between * 3 / 2);
        }
        return faults;
    }

    private static Fault fault(int after, Duration delay, Fault.Kind kind, Duration lease, SplittableRandom random) {
        Duration outage = Duration.ofMillis(random.nextLong(SHORTEST_OUTAGE.toMillis(), LONGEST_OUTAGE.toMillis()));
        Duration length = switch (kind) {
            case KILL, TERMINATE -> Duration.ZERO;
            case FREEZE -> lease.plus(outage);
            default -> outage;
        };
        return new Fault(after, delay, kind, random.nextInt(WORKERS), length);
    }

    private static <T> T pick(T[] values, ToIntFunction<T> weight, SplittableRandom random) {
        int left = random.nextInt(Arrays.stream(values).mapToInt(weight).sum());
        for (T value : values) {
            left -= weight.applyAsInt(value);
            if (left < 0) {
                return value;
            }
        }
        throw new AssertionError("The weights add up");
    }

    /** The whole plan but for the plain jobs, for whoever looks into a failed run. */
    String describe() {
        Map<Kind, Integer> kinds = new EnumMap<>(Kind.class);
        jobs.forEach(job -> kinds.merge(job.kind(), 1, Integer::sum));
        StringBuilder text = new StringBuilder("Chaos of seed " + seed + ": " + jobs.size() + " jobs " + kinds + " in "
                + sendings.size() + " records, " + faults.size() + " faults\n");
        faults.forEach(fault -> text.append("  ").append(fault).append('\n'));
        return text.toString();
    }
}
