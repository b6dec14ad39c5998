package dev.darkroom.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** No generation of the reference goes missing: each is in a file whose cases a test runs all of, or is named here. */
class GoldenCasesTest {
    /** No job can ask for them: pictures of one generator that begin with a picture, and such of given sizes of XL. */
    private static final Set<String> BEYOND_A_JOB = Set.of("img2img_one_generator", "xl_img2img_micro");

    private static final List<String> RUN = List.of("pipelines.json", "parts.json", "pictures.json");

    @Test
    void everyGenerationIsRunOnce() throws Exception {
        JsonNode all = FormulaCheckpoint.json("cases.json");
        assertThat(all).hasSize(146);
        List<String> run = new ArrayList<>();
        for (String file : RUN) {
            FormulaCheckpoint.json(file).fieldNames().forEachRemaining(run::add);
        }
        Set<String> expected = new HashSet<>();
        all.fieldNames().forEachRemaining(expected::add);
        assertThat(expected.removeAll(BEYOND_A_JOB)).isTrue();
        assertThat(run).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(expected);
    }
}
