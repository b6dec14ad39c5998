package dev.darkroom.worker.model.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.darkroom.worker.model.FormulaCheckpoint;
import dev.darkroom.worker.model.checkpoint.ClipTextConfig;
import dev.darkroom.worker.model.checkpoint.ConfigFile;
import dev.darkroom.worker.model.checkpoint.SafetensorsSource;
import dev.darkroom.worker.model.checkpoint.UnetConfig;
import dev.darkroom.worker.model.checkpoint.VaeConfig;
import dev.darkroom.worker.model.graph.AgreeingSource;
import dev.darkroom.worker.model.graph.ClipTextGraph;
import dev.darkroom.worker.model.graph.ClipTextGraph.Output;
import dev.darkroom.worker.model.graph.GraphForm;
import dev.darkroom.worker.model.graph.GraphRules;
import dev.darkroom.worker.model.graph.ModelGraph;
import dev.darkroom.worker.model.graph.UnetGraph;
import dev.darkroom.worker.model.graph.VaeDecoderGraph;
import dev.darkroom.worker.model.graph.VaeEncoderGraph;
import dev.darkroom.worker.model.safetensors.DataType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The graphs of all networks are well formed in all forms, and those for CUDA run there whole. */
class GraphFormTest {
    private static final List<String> UNETS = List.of(
            "tiny-sd15", "tiny-sd15-inpaint", "tiny-sd15-pix2pix", "tiny-sd21", "tiny-sdxl", "SD15", "SD21", "SDXL");
    private static final List<DataType> TYPES = List.of(DataType.F32, DataType.F16, DataType.BF16);

    /** Odd sizes: the way up must meet those of the way down. */
    private static final Map<String, Long> UNET_SIZES = Map.of("rows", 3L, "height", 13L, "width", 9L, "tokens", 154L);

    private static final Map<String, Long> VAE_SIZES =
            Map.of("batch", 2L, "height", 9L, "width", 13L, "picture_height", 72L, "picture_width", 104L);

    private static final String VAE = """
            {"block_out_channels": [128, 256, 512, 512], "layers_per_block": 2}""";
    private static final String CLIP_L = """
            {"hidden_size": 768, "intermediate_size": 3072, "num_attention_heads": 12}""";
    private static final String BIG_G = """
            {"hidden_size": 1280, "intermediate_size": 5120, "num_attention_heads": 20, "num_hidden_layers": 32,
             "hidden_act": "gelu"}""";

    @TempDir
    private Path folder;

    static Stream<Arguments> unets() {
        return UNETS.stream().flatMap(name -> Stream.of(GraphForm.values()).map(form -> Arguments.of(name, form)));
    }

    @ParameterizedTest
    @MethodSource("unets")
    void aUnetIsWellFormed(String name, GraphForm form) throws Exception {
        // The type of a weight matters to its own cast only, so the large ones need not be tried in all.
        for (DataType type : name.startsWith("tiny") ? TYPES : List.of(DataType.F16)) {
            ModelGraph graph = UnetGraph.build(unet(name), new AgreeingSource(type), form);
            GraphRules.check(graph, form, UNET_SIZES);
        }
    }

    /** Not of XL, whose last layer is not told the text: that is left over there. */
    @ParameterizedTest
    @CsvSource({
        "tiny-sd15,CPU",
        "tiny-sd15,CPU_INT8",
        "tiny-sd21,CUDA_FLOAT16",
        "SD15,CPU_INT8",
        "SD15,CUDA_FLOAT32",
        "SD15,CUDA_FLOAT16",
        "SD21,CUDA_FLOAT16"
    })
    void theShallowPartOfAUnetIsWellFormed(String name, GraphForm form) throws Exception {
        ModelGraph graph = UnetGraph.buildShallow(unet(name), new AgreeingSource(DataType.F16), form);
        GraphRules.check(graph, form, UNET_SIZES);
    }

    @ParameterizedTest
    @EnumSource
    void aDistilledUnetIsWellFormed(GraphForm form) throws Exception {
        UnetConfig config = UnetConfig.read(config("{\"time_cond_proj_dim\": 256}"));
        GraphRules.check(UnetGraph.build(config, new AgreeingSource(DataType.F16), form), form, UNET_SIZES);
    }

    @ParameterizedTest
    @EnumSource
    void bothHalvesOfAVaeAreWellFormed(GraphForm form) throws Exception {
        for (ConfigFile file : List.of(config(VAE), resource("tiny-sd15/vae.json"))) {
            VaeConfig config = VaeConfig.read(file);
            for (DataType type : TYPES) {
                AgreeingSource weights = new AgreeingSource(type);
                GraphRules.check(VaeDecoderGraph.build(config, weights, form), form, VAE_SIZES);
                GraphRules.check(VaeEncoderGraph.build(config, weights, form), form, VAE_SIZES);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aTextEncoderIsWellFormed(GraphForm form) throws Exception {
        for (ConfigFile file : List.of(config(CLIP_L), config(BIG_G), resource("tiny-sd21/text_encoder.json"))) {
            ClipTextConfig config = ClipTextConfig.read(file);
            for (Output output : Output.values()) {
                for (DataType type : TYPES) {
                    ModelGraph graph = ClipTextGraph.build(config, new AgreeingSource(type), output, form);
                    GraphRules.check(graph, form, Map.of("batch", 3L));
                }
            }
        }
    }

    /** Stable Diffusion 2.1's attentions overflow in float16, and nothing else of it does. */
    @Test
    void onlyAttentionsThatOverflowAreInFloat32() throws Exception {
        assertThat(operators("SD21"))
                .containsEntry("MultiHeadAttention FLOAT", 32L)
                .doesNotContainKey("MultiHeadAttention FLOAT16")
                .doesNotContainKeys("Conv FLOAT", "Gemm FLOAT", "LayerNormalization FLOAT");
        assertThat(operators("SD15"))
                .containsEntry("MultiHeadAttention FLOAT16", 32L)
                .doesNotContainKey("MultiHeadAttention FLOAT")
                // Behind sample, timestep and text.
                .containsEntry("Cast FLOAT", 3L);
    }

    /** All normalisations of the published models have groups of even width. */
    @Test
    void fullSizeModelsHaveTheFusedNormalisation() throws Exception {
        for (String name : List.of("SD15", "SD21", "SDXL")) {
            assertThat(operators(name))
                    .containsKey("GroupNorm FLOAT16")
                    .doesNotContainKeys("InstanceNormalization FLOAT16");
        }
        // Two in each of 22 residual blocks, one in each of 16 transformers, and the last one.
        assertThat(operators("SD15")).containsEntry("GroupNorm FLOAT16", 61L);
    }

    private Map<String, Long> operators(String name) throws Exception {
        GraphForm form = GraphForm.CUDA_FLOAT16;
        ModelGraph graph = UnetGraph.build(unet(name), new AgreeingSource(DataType.F16), form);
        return GraphRules.count(graph, form, UNET_SIZES);
    }

    /** The runtime's own checker takes the graph for CUDA; all that the CPU lacks is the kernel. */
    @Test
    void theRuntimeMissesNothingButTheKernel() throws Exception {
        FormulaCheckpoint.of("tiny-sd21").writeComponent(folder, "unet", DataType.F16);
        SafetensorsSource weights = SafetensorsSource.open(folder, OnnxModelLoader.UNET_WEIGHTS);
        ModelGraph graph = UnetGraph.build(unet("tiny-sd21"), weights, GraphForm.CUDA_FLOAT16);
        RuntimeOptions options = new RuntimeOptions(RuntimeOptions.Device.CPU, 1, RuntimeOptions.Memory.FAST_START);
        try (SessionOptions session = new SessionOptions()) {
            SessionSettings.apply(session, graph, options);
            assertThatThrownBy(() -> Inference.environment().createSession(graph.model(), session))
                    .isInstanceOf(OrtException.class)
                    .hasMessageContainingAll("ORT_NOT_IMPLEMENTED", "GroupNorm(1)");
        }
    }

    private UnetConfig unet(String name) throws Exception {
        return UnetConfig.read(
                name.startsWith("tiny")
                        ? resource(name + "/unet.json")
                        : config(SyntheticFamily.valueOf(name).unet()));
    }

    private ConfigFile resource(String name) throws Exception {
        return config(FormulaCheckpoint.json(name).toString());
    }

    private ConfigFile config(String json) throws Exception {
        return ConfigFile.read(Files.writeString(folder.resolve("config.json"), json));
    }
}
