package dev.darkroom.worker.develop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.job.Noise;
import dev.darkroom.job.PromptSyntax;
import dev.darkroom.worker.diffusion.schedule.Schedulers;
import dev.darkroom.worker.model.AddedConditions;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.FormulaLora;
import dev.darkroom.worker.model.Golden;
import dev.darkroom.worker.model.LoadedModel;
import dev.darkroom.worker.model.LoraFile;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.Tensor;
import dev.darkroom.worker.model.TextEncoding;
import dev.darkroom.worker.model.UnetRows;
import dev.darkroom.worker.model.runtime.OnnxModelLoader;
import dev.darkroom.worker.model.runtime.RuntimeOptions;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Device;
import dev.darkroom.worker.model.runtime.RuntimeOptions.Memory;
import dev.darkroom.worker.model.safetensors.DataType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * With LoRAs, one or two, of each way to name their parts, the networks and whole generations give what diffusers gives. The
 * tolerances are those of the networks without.
 */
class LoraParityTest {
    private static final double TEXT = 2e-5;
    private static final double UNET = 5e-5;
    private static final double LATENTS = 5e-4;
    private static final double DIFFERING_VALUES = 0.005;

    @TempDir
    private static Path folder;

    private static final Map<String, Golden> GOLDEN = new HashMap<>();

    @BeforeAll
    static void write() throws Exception {
        for (String id : List.of("tiny-sd15", "tiny-sdxl")) {
            FormulaCheckpoint.of(id).write(folder.resolve(id), DataType.F32);
            FormulaCheckpoint.of(id).singleFile().write(folder.resolve(id + ".safetensors"));
            GOLDEN.put(id, Golden.unpacked(id, "lora", folder));
        }
    }

    static Stream<Arguments> cases() throws Exception {
        List<Arguments> cases = new ArrayList<>();
        FormulaLora.index().properties().forEach(lora -> {
            for (String scale : lora.getValue().has("adapters") ? List.of("") : List.of(".1.0", ".0.6")) {
                cases.add(Arguments.of(lora.getKey(), scale, Memory.FAST_START));
            }
        });
        cases.add(Arguments.of("tiny-sd15/both", "", Memory.STEADY));
        return cases.stream();
    }

    @Test
    void allSevenAreThereAtTwoScalesAndTwoPairs() throws Exception {
        assertThat(cases()).hasSize(7 * 2 + 2 + 1);
    }

    @ParameterizedTest(name = "{0}{1} {2}")
    @MethodSource("cases")
    void computesWhatDiffusersComputes(String id, String scale, Memory memory) throws Exception {
        String base = id.substring(0, id.indexOf('/'));
        try (LoadedModel model = load(base, id, scale, memory, folder.resolve(base))) {
            checkNetworks(model, id, scale);
            checkPicture(model, id, scale);
        }
    }

    @ParameterizedTest
    @MethodSource("singleFiles")
    void fitsTheSameModelInOneFile(String id) throws Exception {
        String base = id.substring(0, id.indexOf('/'));
        try (LoadedModel model = load(base, id, ".0.6", Memory.FAST_START, folder.resolve(base + ".safetensors"))) {
            checkNetworks(model, id, ".0.6");
        }
    }

    static Stream<String> singleFiles() {
        return Stream.of("tiny-sd15/kohya-locon", "tiny-sd15/peft", "tiny-sdxl/kohya-sgm", "tiny-sdxl/peft");
    }

    private static LoadedModel load(String base, String id, String scale, Memory memory, Path checkpoint)
            throws Exception {
        List<LoraFile> loras = files(base, id, scale, FormulaLora.index().get(id));
        return new OnnxModelLoader(new RuntimeOptions(Device.CPU, 2, memory))
                .load(ModelFiles.of(base, checkpoint).with(loras));
    }

    private static void checkNetworks(LoadedModel model, String id, String scale) throws Exception {
        Golden golden = GOLDEN.get(model.description().id());
        String name = id.substring(id.indexOf('/') + 1) + scale;
        TextEncoding text =
                model.encode(List.of(FormulaLora.index().get(id).get("prompt").asText()), 0);
        double states = Golden.error(text.context(), golden.tensor(name + ".encoder_hidden_states"));
        assertThat(states).isLessThanOrEqualTo(TEXT);
        if (text.pooled().isPresent()) {
            assertThat(Golden.error(text.pooled().get(), golden.tensor(name + ".pooled")))
                    .isLessThanOrEqualTo(TEXT);
        }
        double unet = Golden.error(predict(model, golden.tensor("none.sample"), text), golden.tensor(name + ".unet"));
        assertThat(unet).isLessThanOrEqualTo(UNET);
    }

    private static void checkPicture(LoadedModel model, String id, String scale) throws Exception {
        Golden golden = GOLDEN.get(model.description().id());
        String name = id.substring(id.indexOf('/') + 1) + scale;
        Generation job = Preparation.prepare(request(model, FormulaLora.index().get(id)), step -> {});
        PipelineCase.toEnd(List.of(job));
        double last =
                Golden.error(new Tensor(job.images().get(0).latents(), 1, 4, 8, 8), golden.tensor(name + ".final"));
        double differing =
                PipelineCase.differing(Finishing.develop(job, 0).picture().rgb(), golden.bytes(name + ".image"));
        assertThat(last).isLessThanOrEqualTo(LATENTS);
        assertThat(differing).isLessThanOrEqualTo(DIFFERING_VALUES);
    }

    private static List<LoraFile> files(String base, String id, String scale, JsonNode lora) throws Exception {
        if (!lora.has("adapters")) {
            return List.of(FormulaLora.of(id).write(file(id), Double.parseDouble(scale.substring(1))));
        }
        List<LoraFile> files = new ArrayList<>();
        for (int i = 0; i < lora.get("adapters").size(); i++) {
            String one = base + "/" + lora.get("adapters").get(i).asText();
            files.add(FormulaLora.of(one)
                    .write(file(one), lora.get("weights").get(i).asDouble()));
        }
        return files;
    }

    private static Path file(String id) {
        return folder.resolve(id.replace('/', '-') + "-lora.safetensors");
    }

    /** The same text in both rows. */
    private static Tensor predict(LoadedModel model, Tensor sample, TextEncoding text) {
        UnetRows rows = new UnetRows(sample, new float[] {801, 121}, twice(text.context()));
        return model.unet()
                .predict(text.pooled()
                        .map(pooled -> rows.with(new AddedConditions(twice(pooled), sizes())))
                        .orElse(rows));
    }

    private static Tensor twice(Tensor one) {
        return Tensor.stack(List.of(one, one));
    }

    private static Tensor sizes() {
        return new Tensor(new float[] {64, 64, 0, 0, 64, 64, 64, 64, 0, 0, 64, 64}, 2, 6);
    }

    private static DevelopRequest request(LoadedModel model, JsonNode lora) {
        Map<String, Object> config = model.description().schedulerConfig();
        return new DevelopRequest(
                model,
                lora.get("prompt").asText(),
                "",
                PromptSyntax.PLAIN,
                64,
                64,
                4,
                6,
                Schedulers.nameOf(config),
                config,
                lora.get("noise_seed").asLong(),
                Noise.TORCH_CPU,
                1,
                0,
                0,
                0);
    }
}
