package dev.darkroom.worker;

import dev.darkroom.event.InvalidEventException;
import dev.darkroom.event.JobEvent;
import dev.darkroom.json.EventCodec;
import dev.darkroom.worker.intake.DeadLetters;
import dev.darkroom.worker.intake.IntakeException;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.intake.Lease;
import dev.darkroom.worker.intake.OutgoingRecord;
import dev.darkroom.worker.intake.OversizedRecordException;
import dev.darkroom.worker.intake.RetryHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A claim that a test may take away. It settles as a share group's does: each last record is an act, {@code event <id>}
 *, {@code letter <code>} or {@code retry <attempt>}, and then {@code accept}; or {@code release}.
 */
final class ScriptedLease implements Lease {
    /** The largest value of a record that is taken. */
    static final int LARGEST_VALUE = 100_000;

    private final JobRecord record;
    private final Acts acts;
    private final List<JobEvent> told;
    private final List<OutgoingRecord> letters;
    private final List<OutgoingRecord> retries;
    private final List<Runnable> onLost = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Settlement> settlement = new CompletableFuture<>();
    private volatile boolean lost;
    private int largestValue = LARGEST_VALUE;

    /**
     * A claim that is held.
     *
     * @param told gets the events among the last records
     * @param letters gets the dead letters among them
     * @param retries gets those that are to be tried again
     */
    ScriptedLease(
            JobRecord record,
            Acts acts,
            List<JobEvent> told,
            List<OutgoingRecord> letters,
            List<OutgoingRecord> retries) {
        this.record = record;
        this.acts = acts;
        this.told = told;
        this.letters = letters;
        this.retries = retries;
    }

    /** From now on larger values are refused for good. */
    void limitValues(int bytes) {
        largestValue = bytes;
    }

    void lose() {
        lost = true;
        onLost.forEach(Runnable::run);
    }

    @Override
    public JobRecord record() {
        return record;
    }

    @Override
    public CompletionStage<Settlement> conclude(List<OutgoingRecord> last) {
        if (settlement.isDone() || lost) {
            return settle("accept");
        }
        for (OutgoingRecord outgoing : last) {
            try {
                write(outgoing);
            } catch (IntakeException e) {
                return CompletableFuture.failedStage(e);
            }
        }
        return settle("accept");
    }

    private void write(OutgoingRecord outgoing) throws IntakeException {
        if (outgoing.value().length > largestValue) {
            throw new OversizedRecordException("Too large", new IllegalArgumentException());
        }
        String act = act(outgoing);
        if (acts.refused(act)) {
            throw new IntakeException("No broker has it");
        }
        if (act.startsWith("event ")) {
            told.add(event(outgoing));
        } else if (act.startsWith("retry ")) {
            retries.add(outgoing);
        } else {
            letters.add(outgoing);
        }
        acts.did(act);
    }

    private static String act(OutgoingRecord outgoing) {
        if (outgoing.header("ce_id").isPresent()) {
            return "event " + text(outgoing.header("ce_id").get());
        }
        return outgoing.header(DeadLetters.ERROR_CODE)
                .map(code -> "letter " + text(code))
                .orElseGet(() ->
                        "retry " + text(outgoing.header(RetryHeaders.ATTEMPT).orElseThrow()));
    }

    private static JobEvent event(OutgoingRecord outgoing) {
        Map<String, String> headers = new HashMap<>();
        outgoing.headers().forEach(header -> headers.put(header.name(), text(header.value())));
        try {
            return EventCodec.read(headers, outgoing.value(), Instant.EPOCH).event();
        } catch (InvalidEventException e) {
            throw new AssertionError("A last record is no event", e);
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public CompletionStage<Settlement> release() {
        return settle("release");
    }

    private CompletionStage<Settlement> settle(String act) {
        if (!settlement.isDone()) {
            settlement.complete(lost ? Settlement.LOST : Settlement.SETTLED);
            if (!lost) {
                acts.did(act);
            }
        }
        return settlement;
    }

    @Override
    public boolean isLost() {
        return lost;
    }

    @Override
    public void onLost(Runnable action) {
        if (lost) {
            action.run();
        } else {
            onLost.add(action);
        }
    }
}
