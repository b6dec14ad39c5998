package dev.darkroom.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** No generation of the reference goes missing: each is in a file whose cases a test runs all of, or its kind is named here. */
class GoldenCasesTest {
    /** Kinds whose pictures begin with a picture. */
    private static final Set<String> NOT_RUN = Set.of("img2img", "inpaint", "pix2pix");

    private static final List<String> RUN = List.of("pipelines.json", "parts.json");

    @Test
    void everyGenerationIsRunOnce() throws Exception {
        JsonNode all = FormulaCheckpoint.json("cases.json");
        assertThat(all).hasSize(146);
        List<String> run = new ArrayList<>();
        for (String file : RUN) {
            FormulaCheckpoint.json(file).fieldNames().forEachRemaining(run::add);
        }
        Set<String> expected = new HashSet<>();
        all.properties().forEach(each -> {
            if (!NOT_RUN.contains(each.getValue().asText())) {
                expected.add(each.getKey());
            }
        });
        assertThat(run).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(expected);
    }
}
