package dev.darkroom.worker;

import dev.darkroom.worker.intake.DeadLetter;
import dev.darkroom.worker.intake.DeadLetterReader;
import dev.darkroom.worker.intake.IntakeException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Lists dead letters, a line each, the newest first:",
            "partition@offset, job id, failure code, attempt, time, where the job lay; - for what is not known."
        })
final class ListLettersCommand implements Callable<Integer> {
    private static final int MOST = 100_000;

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Option(names = "--limit", paramLabel = "NUMBER", description = "At most so many. Default: ${DEFAULT-VALUE}.")
    private int limit = 100;

    @Option(names = "--oldest-first", description = "The oldest ones, in the order in which they were written.")
    private boolean oldestFirst;

    @Option(names = "--json", description = "One JSON line for each, with the failure in words.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        if (limit < 1 || limit > MOST) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--limit must be 1-" + MOST + ", but is " + limit);
        }
        Comparator<LetterLine> order = oldestFirst ? LetterLine.BY_AGE : LetterLine.BY_AGE.reversed();
        List<LetterLine> lines;
        try (DeadLetterReader reader = DeadLetterReader.open(config.load().kafka())) {
            lines = first(reader, order);
        }
        lines.forEach(line -> System.out.println(json ? line.json() : line.text()));
        if (lines.isEmpty() && !json) {
            System.out.println("There are no dead letters");
        }
        return 0;
    }

    /** Reads all, and keeps no more of them than are wanted, without their jobs. */
    private List<LetterLine> first(DeadLetterReader reader, Comparator<LetterLine> order) throws IntakeException {
        PriorityQueue<LetterLine> kept = new PriorityQueue<>(order.reversed());
        for (List<DeadLetter> next = reader.next(); !next.isEmpty(); next = reader.next()) {
            for (DeadLetter letter : next) {
                kept.add(LetterLine.of(letter));
                if (kept.size() > limit) {
                    kept.remove();
                }
            }
        }
        List<LetterLine> sorted = new ArrayList<>(kept);
        sorted.sort(order);
        return sorted;
    }
}
