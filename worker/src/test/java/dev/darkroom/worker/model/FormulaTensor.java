package dev.darkroom.worker.model;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/**
 * One tensor of a {@link FormulaCheckpoint} or a {@link FormulaLora}: uniform values from SplitMix64, started by the FNV-1a hash of the tensor's
 * name, with an offset and a scale that keep activations near 1.
 */
final class FormulaTensor {
    private final long state;
    private final double offset;
    private final double scale;

    /** @param name component, slash, name in a diffusers checkpoint */
    FormulaTensor(String name, List<Long> shape, long seed) {
        state = fnv1a(name) ^ seed;
        boolean vector = shape.size() == 1;
        boolean norm = vector && name.endsWith(".weight");
        offset = norm ? 1 : 0;
        if (norm) {
            scale = 0.1;
        } else if (vector) {
            scale = 0.05;
        } else if (name.endsWith("_embedding.weight")) {
            scale = 1;
        } else {
            long fanIn = shape.stream().skip(1).reduce(1L, (a, b) -> a * b);
            scale = gain(name) * Math.sqrt(3.0 / fanIn);
        }
    }

    private static double gain(String name) {
        if (name.startsWith("unet/") && name.endsWith(".time_emb_proj.weight")) {
            return 2;
        }
        if (name.startsWith("lora/")
                && Stream.of("lora_up.weight", "lora_B.weight", "lora.up.weight")
                        .anyMatch(name::endsWith)) {
            return 0.6;
        }
        return switch (name) {
            case "unet/conv_out.weight" -> 1.75;
            case "vae/decoder.conv_out.weight" -> 0.7;
            case "vae/quant_conv.weight" -> 3;
            default -> 1;
        };
    }

    private static long fnv1a(String name) {
        long hash = 0xcbf29ce484222325L;
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        return hash;
    }

    /** The value at a flat index. */
    float value(long index) {
        long z = state + (index + 1) * 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        z ^= z >>> 31;
        double uniform = (z >>> 40) * 0x1p-24 * 2 - 1;
        return (float) (offset + scale * uniform);
    }
}
