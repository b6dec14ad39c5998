package dev.darkroom.worker.chaos;

import dev.darkroom.worker.chaos.ChaosJob.Kind;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/** Writes jobs as producers send them. */
final class JobText {
    private static final List<String> WORDS = List.of("circle", "square", "star", "ring", "cross", "triangle");
    private static final List<String> COLOURS = List.of("red", "green", "blue", "yellow", "purple", "black", "white");

    private JobText() {}

    static ChaosJob job(int number, Kind kind, SplittableRandom random) {
        String id = String.format(Locale.ROOT, "%s-%05d", kind.name().toLowerCase(Locale.ROOT), number);
        String valid = valid(id, kind, random);
        String invalid = "{\"id\":\"" + id + "\",\"prompt\":\"" + prompt(random) + "\",\"num_inference_steps\":0}";
        return new ChaosJob(
                id,
                kind,
                switch (kind) {
                    case INVALID -> List.of(invalid);
                    case UNREADABLE -> List.of("{\"prompt\": \"" + prompt(random) + "\", " + number);
                    case RIVALS -> List.of(valid, valid(id, kind, random));
                    case INVALID_RIVAL -> random.nextBoolean() ? List.of(valid, invalid) : List.of(invalid, valid);
                    default -> List.of(valid);
                });
    }

    private static String valid(String id, Kind kind, SplittableRandom random) {
        String model = switch (kind) {
            case SHAKY -> ChaosModel.SHAKY;
            case BROKEN -> ChaosModel.BROKEN;
            case UNKNOWN_MODEL -> "unheard-of";
            default -> ChaosModel.STEADY;
        };
        // One call of the UNet: a shaky model fails at each of its calls once.
        int steps = kind == Kind.SHAKY ? 1 : random.nextInt(1, 6);
        int images = kind == Kind.SHAKY || random.nextInt(4) > 0 ? 1 : 2;
        String deadline = kind == Kind.LATE ? ",\"deadline\":\"2001-01-01T00:00:00Z\"" : "";
        return "{\"id\":\"" + id + "\",\"prompt\":\"" + prompt(random) + "\",\"model\":\"" + model + "\",\"seed\":"
                + random.nextLong(Long.MAX_VALUE) + ",\"num_inference_steps\":" + steps + ",\"num_images\":" + images
                + ",\"guidance_scale\":" + (random.nextBoolean() ? 1 : 4) + ",\"context\":{\"n\":" + random.nextInt(100)
                + "}" + deadline + "}";
    }

    private static String prompt(SplittableRandom random) {
        return "a " + COLOURS.get(random.nextInt(COLOURS.size())) + " " + WORDS.get(random.nextInt(WORDS.size()))
                + " in a " + ChaosPlan.SECRET;
    }
}
