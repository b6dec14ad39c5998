package dev.darkroom.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** No generation of the reference goes missing: each is in a file whose cases a test runs all of. */
class GoldenCasesTest {
    private static final List<String> RUN = List.of("pipelines.json", "parts.json", "pictures.json");

    @Test
    void everyGenerationIsRunOnce() throws Exception {
        JsonNode all = FormulaCheckpoint.json("cases.json");
        assertThat(all).hasSize(146);
        List<String> run = new ArrayList<>();
        for (String file : RUN) {
            FormulaCheckpoint.json(file).fieldNames().forEachRemaining(run::add);
        }
        List<String> expected = new ArrayList<>();
        all.fieldNames().forEachRemaining(expected::add);
        assertThat(run).containsExactlyInAnyOrderElementsOf(expected);
    }
}
