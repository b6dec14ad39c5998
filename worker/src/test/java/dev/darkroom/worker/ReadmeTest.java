package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.event.FailureCode;
import dev.darkroom.worker.config.Setting;
import dev.darkroom.worker.config.Settings;
import dev.darkroom.worker.diffusion.schedule.Sampler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** README's tables are the program's own. A failing test prints the text that belongs there. */
class ReadmeTest {
    private static final Path README = Path.of("../README.md");

    @Test
    void hasEverySetting() throws IOException {
        assertThat(Files.readString(README)).contains(settings());
    }

    @Test
    void hasEveryScheduler() throws IOException {
        assertThat(Files.readString(README)).contains(schedulers());
    }

    @Test
    void saysOfEveryFailureCodeWhetherItIsTriedAgainAndWhatToDo() throws IOException {
        String readme = Files.readString(README);
        for (FailureCode code : FailureCode.values()) {
            String again = code.retriable() ? "(yes|once|until it is back)" : "no";
            assertThat(readme).containsPattern("\n\\| `" + code + "` \\| " + again + " \\| \\S.* \\|\n");
        }
    }

    @Test
    void hasNoGaps() throws IOException {
        assertThat(Files.readAllLines(README))
                .as("lines that are a placeholder")
                .noneMatch(line -> line.matches("[A-Z_]{5,}"));
    }

    private static String schedulers() {
        return Stream.of(Sampler.values())
                .map(ReadmeTest::row)
                .collect(Collectors.joining(
                        "\n",
                        "| job | may be followed by | diffusers | A1111 | ComfyUI | steps |\n|---|---|---|---|---|---|\n",
                        "\n"));
    }

    private static String row(Sampler sampler) {
        return "| `" + sampler.jobName() + "` | "
                + sampler.suffixes().stream().map(suffix -> "`" + suffix + "`").collect(Collectors.joining(", "))
                + " | `" + sampler.schedulerClass().diffusersName() + "`"
                + sampler.settings().entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(setting -> ", `" + setting.getKey() + "` " + setting.getValue())
                        .collect(Collectors.joining())
                + " | " + sampler.a1111Name().orElse("")
                + " | " + sampler.comfyUiName().map(name -> "`" + name + "`").orElse("")
                + " | " + sampler.defaultSteps() + " |";
    }

    private static String settings() {
        return Settings.all().stream()
                .map(ReadmeTest::row)
                .collect(Collectors.joining("\n", "| setting | environment | default | |\n|---|---|---|---|\n", "\n"));
    }

    private static String row(Setting setting) {
        return "| `" + setting.key() + "` | `" + setting.environmentName() + "` | "
                + setting.fallback().map(value -> "`" + value + "`").orElse("") + " | " + setting.description() + " |";
    }
}
