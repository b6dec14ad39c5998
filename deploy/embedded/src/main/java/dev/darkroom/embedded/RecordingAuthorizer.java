package dev.darkroom.embedded;

import java.io.IOException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;

/**
 * Kafka's own authorizer, which remembers what it was asked: {@code authorizer.class.name} of a broker in this JVM. Broker
 * and controller have one each; both write into the same record.
 */
public final class RecordingAuthorizer extends StandardAuthorizer {
    private static final Queue<Decision> DECISIONS = new ConcurrentLinkedQueue<>();

    private static final Queue<RecordingAuthorizer> RUNNING = new ConcurrentLinkedQueue<>();

    public RecordingAuthorizer() {
        RUNNING.add(this);
    }

    /** What was asked, and what the answer was. */
    public static final class Decision {
        private final RecordingAuthorizer authorizer;
        private final AuthorizableRequestContext context;
        private final Action action;
        private final boolean allowed;

        private Decision(
                RecordingAuthorizer authorizer, AuthorizableRequestContext context, Action action, boolean allowed) {
            this.authorizer = authorizer;
            this.context = context;
            this.action = action;
            this.allowed = allowed;
        }

        /** The user's name. */
        public String user() {
            return context.principal().getName();
        }

        public AclOperation operation() {
            return action.operation();
        }

        public ResourceType type() {
            return action.resourcePattern().resourceType();
        }

        public String resource() {
            return action.resourcePattern().name();
        }

        public boolean allowed() {
            return allowed;
        }

        /** The number of the request's API in Kafka's protocol. */
        public int api() {
            return context.requestType();
        }

        /** Asks the authorizer once more, under the rules of now. */
        public boolean allowedNow() {
            return authorizer.ask(context, List.of(action)).get(0) == AuthorizationResult.ALLOWED;
        }

        @Override
        public String toString() {
            return user() + " " + operation() + " " + type() + " " + resource() + (allowed ? "" : " DENIED") + " (api "
                    + api() + ")";
        }
    }

    /** All since {@link #forget}, in the order in which they were asked. */
    public static Stream<Decision> decisions() {
        return DECISIONS.stream();
    }

    /** Whether broker and controller have so many rules: a change reaches them a moment after it was acknowledged. */
    public static boolean haveRules(int count) {
        return RUNNING.stream().allMatch(authorizer -> authorizer.aclCount() == count);
    }

    @Override
    public void close() throws IOException {
        RUNNING.remove(this);
        super.close();
    }

    public static void forget() {
        DECISIONS.clear();
    }

    @Override
    public List<AuthorizationResult> authorize(AuthorizableRequestContext context, List<Action> actions) {
        List<AuthorizationResult> results = super.authorize(context, actions);
        for (int i = 0; i < actions.size(); i++) {
            DECISIONS.add(new Decision(this, context, actions.get(i), results.get(i) == AuthorizationResult.ALLOWED));
        }
        return results;
    }

    private List<AuthorizationResult> ask(AuthorizableRequestContext context, List<Action> actions) {
        return super.authorize(context, actions);
    }
}
