package dev.darkroom.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.job.InvalidJobException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The schema and the codec say the same, as far as a schema can say it. */
class JobSchemaTest {
    private static final SchemaOracle SCHEMA = new SchemaOracle(Schemas.job());

    /** For each field, values of every kind around its borders, right and wrong. */
    private static final Map<String, List<String>> VALUES = Map.ofEntries(
            Map.entry("id", List.of("'a'", "'A-z_0.9'", "'.a'", "'a.'", "''", "'a b'", "'a\\n'", "'ä'", "7", "null")),
            Map.entry("model", List.of("'shapes'", "'a b/ü'", "''", "'a\\u0000'", "'a\\n'", "'\\ud800'", "[]")),
            Map.entry("prompt", texts()),
            Map.entry("negative_prompt", texts()),
            Map.entry("width", sizes()),
            Map.entry("height", sizes()),
            Map.entry("num_inference_steps", numbers(1, 150)),
            Map.entry("guidance_scale", numbers(0, 30)),
            Map.entry("scheduler", List.of("'euler'", "'dpmpp_2m_karras'", "''", "'Euler'", "'a\\n'", "1", "{}")),
            Map.entry(
                    "seed",
                    List.of(
                            "0",
                            "-1",
                            "-0",
                            "9223372036854775807",
                            "9223372036854775808",
                            "1e18",
                            "1e19",
                            "0.5",
                            "'1'")),
            Map.entry("num_images", numbers(1, 16)),
            Map.entry(
                    "noise", List.of("'torch-cpu'", "'cuda-philox'", "'TORCH_CPU'", "'torch_cpu'", "''", "1", "null")),
            Map.entry("prompt_syntax", List.of("'plain'", "'weighted'", "'Plain'", "' plain'", "''", "[]", "null")),
            Map.entry("clip_skip", numbers(0, 12)),
            Map.entry("guidance_rescale", numbers(0, 1)),
            Map.entry(
                    "guidance_start",
                    List.of("0", "-0.0", "0.5", "5e-1", "-0.1", "1.1", "1e400", "'0'", "null", "[0]")),
            Map.entry("guidance_end", List.of("1", "1.0", "0.6", "-1", "1.01", "1e400", "'1'", "null", "{}")),
            Map.entry("cache_interval", numbers(1, 20)),
            Map.entry(
                    "loras",
                    List.of(
                            "[]",
                            "[{'id':'a'}]",
                            "[{'id':'a','scale':-10.0},{'scale':10,'id':'b'}]",
                            "[{'id':'a','scale':10.1}]",
                            "[{'id':'a','scale':'1'}]",
                            "[{'id':''}]",
                            "[{'id':'a\\u0000'}]",
                            "[{'scale':1}]",
                            "[{'id':'a','x':1}]",
                            "[{'id':'a'},null]",
                            "['a']",
                            "[" + "{'id':'a'},".repeat(8) + "{'id':'b'}]",
                            "{}",
                            "null")),
            Map.entry("eta", numbers(0, 1)),
            Map.entry("image", keys()),
            Map.entry("strength", List.of("0", "1", "0.25", "-0.01", "1.01", "'1'", "null")),
            Map.entry("mask_image", keys()),
            Map.entry("image_guidance_scale", List.of("0", "1.5", "30", "-1", "30.1", "'1'", "{}")),
            Map.entry(
                    "output",
                    List.of(
                            "{'format':'png'}",
                            "{'format':'jpeg','quality':1}",
                            "{'quality':100,'format':'png'}",
                            "{'format':'jpeg','quality':0}",
                            "{'format':'jpeg','quality':101}",
                            "{'format':'jpeg','quality':'9'}",
                            "{'format':'JPEG'}",
                            "{'format':null}",
                            "{'quality':9}",
                            "{'format':'png','x':1}",
                            "{}",
                            "[]",
                            "'png'")),
            Map.entry(
                    "deadline",
                    List.of(
                            "'2030-01-31T12:00:00Z'",
                            "'2030-01-31T12:00:00.123456789+18:00'",
                            "'2030-01-31T12:00:00-00:00'",
                            "'2030-01-31T12:00:00+18:01'",
                            "'2030-01-31T12:00:00.1234567890Z'",
                            "'2030-01-31t12:00:00z'",
                            "'2030-01-31T24:00:00Z'",
                            "'2030-01-31T12:00:60Z'",
                            "'2030-13-31T12:00:00Z'",
                            "'2030-01-31T12:00Z'",
                            "'2030-01-31T12:00:00Z\\n'",
                            "'2032-02-29T12:00:00Z'",
                            "''",
                            "1")),
            Map.entry("context", List.of("null", "1.50", "'a'", "[[{}]]", "{'a':{'b':[1e400]}}")),
            Map.entry("unknown", List.of("1")),
            Map.entry("ID", List.of("'a'")));

    static List<String> validNames() throws IOException {
        return Golden.names("jobs/valid");
    }

    static List<String> invalidNames() throws IOException {
        return Golden.names("jobs/invalid");
    }

    static List<String> namesBeyondSchema() throws IOException {
        return Golden.names("jobs/invalid-beyond-schema");
    }

    @ParameterizedTest
    @MethodSource("validNames")
    void acceptsWhatTheCodecAccepts(String name) throws Exception {
        assertThat(SCHEMA.accepts(Golden.text("jobs/valid/" + name + ".json"))).isTrue();
    }

    @ParameterizedTest
    @MethodSource("invalidNames")
    void refusesWhatTheCodecRefuses(String name) throws Exception {
        assertThat(SCHEMA.accepts(Golden.text("jobs/invalid/" + name + ".json")))
                .isFalse();
    }

    @ParameterizedTest
    @MethodSource("namesBeyondSchema")
    void cannotSayEverything(String name) throws Exception {
        assertThat(SCHEMA.accepts(Golden.text("jobs/invalid-beyond-schema/" + name + ".json")))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void agreesWithTheCodecOnJobsMadeAtRandom(long seed) {
        Random random = new Random(seed);
        int valid = 0;
        for (int round = 0; round < 2_000; round++) {
            String json = job(random);
            boolean accepted = codecAccepts(json);
            assertThat(SCHEMA.accepts(json))
                    .as("seed %d, round %d: the codec %s %s", seed, round, accepted ? "accepts" : "refuses", json)
                    .isEqualTo(accepted);
            valid += accepted ? 1 : 0;
        }
        assertThat(valid).as("valid ones among the jobs of seed %d", seed).isBetween(200, 1_800);
    }

    @ParameterizedTest
    @MethodSource("fields")
    void agreesWithTheCodecOnEveryValueOfAField(String field) {
        for (String value : VALUES.get(field)) {
            String json = job(Map.of(field, value));
            assertThat(SCHEMA.accepts(json)).as(json).isEqualTo(codecAccepts(json));
        }
    }

    static Set<String> fields() {
        return VALUES.keySet();
    }

    private static boolean codecAccepts(String json) {
        try {
            JobCodec.decode(json.getBytes(StandardCharsets.UTF_8));
            return true;
        } catch (InvalidJobException e) {
            return false;
        }
    }

    /** Mostly few fields, so that a good part of the jobs is valid. */
    private static String job(Random random) {
        List<String> names = new ArrayList<>(new TreeSet<>(VALUES.keySet()));
        Collections.shuffle(names, random);
        Map<String, String> chosen = new LinkedHashMap<>();
        for (String name : names.subList(0, random.nextInt(6))) {
            List<String> values = VALUES.get(name);
            chosen.put(name, values.get(random.nextInt(values.size())));
        }
        return job(chosen);
    }

    private static String job(Map<String, String> fields) {
        Map<String, String> all = new LinkedHashMap<>(Map.of("id", "'a'", "prompt", "'p'"));
        all.putAll(fields);
        List<String> members = new ArrayList<>();
        all.forEach((name, value) -> members.add("'" + name + "':" + value));
        return ("{" + String.join(",", members) + "}").replace('\'', '"');
    }

    private static List<String> texts() {
        return List.of(
                "''",
                "'a\\n\\t\\rb'",
                "'" + "p".repeat(4000) + "'",
                "'" + "p".repeat(4001) + "'",
                "'" + "🖼".repeat(4000) + "'",
                "'" + "🖼".repeat(4001) + "'",
                "'\\ud83d\\uddbc'",
                "'\\ud83d'",
                "'\\uddbc\\ud83d'",
                "'\\u0000'",
                "'\\u000b'",
                "'\\u001f'",
                "'\\u007f'",
                "'a\\u0085'",
                "'\\u009f'",
                "'\\u00a0\\u2028\\ufeff\\uffff'",
                "1",
                "null",
                "['a']");
    }

    private static List<String> sizes() {
        return List.of(
                "64", "2048", "512", "512.0", "5.12e2", "56", "2056", "100", "512.5", "-512", "0", "1e999", "1e-999",
                "'512'", "null", "true");
    }

    private static List<String> keys() {
        return List.of(
                "'a'",
                "'inputs/a.png'",
                "'a/..b/.c/...'",
                "'" + "k".repeat(512) + "'",
                "'" + "k".repeat(513) + "'",
                "''",
                "'/a'",
                "'a/'",
                "'a//b'",
                "'..'",
                "'a/../b'",
                "'a/..'",
                "'./a'",
                "'a\\n'",
                "'a b'",
                "'http://a/b'",
                "'ä'",
                "1",
                "null");
    }

    private static List<String> numbers(int least, int most) {
        return List.of(
                Integer.toString(least),
                Integer.toString(most),
                least + ".0",
                least + "." + "0".repeat(60) + "1",
                (least - 1) + "." + "9".repeat(60),
                most + "." + "0".repeat(60) + "1",
                Integer.toString(least - 1),
                Integer.toString(most + 1),
                "0.5",
                "1.5e1",
                "-0.0",
                "1e400",
                "'1'",
                "null",
                "false",
                "[]");
    }
}
