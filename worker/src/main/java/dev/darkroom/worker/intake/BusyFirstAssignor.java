package dev.darkroom.worker.intake;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Configurable;
import org.apache.kafka.common.TopicPartition;

/**
 * Spreads partitions evenly and takes from no member the one that its running job is from. A member that takes no
 * further jobs keeps only that one. Sticky and cooperative: what changes hands is given up first, and given to its new
 * owner in the rebalance that follows on that.
 *
 * <p>Made by the Kafka client, hence public. It runs in the client of one member, for the whole group; what the others
 * sent is read with {@link MemberState}.
 */
public final class BusyFirstAssignor implements ConsumerPartitionAssignor, Configurable {
    /** The client setting that holds a {@code Supplier<MemberState>}. */
    static final String STATE = "darkroom.member.state";

    private Supplier<?> state = () -> MemberState.IDLE;

    @Override
    public void configure(Map<String, ?> configs) {
        if (configs.get(STATE) instanceof Supplier<?> supplier) {
            state = supplier;
        }
    }

    @Override
    public String name() {
        return "darkroom-busy-first";
    }

    @Override
    public List<RebalanceProtocol> supportedProtocols() {
        return List.of(RebalanceProtocol.COOPERATIVE);
    }

    @Override
    public ByteBuffer subscriptionUserData(Set<String> topics) {
        return (state.get() instanceof MemberState own ? own : MemberState.IDLE).encode();
    }

    @Override
    public GroupAssignment assign(Cluster cluster, GroupSubscription group) {
        Plan plan = new Plan(new TreeMap<>(group.groupSubscription()), partitions(cluster, group));
        Map<String, Assignment> assignments = new HashMap<>();
        plan.make().forEach((member, partitions) -> assignments.put(member, new Assignment(partitions)));
        return new GroupAssignment(assignments);
    }

    private static Set<TopicPartition> partitions(Cluster cluster, GroupSubscription group) {
        Set<String> topics = new TreeSet<>();
        group.groupSubscription().values().forEach(member -> topics.addAll(member.topics()));
        Set<TopicPartition> partitions =
                new TreeSet<>(Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition));
        for (String topic : topics) {
            Optional.ofNullable(cluster.partitionCountForTopic(topic)).ifPresent(count -> {
                for (int i = 0; i < count; i++) {
                    partitions.add(new TopicPartition(topic, i));
                }
            });
        }
        return partitions;
    }

    /** One assignment in the making. */
    private static final class Plan {
        private final Map<String, Subscription> members;
        private final Set<TopicPartition> partitions;
        private final Map<TopicPartition, String> owners = new HashMap<>();
        private final Map<String, MemberState> states = new HashMap<>();
        private final Map<String, List<TopicPartition>> kept = new TreeMap<>();

        Plan(Map<String, Subscription> members, Set<TopicPartition> partitions) {
            this.members = members;
            this.partitions = partitions;
            members.forEach((member, subscription) -> states.put(member, MemberState.decode(subscription.userData())));
            members.forEach(this::own);
        }

        /** Of two members that claim a partition, the one with the later generation has it. */
        private void own(String member, Subscription subscription) {
            for (TopicPartition partition : subscription.ownedPartitions()) {
                String other = owners.get(partition);
                boolean stale = other != null && generation(other) >= generation(member);
                if (!stale && partitions.contains(partition) && mayHave(member, partition)) {
                    owners.put(partition, member);
                }
            }
        }

        private int generation(String member) {
            return subscription(member).generationId().orElse(-1);
        }

        private Subscription subscription(String member) {
            return Optional.ofNullable(members.get(member)).orElseThrow();
        }

        private MemberState state(String member) {
            return Optional.ofNullable(states.get(member)).orElse(MemberState.IDLE);
        }

        private boolean mayHave(String member, TopicPartition partition) {
            return subscription(member).topics().contains(partition.topic());
        }

        Map<String, List<TopicPartition>> make() {
            keep();
            Set<TopicPartition> free = new TreeSet<>(
                    Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition));
            free.addAll(partitions);
            kept.values().forEach(free::removeAll);
            Map<String, List<TopicPartition>> assigned = new HashMap<>();
            kept.forEach((member, list) -> assigned.put(member, new ArrayList<>(list)));
            for (TopicPartition partition : free) {
                leastLoaded(partition).ifPresent(member -> {
                    listOf(kept, member).add(partition);
                    if (!owners.containsKey(partition)) {
                        listOf(assigned, member).add(partition);
                    }
                });
            }
            return assigned;
        }

        /** Each member keeps what it owns, the busy partition first, up to its share. */
        private void keep() {
            Map<String, Deque<TopicPartition>> more = new TreeMap<>();
            int shared = partitions.size();
            for (String member : members.keySet()) {
                Deque<TopicPartition> owned = owned(member);
                List<TopicPartition> own = listOf(kept, member);
                if (state(member).taking()) {
                    more.put(member, owned);
                } else if (!owned.isEmpty() && state(member).busy().equals(Optional.of(owned.getFirst()))) {
                    own.add(owned.removeFirst());
                    shared--;
                }
            }
            int least = more.isEmpty() ? 0 : shared / more.size();
            int oneMore = more.isEmpty() ? 0 : shared % more.size();
            for (Map.Entry<String, Deque<TopicPartition>> entry : more.entrySet()) {
                List<TopicPartition> own = listOf(kept, entry.getKey());
                Deque<TopicPartition> owned = entry.getValue();
                while (own.size() < least && !owned.isEmpty()) {
                    own.add(owned.removeFirst());
                }
                if (oneMore > 0 && !owned.isEmpty()) {
                    own.add(owned.removeFirst());
                    oneMore--;
                }
            }
        }

        /** What a member has, the partition of its job first. */
        private Deque<TopicPartition> owned(String member) {
            Optional<TopicPartition> busy = state(member).busy();
            Deque<TopicPartition> owned = new ArrayDeque<>();
            for (TopicPartition partition : new HashSet<>(subscription(member).ownedPartitions())) {
                if (!member.equals(owners.get(partition))) {
                    continue;
                }
                if (busy.equals(Optional.of(partition))) {
                    owned.addFirst(partition);
                } else {
                    owned.addLast(partition);
                }
            }
            return owned;
        }

        private Optional<String> leastLoaded(TopicPartition partition) {
            return members.keySet().stream()
                    .filter(member -> state(member).taking() && mayHave(member, partition))
                    .min(Comparator.comparingInt(member -> listOf(kept, member).size()));
        }

        private static List<TopicPartition> listOf(Map<String, List<TopicPartition>> lists, String member) {
            return lists.computeIfAbsent(member, name -> new ArrayList<>());
        }
    }
}
