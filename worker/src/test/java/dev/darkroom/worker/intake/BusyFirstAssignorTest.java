package dev.darkroom.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.GroupSubscription;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BusyFirstAssignorTest {
    private static final String TOPIC = "jobs";

    private final Map<String, Set<Integer>> owned = new TreeMap<>();
    private final Map<String, MemberState> states = new HashMap<>();

    @Test
    void aFirstAssignmentIsEven() {
        join("a");
        join("b");
        join("c");

        rebalance(7);

        assertThat(owned.values()).extracting(Set::size).containsExactlyInAnyOrder(3, 2, 2);
    }

    @Test
    void aMemberThatJoinsTakesNoBusyPartition() {
        join("a");
        rebalance(4);
        busy("a", 3);
        join("b");
        rebalance(4);

        assertThat(owned.get("a")).hasSize(2).contains(3);
        assertThat(owned.get("b")).hasSize(2);
    }

    @Test
    void aMemberWithoutAPartitionOfItsOwnTakesNoBusyOne() {
        join("a");
        rebalance(1);
        busy("a", 0);
        join("b");
        rebalance(1);

        assertThat(owned.get("a")).containsExactly(0);
        assertThat(owned.get("b")).isEmpty();
    }

    @Test
    void aMemberThatTakesNoMoreKeepsOnlyItsBusyPartition() {
        join("a");
        join("b");
        rebalance(6);
        int running = owned.get("a").iterator().next();
        states.put("a", new MemberState(false, Optional.of(new TopicPartition(TOPIC, running))));
        rebalance(6);

        assertThat(owned.get("a")).containsExactly(running);
        assertThat(owned.get("b")).hasSize(5);
    }

    @Test
    void aMemberThatLeavesIsReplacedInOneRebalance() {
        join("a");
        join("b");
        rebalance(4);
        Set<Integer> kept = Set.copyOf(owned.get("b"));
        owned.remove("a");

        assertThat(assign(4).get("b")).hasSize(4).containsAll(kept);
    }

    @Test
    void whatChangesHandsIsGivenUpFirst() {
        join("a");
        rebalance(4);
        join("b");

        Map<String, Set<Integer>> first = assign(4);

        assertThat(first.get("a")).hasSize(2);
        assertThat(first.get("b")).isEmpty();
    }

    /** Whatever joins, leaves, works and stops: even, nothing twice, nothing left over, no running job disturbed. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void allOfThatHoldsForAnyHistory(long seed) {
        Random random = new Random(seed);
        join("m0");
        for (int event = 1; event < 60; event++) {
            happen(random, event);
            rebalance(8);

            List<Integer> all = owned.values().stream().flatMap(Set::stream).toList();
            assertThat(all).as("seed %d, event %d", seed, event).hasSize(8).doesNotHaveDuplicates();
            states.forEach((member, state) -> state.busy()
                    .ifPresent(partition -> assertThat(owned.get(member)).contains(partition.partition())));
            List<Integer> sizes =
                    owned.values().stream().map(Set::size).sorted().toList();
            assertThat(sizes.get(sizes.size() - 1) - sizes.get(0)).isLessThanOrEqualTo(1);
        }
    }

    private void happen(Random random, int event) {
        List<String> members = new ArrayList<>(owned.keySet());
        String one = members.get(random.nextInt(members.size()));
        if (random.nextInt(3) == 0 || members.size() == 1) {
            join("m" + event);
        } else if (random.nextBoolean()) {
            owned.remove(one);
            states.remove(one);
        } else if (!owned.get(one).isEmpty()) {
            busy(
                    one,
                    new ArrayList<>(owned.get(one))
                            .get(random.nextInt(owned.get(one).size())));
        }
    }

    @Test
    void foreignDataIsAMemberThatTakesJobs() {
        byte[] noise = new byte[5000];
        new Random(1).nextBytes(noise);

        assertThat(MemberState.decode(null)).isEqualTo(MemberState.IDLE);
        assertThat(MemberState.decode(ByteBuffer.wrap(noise))).isEqualTo(MemberState.IDLE);
        assertThat(MemberState.decode(ByteBuffer.wrap(noise, 0, 200))).isEqualTo(MemberState.IDLE);
        assertThat(MemberState.decode(ByteBuffer.wrap("ending jobs-99999999999".getBytes(StandardCharsets.US_ASCII))))
                .isEqualTo(MemberState.IDLE);
    }

    @Test
    void whatAMemberTellsIsReadBack() {
        MemberState state = new MemberState(false, Optional.of(new TopicPartition("dark-room.jobs", 17)));

        assertThat(MemberState.decode(state.encode())).isEqualTo(state);
        assertThat(MemberState.decode(MemberState.IDLE.encode())).isEqualTo(MemberState.IDLE);
    }

    private void join(String member) {
        owned.put(member, new HashSet<>());
        states.put(member, MemberState.IDLE);
    }

    private void busy(String member, int partition) {
        states.put(member, new MemberState(true, Optional.of(new TopicPartition(TOPIC, partition))));
    }

    /** Until nothing changes any more; more than two rounds would be one too many. */
    private void rebalance(int partitions) {
        for (int round = 0; round < 2; round++) {
            owned.putAll(assign(partitions));
        }
        assertThat(assign(partitions)).isEqualTo(owned);
    }

    private Map<String, Set<Integer>> assign(int partitions) {
        Map<String, Subscription> members = new HashMap<>();
        owned.forEach((member, list) -> members.put(
                member,
                new Subscription(
                        List.of(TOPIC),
                        states.get(member).encode(),
                        list.stream().map(i -> new TopicPartition(TOPIC, i)).toList(),
                        1,
                        Optional.empty())));
        Node node = new Node(1, "localhost", 9092);
        List<PartitionInfo> infos = IntStream.range(0, partitions)
                .mapToObj(i -> new PartitionInfo(TOPIC, i, node, new Node[] {node}, new Node[] {node}))
                .toList();
        Cluster cluster = new Cluster("cluster", List.of(node), infos, Set.of(), Set.of());
        Map<String, Set<Integer>> assigned = new HashMap<>();
        new BusyFirstAssignor()
                .assign(cluster, new GroupSubscription(members))
                .groupAssignment()
                .forEach((member, assignment) -> assigned.put(
                        member,
                        new HashSet<>(assignment.partitions().stream()
                                .map(TopicPartition::partition)
                                .toList())));
        return assigned;
    }
}
