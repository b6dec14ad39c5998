package dev.darkroom.worker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A policy of S3, as far as the page's go: statements that allow actions on resources, whose names may end with a star.
 *
 * @param grants each pair of an action and a resource that is allowed
 */
record BucketPolicy(List<Grant> grants) {
    private static final String ARN = "arn:aws:s3:::";

    /** One action on one resource. */
    record Grant(String action, String resource) {
        private boolean covers(Grant asked) {
            boolean here = resource.endsWith("*")
                    ? asked.resource.startsWith(resource.substring(0, resource.length() - 1))
                    : asked.resource.equals(resource);
            return here && asked.action.equals(action);
        }
    }

    static BucketPolicy parse(String json) throws IOException {
        List<Grant> grants = new ArrayList<>();
        for (JsonNode statement : new JsonMapper().readTree(json).get("Statement")) {
            if (!statement.get("Effect").asText().equals("Allow") || statement.size() != 3) {
                throw new AssertionError("A statement that is not understood: " + statement);
            }
            for (String action : texts(statement.get("Action"))) {
                for (String resource : texts(statement.get("Resource"))) {
                    grants.add(new Grant(action, resource));
                }
            }
        }
        return new BucketPolicy(grants);
    }

    /** The grant by which a request is allowed. */
    Optional<Grant> grantFor(Grant asked) {
        return grants.stream().filter(grant -> grant.covers(asked)).findFirst();
    }

    /** What a request of the S3 API, bucket in the path, asks for. */
    static Grant asked(String request) {
        String method = request.substring(0, request.indexOf(' '));
        String path = request.substring(request.indexOf('/') + 1);
        if (path.contains("?")) {
            throw new AssertionError("A request that is not understood: " + request);
        }
        int slash = path.indexOf('/');
        boolean ofBucket = slash < 0 || slash == path.length() - 1;
        String resource = ARN + (ofBucket && slash >= 0 ? path.substring(0, slash) : path);
        String action = switch (method) {
            case "HEAD" -> ofBucket ? "s3:ListBucket" : "s3:GetObject";
            case "GET" -> ofBucket ? "s3:ListBucket" : "s3:GetObject";
            case "PUT" -> ofBucket ? "s3:CreateBucket" : "s3:PutObject";
            case "DELETE" -> ofBucket ? "s3:DeleteBucket" : "s3:DeleteObject";
            default -> throw new AssertionError("A request that is not understood: " + request);
        };
        return new Grant(action, resource);
    }

    private static List<String> texts(JsonNode node) {
        List<String> texts = new ArrayList<>();
        if (node.isArray()) {
            node.forEach(each -> texts.add(each.asText()));
        } else {
            texts.add(node.asText());
        }
        return texts;
    }
}
