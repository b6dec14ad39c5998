package dev.darkroom.worker;

import dev.darkroom.worker.intake.DeadLetter;
import dev.darkroom.worker.intake.DeadLetterReader;
import dev.darkroom.worker.intake.LetterPosition;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description = {
            "Prints a dead letter: its headers and the job as it was sent.",
            "That includes the prompt, which Darkroom shows nowhere else."
        })
final class ShowLetterCommand implements Callable<Integer> {
    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Parameters(paramLabel = "PARTITION@OFFSET", converter = LetterPositionConverter.class)
    @SuppressWarnings("NullAway.Init") // required: picocli sets it before the command runs
    private LetterPosition position;

    @Override
    public Integer call() throws Exception {
        try (DeadLetterReader reader = DeadLetterReader.open(config.load().kafka())) {
            Optional<DeadLetter> letter = reader.find(position);
            if (letter.isEmpty()) {
                System.out.println("There is no dead letter at " + position);
                return 1;
            }
            LetterText.lines(letter.get()).forEach(System.out::println);
            return 0;
        }
    }
}
