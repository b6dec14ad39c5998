package dev.darkroom.worker;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.worker.intake.DeadLetter;
import dev.darkroom.worker.intake.LetterPosition;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;

/** What a list says of a dead letter; nothing of the job but its id. */
record LetterLine(
        LetterPosition position,
        Optional<String> jobId,
        Optional<String> code,
        Optional<String> reason,
        Optional<String> attempt,
        Instant time,
        Optional<DeadLetter.Origin> origin) {
    /** The oldest first. */
    static final Comparator<LetterLine> BY_AGE = Comparator.comparing(LetterLine::time)
            .thenComparingInt(line -> line.position().partition())
            .thenComparingLong(line -> line.position().offset());

    private static final JsonMapper JSON = new JsonMapper();

    /** Of a text in a header: as long as a worker writes it. A header of anyone's may be as large as a record. */
    private static final int MOST_CHARACTERS = 4096;

    static LetterLine of(DeadLetter letter) {
        return new LetterLine(
                letter.position(),
                JobIdentity.of(letter.record().value()).map(JobIdentity::id),
                letter.code().map(LetterLine::cut),
                letter.reason().map(LetterLine::cut),
                letter.attempt().map(LetterLine::cut),
                letter.record().timestamp(),
                letter.origin().map(from -> new DeadLetter.Origin(cut(from.topic()), from.partition(), from.offset())));
    }

    private static String cut(String text) {
        return text.length() <= MOST_CHARACTERS ? text : text.substring(0, MOST_CHARACTERS);
    }

    String text() {
        return PlainText.of(String.join(
                "  ",
                position.toString(),
                jobId.orElse("-"),
                code.orElse("-"),
                attempt.orElse("-"),
                time.toString(),
                origin.map(DeadLetter.Origin::toString).orElse("-")));
    }

    String json() {
        ObjectNode line = JSON.createObjectNode();
        line.put("partition", position.partition());
        line.put("offset", position.offset());
        jobId.ifPresent(id -> line.put("job_id", id));
        code.ifPresent(text -> line.put("code", text));
        reason.ifPresent(text -> line.put("error", text));
        attempt.ifPresent(text -> line.put("attempt", text));
        line.put("time", time.toString());
        origin.ifPresent(from -> line.putObject("origin")
                .put("topic", from.topic())
                .put("partition", from.partition())
                .put("offset", from.offset()));
        return PlainText.of(line.toString());
    }
}
