package dev.darkroom.worker.model.checkpoint;

import dev.darkroom.worker.model.ModelException;
import dev.darkroom.worker.model.ModelFiles;
import dev.darkroom.worker.model.UnsupportedModelException;
import dev.darkroom.worker.model.safetensors.SafetensorsFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/** Tells what a file that is given as a model is, and refuses by name what cannot be run. */
final class SingleFileKind {
    private static final List<String> PICKLES = List.of(".ckpt", ".pt", ".pth", ".bin");

    /** First byte of a pickle, and of the ZIP archive that PyTorch puts one in. */
    private static final int PICKLE = 0x80;

    private static final int ZIP = 'P';

    /** A kind of file that is not a Stable Diffusion checkpoint of a supported family. */
    private record Other(String what, Predicate<String> tensor) {}

    private static final Other LORA = new Other(
            "a LoRA, which changes a model and is none: give it beside the model that it was trained on (--lora, or"
                    + " kind: lora in a catalogue)",
            name -> name.startsWith("lora_")
                    || name.contains(".lora_")
                    || name.contains(".lora.")
                    || name.contains("_lora.down.")
                    || name.contains(".lora_linear_layer.")
                    || name.contains(".hada_w1")
                    || name.contains(".lokr_w")
                    || name.endsWith(".dora_scale"));

    private static final List<Other> OTHERS = List.of(
            LORA,
            new Other("a ControlNet", name -> name.startsWith("control_model.") || name.startsWith("controlnet_cond_")),
            new Other("Flux", name -> name.contains("double_blocks.")),
            new Other("Stable Diffusion 3", name -> name.contains("joint_blocks.")),
            new Other("Stable Video Diffusion", name -> name.contains(".time_stack.")),
            new Other("a motion module, of moving pictures", name -> name.contains("motion_modules.")),
            new Other("an IP-Adapter", name -> name.startsWith("ip_adapter.") || name.startsWith("image_proj.")),
            new Other(
                    "Stable Diffusion unCLIP, which starts from pictures",
                    name -> name.startsWith("noise_augmentor.") || name.startsWith("embedder.model.")),
            new Other("an upscaler", name -> name.equals(SingleFileUnet.PREFIX + "label_emb.weight")),
            new Other("Stable Cascade", name -> name.contains("clip_txt_mapper") || name.startsWith("clf.1.")),
            new Other("the refiner of Stable Diffusion XL", name -> name.startsWith("conditioner.embedders.0.model.")),
            new Other("Playground, of another noise process", name -> name.startsWith("edm_")),
            new Other("a textual inversion", name -> name.equals("emb_params") || name.equals("clip_l")));

    /** Parts of a model, which a whole one has under a prefix. */
    private static final List<Other> PARTS = List.of(
            new Other(
                    "a VAE alone: give it beside a model (--vae, or vae in a catalogue)",
                    name -> name.startsWith("decoder.mid.")),
            new Other(
                    "one network of a diffusers folder; give the folder that holds model_index.json",
                    name -> name.startsWith("down_blocks.")
                            || name.startsWith("decoder.mid_block.")
                            || name.startsWith("text_model.")));

    private static final String FIRST_TENSOR = SingleFileUnet.PREFIX + "input_blocks.0.0.weight";

    private SingleFileKind() {}

    /** Refuses pickles, which run what code they hold when they are read. */
    static void refusePickle(Path path) throws ModelException {
        String name = path.toString().toLowerCase(Locale.ROOT);
        if (PICKLES.stream().anyMatch(name::endsWith) || isPickle(path)) {
            throw new UnsupportedModelException(
                    path + " is a pickle, which can hold code that runs when it is read: convert it to .safetensors");
        }
    }

    /** A safetensors file begins with the length of its header in eight bytes, of which the upper four are zeros. */
    private static boolean isPickle(Path path) throws ModelException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] start = in.readNBytes(8);
            return start.length == 8
                    && ((start[0] == ZIP && start[1] == 'K') || (start[0] & 0xff) == PICKLE)
                    && (start[4] | start[5] | start[6] | start[7]) != 0;
        } catch (IOException e) {
            throw new ModelException(path + " cannot be read: " + e.getMessage(), e);
        }
    }

    static boolean isLora(SafetensorsFile file) {
        return file.names().stream().anyMatch(LORA.tensor());
    }

    /** Refuses everything that is not Stable Diffusion 1.x, 2.x or XL. */
    static void refuseOthers(SafetensorsFile file, Path path) throws ModelException {
        refuse(file, path, OTHERS);
        if (file.find(FIRST_TENSOR).isEmpty()) {
            refuse(file, path, PARTS);
            throw new UnsupportedModelException(
                    path + " is not a Stable Diffusion checkpoint: it has no tensor " + FIRST_TENSOR);
        }
    }

    private static void refuse(SafetensorsFile file, Path path, List<Other> others) throws ModelException {
        for (Other other : others) {
            if (file.names().stream().anyMatch(other.tensor())) {
                throw new UnsupportedModelException(
                        path + " is " + other.what() + "; only Stable Diffusion 1.x, 2.x and XL are supported");
            }
        }
    }

    /** Refuses a checkpoint that lacks one of its networks; its VAE it needs only where none is given. */
    static void requireNetworks(SafetensorsFile file, ModelFiles files, Family family) throws ModelException {
        if (files.vae().isEmpty() && !hasPart(file, SingleFileVae.PREFIX)) {
            throw new UnsupportedModelException(files.checkpoint() + " is not a whole checkpoint: it has no tensor"
                    + " below " + SingleFileVae.PREFIX + " (the VAE): give it one (--vae, or vae in a catalogue)");
        }
        if (hasPart(file, family.textPrefix()) && (family != Family.SDXL || hasPart(file, Family.SECOND_TEXT))) {
            return;
        }
        throw new UnsupportedModelException(
                files.family().isPresent()
                        ? files.checkpoint() + " is said to be " + family.label() + ", but has not its text encoders"
                        : files.checkpoint() + " is not a whole checkpoint: it has no tensor below "
                                + family.textPrefix() + " (the text encoder)");
    }

    /** The family of a checkpoint, told from its text encoders. */
    static Family family(SafetensorsFile file) {
        if (hasPart(file, Family.SECOND_TEXT)) {
            return Family.SDXL;
        }
        return hasPart(file, Family.SD2.textPrefix()) ? Family.SD2 : Family.SD1;
    }

    private static boolean hasPart(SafetensorsFile file, String prefix) {
        return file.names().stream().anyMatch(name -> name.startsWith(prefix));
    }
}
