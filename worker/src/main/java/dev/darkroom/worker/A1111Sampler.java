package dev.darkroom.worker;

import dev.darkroom.job.JobRules;
import dev.darkroom.worker.diffusion.schedule.Sampler;
import dev.darkroom.worker.diffusion.schedule.Schedulers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Which scheduler a sampler of A1111's web UI is. */
final class A1111Sampler {
    private static final String AUTOMATIC = "Automatic";
    private static final String UNIFORM = "Uniform";

    /** The spacings of which a scheduler may have its own, in A1111's words. */
    private static final List<String> SPACINGS = List.of("Karras", "Exponential", "Beta");

    private A1111Sampler() {}

    /**
     * What a job calls it.
     *
     * @param name with the spacing of the sigmas behind it, as A1111 wrote it before version 1.9, or without
     * @param scheduleType the spacing, as it is written since; versions 1.6 to 1.8 wrote one that went before the name's
     * @throws IOException when Darkroom has no such sampler, or not with such a spacing
     */
    static String jobName(String name, Optional<String> scheduleType) throws IOException {
        Optional<String> behind = SPACINGS.stream()
                .filter(spacing -> name.endsWith(" " + spacing))
                .findFirst();
        String base = behind.map(spacing -> name.substring(0, name.length() - spacing.length() - 1))
                .orElse(name);
        Sampler sampler = named(base);
        String spacing = spacing(sampler, behind, scheduleType);
        if (spacing.equals(UNIFORM)) {
            return sampler.jobName();
        }
        String suffix = "_" + spacing.toLowerCase(Locale.ROOT);
        if (!SPACINGS.contains(spacing) || !sampler.suffixes().contains(suffix)) {
            throw new IOException("It was made with the sampler " + JobRules.quoted(base) + " and the schedule type "
                    + JobRules.quoted(spacing) + ", which Darkroom does not have together");
        }
        return sampler.jobName() + suffix;
    }

    private static String spacing(Sampler sampler, Optional<String> behind, Optional<String> scheduleType) {
        if (scheduleType.isEmpty()) {
            return behind.orElse(UNIFORM);
        }
        String told = scheduleType.get();
        if (told.equals(AUTOMATIC)) {
            return behind.orElseGet(() -> automatic(sampler));
        }
        return SPACINGS.stream().filter(told::equalsIgnoreCase).findFirst().orElse(told); // small letters before 1.9
    }

    private static Sampler named(String name) throws IOException {
        return Arrays.stream(Sampler.values())
                .filter(sampler -> sampler.a1111Name().equals(Optional.of(name)))
                .findFirst()
                .orElseThrow(() -> new IOException("It was made with the sampler " + JobRules.quoted(name)
                        + ", which Darkroom does not have; it has "
                        + Arrays.stream(Sampler.values())
                                .flatMap(sampler -> sampler.a1111Name().stream())
                                .collect(Collectors.joining(", "))));
    }

    /** What A1111 takes for {@code Automatic}. */
    private static String automatic(Sampler sampler) {
        return switch (sampler) {
            case DPMPP_2M, DPMPP_SDE, KDPM2, KDPM2_A -> "Karras";
            case DPMPP_2M_SDE, DPMPP_3M_SDE -> "Exponential";
            default -> UNIFORM;
        };
    }

    /**
     * The spacing of a scheduler's sigmas in A1111's words. Where they follow from the timesteps that is {@code Automatic}, but
     * for samplers for which A1111 would choose another then.
     */
    static String scheduleType(String scheduler) {
        return Schedulers.spacingLabel(scheduler).orElseGet(() -> {
            boolean othersChoice = Arrays.stream(Sampler.values())
                    .anyMatch(sampler -> sampler.jobName().equals(scheduler)
                            && !automatic(sampler).equals(UNIFORM));
            return othersChoice ? UNIFORM : AUTOMATIC;
        });
    }

    /** Whether it draws noise after the first latents, from a generator that ENSD seeds anew. */
    static boolean drawsAgain(String scheduler, double eta) {
        return scheduler.startsWith(Sampler.EULER_A.jobName())
                || scheduler.startsWith(Sampler.KDPM2_A.jobName())
                || scheduler.equals(Sampler.LCM.jobName())
                || (scheduler.equals(Sampler.DDIM.jobName()) && eta > 0);
    }

    /** In what A1111's sampler is another than Darkroom's of that name, in sentences. */
    static List<String> differences(String scheduler) {
        List<String> differences = new ArrayList<>();
        boolean third = scheduler.startsWith(Sampler.DPMPP_3M_SDE.jobName());
        if (third || scheduler.startsWith(Sampler.KDPM2.jobName())) {
            differences.add("A1111 leaves out the last sigma but one with this sampler, which Darkroom does not");
        }
        if (third || scheduler.startsWith(Sampler.DPMPP_2M_SDE.jobName())) {
            differences.add(
                    "A1111 draws this sampler's noise from a Brownian motion, and Darkroom draws it step by step:"
                            + " this will be another picture");
        }
        if (scheduler.startsWith(Sampler.UNIPC.jobName())) {
            differences.add("A1111's UniPC is of order 3 and of the variant bh1; Darkroom's is what the model says, or"
                    + " else of order 2 and of the variant bh2");
        }
        return differences;
    }
}
