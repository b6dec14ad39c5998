package dev.darkroom.worker.chaos;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Whether the dead letters are those of the jobs that belong there, each record byte for byte. */
final class LetterCheck {
    private final boolean once;
    /** By position: the records that must have a letter. */
    private final Map<String, SentRecord> expected = new HashMap<>();
    /** By id: the jobs that must have a letter of some record that came back for another attempt. */
    private final Map<String, SentRecord> broken = new HashMap<>();

    /**
     * Prepares a check.
     *
     * @param once whether no letter may be there twice
     */
    LetterCheck(List<SentRecord> sent, boolean once) {
        this.once = once;
        for (SentRecord record : sent) {
            if (record.job().kind() == ChaosJob.Kind.BROKEN) {
                broken.put(record.job().id(), record);
            } else if (isInvalid(record.value()) || record.job().kind() == ChaosJob.Kind.UNKNOWN_MODEL) {
                expected.put(record.position(), record);
            }
        }
    }

    /** Whether a plan's record is no valid job. */
    static boolean isInvalid(String value) {
        return value.contains("\"num_inference_steps\":0") || !value.endsWith("}");
    }

    List<String> problems(List<TopicReader.Read> letters) {
        List<String> problems = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        Set<String> buried = new HashSet<>();
        for (TopicReader.Read letter : letters) {
            String origin = letter.header("darkroom-origin-topic") + "-" + letter.header("darkroom-origin-partition")
                    + "@" + letter.header("darkroom-origin-offset");
            SentRecord record = expected.getOrDefault(origin, broken.get(letter.key()));
            if (record == null) {
                problems.add("a dead letter that does not belong there: " + letter);
            } else if (!record.value().equals(letter.value())
                    || !record.job().id().equals(letter.key())) {
                problems.add("a dead letter that is not its record " + record + ": " + letter);
            } else {
                buried.add(expected.containsKey(origin) ? origin : letter.key());
            }
            if (!seen.add(origin) && once) {
                problems.add("a dead letter twice: " + letter);
            }
        }
        expected.keySet().stream()
                .filter(position -> !buried.contains(position))
                .forEach(position -> problems.add("no dead letter of " + expected.get(position)));
        broken.keySet().stream()
                .filter(id -> !buried.contains(id))
                .forEach(id -> problems.add("no dead letter of " + broken.get(id)));
        return problems;
    }
}
