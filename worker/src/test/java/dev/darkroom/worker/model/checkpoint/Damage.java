package dev.darkroom.worker.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** What chance, bad tools and bad people do to a JSON text. */
final class Damage {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String STRUCTURE = "0123456789{}[]\",:-eE.+nul\\";
    private static final long[] NUMBERS = {
        -1, 0, 1, 2, 3, 7, 64, 127, 4096, 65_537, 1 << 30, 1L << 31, 1L << 32, Long.MAX_VALUE, Long.MIN_VALUE
    };

    private final SplittableRandom random;

    Damage(SplittableRandom random) {
        this.random = random;
    }

    /** The text with one to three things changed: in half of all cases its bytes, else what it says. */
    byte[] of(byte[] json) throws IOException {
        int changes = random.nextInt(1, 4);
        return random.nextBoolean() ? bytes(json, changes) : meaning(json, changes);
    }

    private byte[] bytes(byte[] json, int changes) {
        byte[] damaged = json;
        for (int change = 0; change < changes; change++) {
            damaged = ofBytes(damaged);
        }
        return damaged;
    }

    private byte[] ofBytes(byte[] json) {
        if (json.length == 0) {
            return json;
        }
        byte[] damaged = json.clone();
        int at = random.nextInt(json.length);
        switch (random.nextInt(6)) {
            case 0 -> damaged[at] = (byte) random.nextInt(256);
            case 1 -> damaged[at] ^= (byte) (1 << random.nextInt(8));
            case 2 -> damaged[at] = (byte) STRUCTURE.charAt(random.nextInt(STRUCTURE.length()));
            case 3 -> {
                return Arrays.copyOf(json, at);
            }
            case 4 -> {
                int length = random.nextInt(Math.min(64, json.length - at)) + 1;
                System.arraycopy(json, at, damaged, random.nextInt(json.length - length + 1), length);
            }
            default -> {
                int count = random.nextInt(1, 2000);
                damaged = Arrays.copyOf(json, json.length + count);
                Arrays.fill(damaged, at, at + count, (byte) "[{\"9 ".charAt(random.nextInt(5)));
                System.arraycopy(json, at, damaged, at + count, json.length - at);
            }
        }
        return damaged;
    }

    private byte[] meaning(byte[] json, int changes) throws IOException {
        JsonNode root = JSON.readTree(json);
        for (int change = 0; change < changes; change++) {
            List<JsonNode> containers = new ArrayList<>();
            collect(root, containers);
            if (containers.isEmpty()) {
                break; // nothing is left of it
            }
            JsonNode container = containers.get(random.nextInt(containers.size()));
            if (container instanceof ObjectNode object) {
                change(object);
            } else {
                change((ArrayNode) container);
            }
        }
        return JSON.writeValueAsBytes(root);
    }

    private static void collect(JsonNode node, List<JsonNode> containers) {
        if (node.isContainerNode() && !node.isEmpty()) {
            containers.add(node);
        }
        node.forEach(child -> collect(child, containers));
    }

    private void change(ObjectNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        String name = names.get(random.nextInt(names.size()));
        String other = names.get(random.nextInt(names.size()));
        switch (random.nextInt(5)) {
            case 0 -> object.remove(name);
            case 1 -> object.set(text(), object.remove(name));
            case 2 -> object.set(other, object.get(name));
            default -> object.set(name, value());
        }
    }

    private void change(ArrayNode array) {
        int at = random.nextInt(array.size());
        switch (random.nextInt(5)) {
            case 0 -> array.remove(at);
            case 1 -> array.insert(at, array.get(at));
            case 2 -> {
                for (int more = random.nextInt(200); more > 0; more--) {
                    array.add(array.get(at));
                }
            }
            default -> array.set(at, value());
        }
    }

    private JsonNode value() {
        return switch (random.nextInt(8)) {
            case 0, 1, 2 -> NODES.numberNode(NUMBERS[random.nextInt(NUMBERS.length)]);
            case 3 -> NODES.numberNode(random.nextBoolean() ? 1e-320 : random.nextDouble() * 1e300);
            case 4 -> NODES.textNode(text());
            case 5 -> random.nextBoolean() ? NODES.nullNode() : NODES.booleanNode(random.nextBoolean());
            case 6 -> random.nextBoolean() ? NODES.objectNode() : NODES.arrayNode();
            default -> NODES.numberNode(BigInteger.TWO.pow(random.nextInt(60, 600)));
        };
    }

    private String text() {
        String[] texts = {"", ".", "..", "../x", "/", "\0", "F32", "I64", "quick_gelu", "CrossAttnDownBlock2D"};
        int choice = random.nextInt(texts.length + 2);
        if (choice < texts.length) {
            return texts[choice];
        }
        return choice == texts.length ? ".a".repeat(random.nextInt(3000)) : "é".repeat(random.nextInt(100_000));
    }
}
