package dev.darkroom.worker.ops;

import dev.darkroom.client.Lane;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The jobs that a worker has, each on a card for as long as it has it. Safe for use by several threads. */
public final class JobBoard {
    private final JobMeters meters;
    private final InstantSource clock;
    private final Set<JobCard> cards = ConcurrentHashMap.newKeySet();

    /** A board without a card, whose jobs are counted. */
    public JobBoard(WorkerMetrics metrics, InstantSource clock, Collection<Lane> lanes) {
        this.meters = metrics.jobs();
        this.clock = clock;
        for (Lane lane : lanes) {
            metrics.gauge("sd.jobs.in.flight", "Jobs that the worker has", () -> of(lane), "lane", lane.label());
            metrics.gauge(
                    "sd.queue.age.seconds",
                    "Longest time that one of the jobs which the worker has had waited; 0 without any",
                    () -> waited(lane).toMillis() / 1e3,
                    "lane",
                    lane.label());
        }
    }

    /**
     * Puts up a card.
     *
     * @param enqueued since when the job has waited
     */
    public JobWatch add(Lane lane, Instant enqueued) {
        Instant now = clock.instant();
        Duration waited = Duration.between(enqueued, now);
        JobCard card = new JobCard(lane, now, waited.isNegative() ? Duration.ZERO : waited, meters, this::remove);
        cards.add(card);
        return card;
    }

    private void remove(JobCard card) {
        cards.remove(card);
    }

    private long of(Lane lane) {
        return cards.stream().filter(card -> card.lane() == lane).count();
    }

    private Duration waited(Lane lane) {
        return cards.stream()
                .filter(card -> card.lane() == lane)
                .map(JobCard::waited)
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
    }

    /** What the cards say now, oldest first. */
    public List<WorkerStatus.Job> jobs() {
        Instant now = clock.instant();
        return cards.stream()
                .sorted(Comparator.comparing(JobCard::since))
                .map(card -> card.read(now))
                .toList();
    }

    /** How many jobs of each lane there are. */
    public Map<Lane, Integer> counts() {
        Map<Lane, Integer> counts = new EnumMap<>(Lane.class);
        cards.forEach(card -> counts.merge(card.lane(), 1, Integer::sum));
        return counts;
    }
}
