package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.embedded.RecordingAuthorizer;
import dev.darkroom.embedded.RecordingAuthorizer.Decision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The rules of {@code deploy/access.md} are enough, and none is too many. The broker asks Kafka's own authorizer, which
 * remembers what it was asked.
 */
@ResourceLock(Resources.SYSTEM_OUT)
class AccessTest {
    /** Numbers of requests in Kafka's protocol. */
    private static final int METADATA = 3;

    private static final int CREATE_TOPICS = 19;
    private static final int DESCRIBE_TOPIC_PARTITIONS = 75;

    @TempDir
    private Path directory;

    @Test
    void everyRowOfThePageIsRead() throws Exception {
        assertThat(AccessPage.readRows()).isEqualTo(AccessPage.rows()).isGreaterThan(10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"share", "classic"})
    void aWorkingDayTakesTheseRulesAndAllOfThem(String delivery) throws Exception {
        Map<String, String> passwords =
                AccessScenario.USERS.stream().collect(Collectors.toMap(Function.identity(), user -> user + "-secret"));
        Map<String, String> broker = Map.of("authorizer.class.name", RecordingAuthorizer.class.getName());
        RecordingAuthorizer.forget();
        try (SecuredStack stack = new SecuredStack(directory, passwords, broker);
                Admin admin =
                        Admin.create(Map.of("bootstrap.servers", stack.kafka().internalServers()))) {
            List<AclBinding> rules = AccessPage.rules(delivery);
            admin.createAcls(rules).all().get(30, TimeUnit.SECONDS);
            awaitRules(rules.size());
            AccessScenario scenario = new AccessScenario(stack, delivery, directory);
            scenario.run();

            Collection<Decision> asked = asked();
            assertThat(asked)
                    .as("what was refused")
                    .filteredOn(decision -> !decision.allowed())
                    .isEmpty();
            List<String> idle = new ArrayList<>();
            for (AclBinding rule : rules) {
                if (!isNeeded(admin, rule, rules.size(), asked)) {
                    idle.add(rule.pattern() + " " + rule.entry());
                }
            }
            assertThat(idle).as("rules without which nothing is refused").isEmpty();
            assertTold(admin, scenario, rules.size());
        }
    }

    /** What was asked of the users' rights, once each; without what the broker asks for its own information. */
    private static Collection<Decision> asked() {
        Map<String, Decision> once = new LinkedHashMap<>();
        RecordingAuthorizer.decisions()
                .filter(decision -> AccessScenario.USERS.contains(decision.user()))
                .filter(decision -> !isHarmless(decision))
                .forEach(decision -> once.putIfAbsent(decision.toString(), decision));
        return once.values();
    }

    /** Refusals of these are not passed on to a client as failures. */
    private static boolean isHarmless(Decision decision) {
        boolean ofCluster = decision.type() == ResourceType.CLUSTER
                && (decision.operation() == AclOperation.IDEMPOTENT_WRITE // WRITE on any topic does as well
                        || decision.operation() == AclOperation.CREATE); // CREATE on the topic does as well
        boolean probe = decision.resource().equals("hardcode"); // how Kafka begins to ask for a right on any topic
        boolean listing = decision.api() == METADATA && !decision.allowed(); // of all topics those that may be seen
        boolean rightsOfATopic = decision.api() == DESCRIBE_TOPIC_PARTITIONS
                && decision.operation() != AclOperation.DESCRIBE; // they are part of the answer
        boolean settingsOfNewTopic =
                decision.api() == CREATE_TOPICS && decision.operation() == AclOperation.DESCRIBE_CONFIGS;
        return ofCluster || probe || listing || rightsOfATopic || settingsOfNewTopic;
    }

    /** Takes the rule away for a moment: whether one of the requests would be refused then. */
    private static boolean isNeeded(Admin admin, AclBinding rule, int rules, Collection<Decision> asked)
            throws Exception {
        List<Decision> candidates = asked.stream()
                .filter(decision -> rule.entry().principal().equals("User:" + decision.user())
                        && decision.type() == rule.pattern().resourceType()
                        && decision.resource().startsWith(rule.pattern().name()))
                .toList();
        admin.deleteAcls(List.of(rule.toFilter())).all().get(30, TimeUnit.SECONDS);
        awaitRules(rules - 1);
        boolean needed = !candidates.stream().allMatch(Decision::allowedNow);
        admin.createAcls(List.of(rule)).all().get(30, TimeUnit.SECONDS);
        awaitRules(rules);
        return needed;
    }

    private static void awaitRules(int count) throws Exception {
        Patiently.until(() -> RecordingAuthorizer.haveRules(count), known -> known);
    }

    /** Who lacks a rule is told so, by the topic or the group. */
    private static void assertTold(Admin admin, AccessScenario scenario, int rules) throws Exception {
        int left = rules;
        for (String user : List.of(AccessScenario.SENDER, AccessScenario.READER, AccessScenario.WORKER)) {
            List<AclBinding> own = AccessPage.rules(scenario.delivery()).stream()
                    .filter(rule -> rule.entry().principal().equals("User:" + user)
                            && rule.pattern().name().equals("darkroom.events"))
                    .toList();
            admin.deleteAcls(own.stream().map(AclBinding::toFilter).toList())
                    .all()
                    .get(30, TimeUnit.SECONDS);
            left -= own.size();
        }
        awaitRules(left);
        CommandRun submit = SecuredStack.run(scenario.as(AccessScenario.SENDER), "submit", "--prompt", "x");
        assertThat(submit.exitCode()).isEqualTo(1);
        assertThat(submit.err()).contains("darkroom.events", "uthoriz").doesNotContain("sender-secret");
        CommandRun watch = SecuredStack.run(scenario.as(AccessScenario.READER), "watch", "good-high");
        assertThat(watch.exitCode()).isEqualTo(1);
        assertThat(watch.err()).contains("darkroom.events", "uthoriz").doesNotContain("reader-secret");
        CommandRun work = SecuredStack.run(scenario.as(AccessScenario.WORKER), "work");
        assertThat(work.exitCode()).isEqualTo(1);
        assertThat(work.err()).contains("darkroom.events", "uthoriz").doesNotContain("worker-secret");
    }
}
