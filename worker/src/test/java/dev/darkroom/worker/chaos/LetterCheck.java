package dev.darkroom.worker.chaos;

import dev.darkroom.event.FailureCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Whether the dead letters are those of the jobs that belong there, each record byte for byte. */
final class LetterCheck {
    private final boolean once;
    /** By position: the records that must have a letter. */
    private final Map<String, SentRecord> expected = new HashMap<>();
    /** By id: the jobs that must have a letter of some record that came back for another attempt. */
    private final Map<String, SentRecord> broken = new HashMap<>();
    /** By position: the records of which those that lost their id to another job must have a letter. */
    private final Map<String, SentRecord> rivals = new HashMap<>();

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
            } else if (record.job().hasRival()) {
                rivals.put(record.position(), record);
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
            boolean lost = rivals.containsKey(origin)
                    && letter.header("darkroom-error-code").equals(FailureCode.DUPLICATE_ID.name());
            SentRecord record = lost ? rivals.get(origin) : expected.getOrDefault(origin, broken.get(letter.key()));
            if (record == null) {
                problems.add("a dead letter that does not belong there: " + letter);
            } else if (!record.value().equals(letter.value())
                    || !record.job().id().equals(letter.key())) {
                problems.add("a dead letter that is not its record " + record + ": " + letter);
            } else {
                buried.add(lost || expected.containsKey(origin) ? origin : letter.key());
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
        problems.addAll(rivalProblems(buried));
        return problems;
    }

    /** Of the jobs under an id all but one are buried, each with every record that was sent of it. */
    private List<String> rivalProblems(Set<String> buried) {
        List<String> problems = new ArrayList<>();
        Map<String, Map<String, Set<Boolean>>> burials = new TreeMap<>(); // by id and value
        rivals.forEach(
                (position, record) -> burials.computeIfAbsent(record.job().id(), id -> new HashMap<>())
                        .computeIfAbsent(record.value(), value -> new HashSet<>())
                        .add(buried.contains(position)));
        burials.forEach((id, values) -> {
            long losers = values.values().stream().filter(Set.of(true)::equals).count();
            long winners =
                    values.values().stream().filter(Set.of(false)::equals).count();
            boolean alone = values.size() == 1; // its rival was no valid job, which may have won
            if (losers + winners != values.size() || (!alone && winners != 1)) {
                problems.add("not all records of all but one job under " + id + " are dead letters");
            }
        });
        return problems;
    }
}
