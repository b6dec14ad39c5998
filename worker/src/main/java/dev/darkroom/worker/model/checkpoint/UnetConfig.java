package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Shape of a {@code UNet2DConditionModel}: {@code unet/config.json} of a diffusers folder. The blocks are listed in
 * the order in which data flows.
 *
 * @param down the way down, largest picture first
 * @param middle between them; without one in some distilled models
 * @param up the way up, smallest picture first
 * @param sampleSize side of the latents that the model was trained at
 * @param added what Stable Diffusion XL embeds besides the timestep
 * @param guidanceWidth {@code time_cond_proj_dim}: width of the embedded guidance that a distilled model is told with the
 *     timestep (Meng et al. 2022, arXiv:2210.03142); empty where it is not
 * @param upcastAttention whether attentions overflow in float16
 * @param projectionIsLinear whether the projections around a transformer are stored as matrices or as 1x1 convolutions
 */
public record UnetConfig(
        int inChannels,
        int outChannels,
        int sampleSize,
        List<Block> down,
        List<Middle> middle,
        List<Block> up,
        int crossAttentionWidth,
        int normGroups,
        float normEpsilon,
        int convInKernel,
        int convOutKernel,
        int downsamplePadding,
        TimeEmbedding time,
        Optional<AddedEmbedding> added,
        OptionalInt guidanceWidth,
        boolean upcastAttention,
        boolean projectionIsLinear) {

    private static final List<String> DOWN_TYPES =
            List.of("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D");
    private static final List<String> UP_TYPES =
            List.of("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D");

    /**
     * One resolution on the way down or up.
     *
     * @param resnets number of residual blocks; each is followed by a transformer if {@code transformerLayers} is not 0
     * @param heads of each attention
     */
    public record Block(int channels, int resnets, int transformerLayers, int heads) {}

    /** The middle: residual block, transformer, residual block. */
    public record Middle(int channels, int transformerLayers, int heads) {}

    /**
     * The sinusoidal embedding of a timestep and the network behind it.
     *
     * @param frequencies number of values of the sinusoid, half of them sines and half cosines
     * @param width of what every residual block is given
     * @param cosinesFirst {@code flip_sin_to_cos}
     * @param frequencyShift {@code freq_shift}
     */
    public record TimeEmbedding(int frequencies, int width, boolean cosinesFirst, double frequencyShift) {}

    /**
     * The embedding of the pooled text and of six numbers about the picture's size, as sinusoids ({@code text_time}).
     *
     * @param sinusoid of each number
     * @param pooledWidth width of the pooled text
     */
    public record AddedEmbedding(TimeEmbedding sinusoid, int pooledWidth) {
        /** How many numbers about the size there are. */
        public static final int TIME_IDS = 6;

        /** Width of all of it side by side. */
        public int width() {
            return pooledWidth + TIME_IDS * sinusoid.frequencies();
        }
    }

    public UnetConfig {
        down = List.copyOf(down);
        middle = List.copyOf(middle);
        up = List.copyOf(up);
    }

    /** Channels at the largest resolution. */
    public int firstChannels() {
        return down.get(0).channels();
    }

    /** Reads the configuration; absent keys have the values that diffusers gives them. */
    public static UnetConfig read(ConfigFile config) throws ModelException {
        UnetVariants.refuseOthers(config);
        List<Block> levels = levels(config);
        Block last = levels.get(levels.size() - 1);
        return new UnetConfig(
                config.integer("in_channels", 4),
                config.integer("out_channels", 4),
                config.integer("sample_size", 64),
                down(config, levels),
                hasMiddle(config)
                        ? List.of(new Middle(last.channels(), last.transformerLayers(), last.heads()))
                        : List.of(),
                up(config, levels),
                crossAttentionWidth(config, levels.size()),
                config.integer("norm_num_groups", 32),
                Limits.epsilon(config, "norm_eps", 1e-5),
                kernel(config, "conv_in_kernel"),
                kernel(config, "conv_out_kernel"),
                padding(config),
                timeEmbedding(config, levels.get(0).channels()),
                addedEmbedding(config, levels.get(0).channels()),
                guidanceWidth(config),
                config.flag("upcast_attention", false),
                config.flag("use_linear_projection", false));
    }

    /** Every resolution, largest first, as it would be with a transformer behind every residual block. */
    private static List<Block> levels(ConfigFile config) throws ModelException {
        List<Integer> channels = config.integers("block_out_channels", List.of(320, 640, 1280, 1280));
        int count = channels.size();
        if (count == 0) {
            throw config.error("lists no block_out_channels");
        }
        List<Integer> layers = config.perBlock("layers_per_block", count, 2);
        List<Integer> depths = config.perBlock("transformer_layers_per_block", count, 1);
        List<Integer> heads = config.perBlock("attention_head_dim", count, 8); // the number of heads: an old mistake
        checkNumbers(config, channels, layers, depths, heads);
        List<Block> levels = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            levels.add(new Block(channels.get(i), layers.get(i), depths.get(i), heads.get(i)));
        }
        return levels;
    }

    private static List<Block> down(ConfigFile config, List<Block> levels) throws ModelException {
        List<String> types = types(config, "down_block_types", DOWN_TYPES, levels.size());
        List<Block> down = new ArrayList<>();
        for (int i = 0; i < levels.size(); i++) {
            Block level = levels.get(i);
            int depth = depth(config, "down_block_types", types.get(i), "Down", level.transformerLayers());
            down.add(new Block(level.channels(), level.resnets(), depth, level.heads()));
        }
        return down;
    }

    private static List<Block> up(ConfigFile config, List<Block> levels) throws ModelException {
        List<String> types = types(config, "up_block_types", UP_TYPES, levels.size());
        List<Block> up = new ArrayList<>();
        for (int i = 0; i < levels.size(); i++) {
            Block level = levels.get(levels.size() - 1 - i);
            int depth = depth(config, "up_block_types", types.get(i), "Up", level.transformerLayers());
            up.add(new Block(level.channels(), level.resnets() + 1, depth, level.heads()));
        }
        return up;
    }

    private static List<String> types(ConfigFile config, String key, List<String> otherwise, int count)
            throws ModelException {
        List<String> types = config.texts(key, otherwise);
        if (types.size() != count) {
            throw config.error(
                    "must list as many " + key + " as block_out_channels, " + count + ", not " + types.size());
        }
        return types;
    }

    private static int depth(ConfigFile config, String key, String type, String way, int transformerLayers)
            throws ModelException {
        if (type.equals("CrossAttn" + way + "Block2D")) {
            return transformerLayers;
        }
        if (type.equals(way + "Block2D")) {
            return 0;
        }
        throw config.unsupported(key, type);
    }

    private static boolean hasMiddle(ConfigFile config) throws ModelException {
        if (config.has("mid_block_type") && config.isNull("mid_block_type")) {
            return false;
        }
        config.refuseUnless("mid_block_type", "UNetMidBlock2DCrossAttn");
        return true;
    }

    private static int crossAttentionWidth(ConfigFile config, int count) throws ModelException {
        List<Integer> widths = config.perBlock("cross_attention_dim", count, 1280);
        if (widths.stream().distinct().count() != 1) {
            throw config.unsupported("cross_attention_dim", widths);
        }
        Limits.check(config, "cross_attention_dim", widths.get(0), Limits.WIDTH);
        return widths.get(0);
    }

    private static int kernel(ConfigFile config, String key) throws ModelException {
        int kernel = config.integer(key, 3);
        if (kernel < 1 || kernel > 31 || kernel % 2 == 0) {
            throw config.unsupported(key, kernel);
        }
        return kernel;
    }

    private static int padding(ConfigFile config) throws ModelException {
        config.refuseUnless("downsample_padding", 0, 1);
        return config.integer("downsample_padding", 1);
    }

    private static TimeEmbedding timeEmbedding(ConfigFile config, int firstChannels) throws ModelException {
        Limits.divides(config, "2", 2, "block_out_channels[0]", firstChannels);
        int width = config.integer("time_embedding_dim", 4 * firstChannels);
        Limits.check(config, "time_embedding_dim", width, Limits.WIDTH);
        double shift = config.number("freq_shift", 0);
        int half = firstChannels / 2;
        if (!(Double.isFinite(shift) && shift < half)) { // frequencies are powers of 1 / (half - shift)
            throw config.error("freq_shift must be a finite number below " + half + ", not " + shift);
        }
        return new TimeEmbedding(firstChannels, width, config.flag("flip_sin_to_cos", true), shift);
    }

    private static Optional<AddedEmbedding> addedEmbedding(ConfigFile config, int firstChannels) throws ModelException {
        if (config.isNull("addition_embed_type")) {
            return Optional.empty();
        }
        int frequencies = config.integer("addition_time_embed_dim");
        int width = config.integer("projection_class_embeddings_input_dim");
        Limits.check(config, "addition_time_embed_dim", frequencies, 4096);
        Limits.divides(config, "2", 2, "addition_time_embed_dim", frequencies);
        int pooled = width - AddedEmbedding.TIME_IDS * frequencies;
        Limits.check(
                config, "projection_class_embeddings_input_dim - 6 * addition_time_embed_dim", pooled, Limits.WIDTH);
        TimeEmbedding time = timeEmbedding(config, firstChannels);
        return Optional.of(new AddedEmbedding(
                new TimeEmbedding(frequencies, time.width(), time.cosinesFirst(), time.frequencyShift()), pooled));
    }

    /** The sinusoid of the guidance has at least two frequencies: diffusers divides by one less than there are. */
    private static OptionalInt guidanceWidth(ConfigFile config) throws ModelException {
        if (config.isNull("time_cond_proj_dim")) {
            return OptionalInt.empty();
        }
        int width = config.integer("time_cond_proj_dim");
        if (width < 4) {
            throw config.error("time_cond_proj_dim must be at least 4, not " + width);
        }
        Limits.check(config, "time_cond_proj_dim", width, Limits.WIDTH);
        return OptionalInt.of(width);
    }

    private static void checkNumbers(
            ConfigFile config, List<Integer> channels, List<Integer> layers, List<Integer> depths, List<Integer> heads)
            throws ModelException {
        Limits.check(config, "in_channels", config.integer("in_channels", 4), Limits.WIDTH);
        Limits.check(config, "out_channels", config.integer("out_channels", 4), Limits.WIDTH);
        Limits.check(config, "sample_size", config.integer("sample_size", 64), Limits.WIDTH);
        int groups = config.integer("norm_num_groups", 32);
        Limits.check(config, "norm_num_groups", groups, Limits.WIDTH);
        Limits.check(config, "layers_per_block", Collections.max(layers), Limits.LAYERS);
        Limits.check(config, "transformer_layers_per_block", Collections.max(depths), Limits.LAYERS);
        for (int i = 0; i < channels.size(); i++) {
            Limits.check(config, "block_out_channels", channels.get(i), Limits.WIDTH);
            Limits.divides(config, "norm_num_groups", groups, "block_out_channels", channels.get(i));
            Limits.divides(config, "attention_head_dim", heads.get(i), "block_out_channels", channels.get(i));
        }
    }
}
