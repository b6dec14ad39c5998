package dev.darkroom.worker;

import dev.darkroom.event.FailureCode;
import dev.darkroom.worker.config.WorkerConfig;
import dev.darkroom.worker.intake.DeadLetter;
import dev.darkroom.worker.intake.DeadLetterReader;
import dev.darkroom.worker.intake.IntakeException;
import dev.darkroom.worker.intake.LaneProducer;
import dev.darkroom.worker.intake.LetterPosition;
import dev.darkroom.worker.storage.S3ResultStore;
import dev.darkroom.worker.storage.StorageException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "send-back",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Sends the jobs of dead letters back to the topic that they came from, byte for byte, on their first attempt.",
            "The bucket forgets that they failed, so they are really done again. The letters stay where they are; one that"
                    + " was sent back is not sent again.",
            "Exit code 1 if a letter that was named was not sent."
        })
final class SendBackCommand implements Callable<Integer> {
    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @ArgGroup(multiplicity = "1")
    private Choice choice = new Choice();

    @Option(names = "--force", description = "Even what was sent back before.")
    private boolean force;

    private static final class Choice {
        @Parameters(
                paramLabel = "PARTITION@OFFSET",
                arity = "1..*",
                converter = LetterPositionConverter.class,
                description = "These letters, as list names them.")
        private List<LetterPosition> positions = List.of();

        @Option(
                names = "--code",
                paramLabel = "CODE",
                description = "All letters with this failure code: ${COMPLETION-CANDIDATES}.")
        private @Nullable FailureCode code;

        @Option(names = "--all", description = "All letters.")
        private boolean all;

        private boolean matches(DeadLetter letter) {
            return code == null ? all : letter.code().equals(Optional.of(code.name()));
        }
    }

    @Override
    public Integer call() throws Exception {
        WorkerConfig settings = config.load();
        try (DeadLetterReader reader = DeadLetterReader.open(settings.kafka());
                S3ResultStore store = new S3ResultStore(settings.s3());
                LaneProducer producer = new LaneProducer(settings.kafka(), "darkroom-send-back")) {
            JobLedger ledger = new JobLedger(store, settings.s3().prefix());
            SendBack sendBack =
                    new SendBack(ledger, producer::write, settings.kafka().topics());
            return choice.positions.isEmpty() ? sendMany(reader, sendBack) : sendNamed(reader, sendBack);
        }
    }

    private int sendNamed(DeadLetterReader reader, SendBack sendBack) throws IntakeException, StorageException {
        int exitCode = 0;
        for (LetterPosition position : choice.positions) {
            Optional<DeadLetter> letter = reader.find(position);
            if (letter.isEmpty()) {
                System.out.println(position + ": there is no dead letter here");
            }
            if (letter.isEmpty() || send(sendBack, letter.get()) instanceof SendBack.Result.Left) {
                exitCode = 1;
            }
        }
        return exitCode;
    }

    private int sendMany(DeadLetterReader reader, SendBack sendBack) throws IntakeException, StorageException {
        int sent = 0;
        int left = 0;
        for (List<DeadLetter> next = reader.next(); !next.isEmpty(); next = reader.next()) {
            for (DeadLetter letter : next) {
                if (!choice.matches(letter)) {
                    continue;
                }
                if (send(sendBack, letter) instanceof SendBack.Result.Sent) {
                    sent++;
                } else {
                    left++;
                }
            }
        }
        System.out.println("Sent back: " + sent + ", left: " + left);
        return 0;
    }

    private SendBack.Result send(SendBack sendBack, DeadLetter letter) throws IntakeException, StorageException {
        SendBack.Result result = force ? sendBack.again(letter) : sendBack.once(letter);
        String id = JobIdentity.of(letter.record().value())
                .map(job -> " " + job.id())
                .orElse("");
        String what = result instanceof SendBack.Result.Sent sent
                ? "sent back to " + sent.topic()
                : "left: " + ((SendBack.Result.Left) result).reason();
        System.out.println(PlainText.of(letter.position() + id + ": " + what));
        return result;
    }
}
