package dev.darkroom.worker.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.worker.chaos.TopicReader.Read;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What looks for defects must see them. */
class LetterCheckTest {
    private static final String VALUE = "{\"id\":\"a\",\"num_inference_steps\":0}";
    private static final SentRecord INVALID = record("a", ChaosJob.Kind.INVALID, VALUE, 0);
    private static final SentRecord PLAIN = record("b", ChaosJob.Kind.PLAIN, "{}", 1);
    private static final SentRecord BROKEN = record("c", ChaosJob.Kind.BROKEN, "{}", 2);
    private static final Read LETTER = letter("a", VALUE, 0);
    private static final Read SECOND_ATTEMPT = letter("c", "{}", 7);

    @Test
    void lettersThatBelongThereAreRight() {
        assertThat(problems(LETTER, SECOND_ATTEMPT)).isEmpty();
    }

    @Test
    void aLetterThatIsMissingIsSeen() {
        assertThat(problems(LETTER)).singleElement().asString().contains("no dead letter", "id=c");
        assertThat(problems(SECOND_ATTEMPT)).singleElement().asString().contains("no dead letter", "id=a");
    }

    @Test
    void aLetterThatDoesNotBelongThereIsSeen() {
        assertThat(problems(LETTER, SECOND_ATTEMPT, letter("b", "{}", 1)))
                .singleElement()
                .asString()
                .contains("does not belong");
    }

    @Test
    void aLetterThatIsNotItsRecordIsSeen() {
        assertThat(problems(LETTER, SECOND_ATTEMPT, letter("a", "{}", 0)))
                .first()
                .asString()
                .contains("not its record");
    }

    @Test
    void aLetterThatComesTwiceIsSeenWhereItMustNot() {
        assertThat(new LetterCheck(List.of(INVALID), false).problems(List.of(LETTER, LETTER)))
                .isEmpty();
        assertThat(new LetterCheck(List.of(INVALID), true).problems(List.of(LETTER, LETTER)))
                .singleElement()
                .asString()
                .contains("twice");
    }

    @Test
    void ofTwoJobsUnderAnIdTheLoserIsBuriedWithAllItsRecords() {
        ChaosJob rivals = new ChaosJob("d", ChaosJob.Kind.RIVALS, List.of("{1}", "{2}"));
        LetterCheck check = new LetterCheck(
                List.of(
                        new SentRecord(rivals, "{1}", "jobs-0@3", 0),
                        new SentRecord(rivals, "{2}", "jobs-0@4", 0),
                        new SentRecord(rivals, "{2}", "jobs-0@5", 0)),
                true);
        assertThat(check.problems(List.of(refused("{1}", 3)))).isEmpty();
        assertThat(check.problems(List.of(refused("{2}", 4), refused("{2}", 5))))
                .isEmpty();
        assertThat(check.problems(List.of(refused("{2}", 4)))).hasSize(1);
        assertThat(check.problems(List.of())).hasSize(1);
        assertThat(check.problems(List.of(refused("{1}", 3), refused("{2}", 4), refused("{2}", 5))))
                .hasSize(1);
        assertThat(check.problems(List.of(letter("d", "{1}", 3))))
                .as("another code")
                .hasSize(2);
    }

    private static Read refused(String value, long offset) {
        Map<String, String> headers = new HashMap<>(letter("d", value, offset).headers());
        headers.put("darkroom-error-code", "DUPLICATE_ID");
        return new Read("d", value, headers);
    }

    private static List<String> problems(Read... letters) {
        return new LetterCheck(List.of(INVALID, PLAIN, BROKEN), true).problems(List.of(letters));
    }

    private static SentRecord record(String id, ChaosJob.Kind kind, String value, long offset) {
        return new SentRecord(new ChaosJob(id, kind, List.of(value)), value, "jobs-0@" + offset, 0);
    }

    private static Read letter(String key, String value, long offset) {
        return new Read(
                key,
                value,
                Map.of(
                        "darkroom-origin-topic",
                        "jobs",
                        "darkroom-origin-partition",
                        "0",
                        "darkroom-origin-offset",
                        Long.toString(offset)));
    }
}
