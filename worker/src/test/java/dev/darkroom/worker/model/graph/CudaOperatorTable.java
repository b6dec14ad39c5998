package dev.darkroom.worker.model.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What ONNX Runtime's CUDA provider has kernels for: {@code model/cuda-operators.txt}. */
final class CudaOperatorTable {
    private final Map<String, Operator> operators = new HashMap<>();

    private record Operator(
            List<Integer> versions, List<String> kernels, List<String> types, Map<String, String> attributes) {
        /** The version that a node has in a model of an opset. */
        int version(long opset) {
            return versions.stream()
                    .filter(version -> version <= opset)
                    .max(Integer::compare)
                    .orElseThrow();
        }

        boolean hasKernel(int version) {
            return kernels.stream().anyMatch(kernel -> {
                String[] ends = kernel.split("-", -1);
                return ends.length == 1
                        ? Integer.parseInt(kernel) == version
                        : Integer.parseInt(ends[0]) <= version && version <= Integer.parseInt(ends[1]);
            });
        }
    }

    CudaOperatorTable() throws IOException {
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("/model/cuda-operators.txt"))) {
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .forEach(this::read);
        }
    }

    private void read(String line) {
        String[] columns = line.split("\\|", -1);
        Map<String, String> attributes = new HashMap<>();
        for (String attribute : words(columns[4])) {
            String[] parts = attribute.split(":", -1);
            attributes.put(parts[0], parts[1]);
        }
        operators.put(
                columns[0].strip(),
                new Operator(
                        words(columns[1]).stream().map(Integer::valueOf).toList(),
                        words(columns[2]),
                        words(columns[3]),
                        attributes));
    }

    private static List<String> words(String column) {
        return Arrays.stream(column.strip().split(" +", -1))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /** Fails for a node that would not run on CUDA. */
    void check(ParsedGraph.Node node, long opset, ElementType type) {
        String name = node.operator();
        assertThat(operators).containsKey(name);
        Operator operator = operators.get(name);
        int version = operator.version(node.domain().isEmpty() ? opset : 1);
        assertThat(operator.hasKernel(version))
                .as("a kernel for %s of version %d", name, version)
                .isTrue();
        assertThat(operator.types()).as("types of " + name).contains(type.name());
        for (ParsedGraph.Setting setting : node.settings()) {
            assertThat(setting.type().name())
                    .as("attribute %s of %s", setting.name(), name)
                    .isEqualTo(operator.attributes().get(setting.name()));
        }
    }
}
