package dev.darkroom.worker.chaos;

import dev.darkroom.event.FailureCode;
import dev.darkroom.event.InvalidEventException;
import dev.darkroom.event.JobEvent;
import dev.darkroom.event.StoredImage;
import dev.darkroom.json.EventCodec;
import dev.darkroom.worker.ReferencePictures;
import dev.darkroom.worker.ReferencePictures.Reference;
import dev.darkroom.worker.storage.ObjectKeys;
import dev.darkroom.worker.storage.S3ResultStore;
import dev.darkroom.worker.storage.StorageException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Reads all that a run has left behind, and says what is not as it should be. */
final class ChaosVerdict {
    static final String REJECTED = type("rejected");
    static final Set<String> TERMINAL = Set.of(type("completed"), type("failed"), type("expired"), type("cancelled"));

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final String PREFIX = "pictures";
    /** The job's last attempt, by the workers' settings. */
    private static final int ATTEMPTS = 2;

    private final S3ResultStore bucket;
    private final ReferencePictures pictures;
    private final boolean once;
    private final List<String> problems = new ArrayList<>();
    private final Map<String, Integer> counts = new TreeMap<>();

    private ChaosVerdict(S3ResultStore bucket, ReferencePictures pictures, boolean once) {
        this.bucket = bucket;
        this.pictures = pictures;
        this.once = once;
    }

    /** Of a run whose workers have ended. */
    static ChaosVerdict of(ChaosStack stack, String delivery, List<SentRecord> sent) throws Exception {
        List<TopicReader.Read> events;
        List<TopicReader.Read> letters;
        try (TopicReader eventReader = new TopicReader(stack.bootstrapServers(), "darkroom.events");
                TopicReader letterReader = new TopicReader(stack.bootstrapServers(), "dlq.darkroom.jobs")) {
            events = eventReader.rest(LIMIT);
            letters = letterReader.rest(LIMIT);
        }
        ChaosModel model = new ChaosModel(ChaosModel.STEADY, Path.of(""), Duration.ZERO);
        try (S3ResultStore bucket = stack.bucket();
                ReferencePictures steady = new ReferencePictures(model, PREFIX)) {
            ChaosVerdict verdict = new ChaosVerdict(bucket, steady, delivery.equals("classic"));
            verdict.checkEvents(events, sent);
            LetterCheck check = new LetterCheck(sent, verdict.once);
            verdict.problems.addAll(check.problems(letters));
            verdict.counts.put("dead letters", letters.size());
            return verdict;
        }
    }

    List<String> problems() {
        return List.copyOf(problems);
    }

    /** What there was, for people. */
    String counts() {
        return counts.entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(Collectors.joining(", "));
    }

    private void count(String what, int number) {
        counts.merge(what, number, Integer::sum);
    }

    private void checkEvents(List<TopicReader.Read> events, List<SentRecord> sent) throws Exception {
        Map<String, List<TopicReader.Read>> byJob = new HashMap<>();
        events.forEach(event ->
                byJob.computeIfAbsent(event.key(), key -> new ArrayList<>()).add(event));
        Map<String, List<SentRecord>> records = new LinkedHashMap<>();
        sent.forEach(record -> records.computeIfAbsent(record.eventsId(), key -> new ArrayList<>())
                .add(record));
        for (Map.Entry<String, List<SentRecord>> entry : records.entrySet()) {
            String id = entry.getKey();
            try {
                check(id, entry.getValue(), byJob.getOrDefault(id, List.of()));
            } catch (AssertionError e) {
                problems.add(id + ": " + e.getMessage());
            }
        }
        byJob.keySet().stream()
                .filter(id -> !records.containsKey(id))
                .forEach(id -> problems.add(id + ": events of a job that nobody sent"));
    }

    private void check(String id, List<SentRecord> sent, List<TopicReader.Read> events) throws Exception {
        List<TopicReader.Read> terminal = events.stream()
                .filter(event -> TERMINAL.contains(event.header("ce_type")))
                .toList();
        List<TopicReader.Read> rejections = events.stream()
                .filter(event -> event.header("ce_type").equals(REJECTED))
                .toList();
        count("jobs begun again", Math.max(0, count(events, "started") - 1));
        count("events retrying", count(events, "retrying"));
        count("terminal events", terminal.size());
        ChaosJob job = sent.get(0).job();
        checkTold(job, sent.size(), terminal, rejections.size());
        JobEvent end = event(terminal.get(0));
        count("jobs " + end.type(), 1);
        checkEnd(job, end);
        checkRejections(job, end, rejections);
        if (job.kind() != ChaosJob.Kind.UNREADABLE) { // without an id nothing can be kept under it
            String outcome = text(bucket.find(ObjectKeys.outcome(PREFIX, id)));
            String expected = "{\"type\":\"" + end.type() + "\",\"data\":"
                    + terminal.get(0).value() + "}";
            require(outcome.equals(expected), "outcome.json is " + outcome + ", but told was " + expected);
        }
        if (end instanceof JobEvent.Completed completed) {
            checkPictures(job, completed, terminal.get(0).value());
        }
    }

    /** One end in effect, told at least once for each record; with transactions exactly once. */
    private void checkTold(ChaosJob job, int sent, List<TopicReader.Read> terminal, int rejections) {
        long different = terminal.stream()
                .map(event -> event.header("ce_id") + event.value())
                .distinct()
                .count();
        require(different == 1, "one terminal event, but there are " + terminal);
        boolean retried = job.kind() == ChaosJob.Kind.SHAKY || job.kind() == ChaosJob.Kind.BROKEN;
        int told = terminal.size() + rejections;
        count("ends told again", told - sent);
        require(
                retried || (once ? told == sent : told >= sent),
                sent + " records, whose ends are told " + told + " times");
    }

    private static void checkEnd(ChaosJob job, JobEvent end) {
        boolean expected = switch (job.kind()) {
            case PLAIN, REPEATED, RIVALS, SHAKY -> end instanceof JobEvent.Completed;
            case CANCELLED -> end instanceof JobEvent.Cancelled;
            case CANCELLED_MIDWAY -> end instanceof JobEvent.Completed || end instanceof JobEvent.Cancelled;
            case LATE -> end instanceof JobEvent.Expired;
            case INVALID, UNREADABLE -> failed(end, FailureCode.INVALID_JOB, 1);
            case INVALID_RIVAL -> end instanceof JobEvent.Completed || failed(end, FailureCode.INVALID_JOB, 1);
            case UNKNOWN_MODEL -> failed(end, FailureCode.UNKNOWN_MODEL, 1);
            case BROKEN -> failed(end, FailureCode.INFERENCE_FAILED, ATTEMPTS);
        };
        require(expected, "a job " + job.kind() + " ended with " + end);
    }

    private static boolean failed(JobEvent end, FailureCode code, int attempt) {
        return end instanceof JobEvent.Failed failed && failed.code() == code && failed.attempt() == attempt;
    }

    /** Of two jobs the one that did not win is rejected, by its own hash; all others never. */
    private void checkRejections(ChaosJob job, JobEvent end, List<TopicReader.Read> rejections) throws Exception {
        Set<String> hashes = rejections.stream()
                .map(rejection -> ((JobEvent.Rejected) event(rejection)).jobHash())
                .collect(Collectors.toSet());
        if (!job.hasRival()) {
            require(hashes.isEmpty(), "rejected without a rival");
            return;
        }
        String winner = winner(job, end);
        String loser = job.contents().get(job.contents().indexOf(winner) == 0 ? 1 : 0);
        require(
                hashes.equals(Set.of(ReferencePictures.contentHash(loser))),
                "of two jobs not the loser was rejected, but " + hashes);
        require(
                LetterCheck.isInvalid(loser)
                        || bucket.find(pictures.of(loser).keys().manifest()).isEmpty(),
                "the rejected job was done too");
    }

    private String winner(ChaosJob job, JobEvent end) throws Exception {
        for (String content : job.contents()) {
            boolean invalid = LetterCheck.isInvalid(content);
            if (end instanceof JobEvent.Completed completed && !invalid) {
                String manifest = pictures.of(content).keys().manifest();
                if (completed.images().get(0).key().startsWith(manifest.substring(0, manifest.lastIndexOf('/')))) {
                    return content;
                }
            } else if (end instanceof JobEvent.Failed && invalid) {
                return content;
            }
        }
        throw new AssertionError("none of the jobs under the id ended, but " + end);
    }

    private void checkPictures(ChaosJob job, JobEvent.Completed completed, String told) throws Exception {
        String content =
                job.hasRival() ? winner(job, completed) : job.contents().get(0);
        String asSteady = content.replace("\"model\":\"" + ChaosModel.SHAKY, "\"model\":\"" + ChaosModel.STEADY);
        boolean comparable = asSteady.equals(content); // the model's name is in the keys and in the picture
        Reference reference = pictures.of(asSteady);
        require(
                completed.images().size() == reference.pictures().size(),
                "has " + completed.images().size() + " pictures");
        for (int k = 0; k < completed.images().size(); k++) {
            StoredImage image = completed.images().get(k);
            byte[] stored = bucket.find(image.key()).orElse(new byte[0]);
            count("pictures", 1);
            require(
                    SentRecord.sha256(stored).equals(image.sha256()) && stored.length == image.bytes(),
                    "picture " + image.key() + " is not what the event says: " + stored.length + " bytes");
            if (comparable) {
                require(
                        image.key().equals(reference.keys().image(k, "png"))
                                && Arrays.equals(stored, reference.pictures().get(k)),
                        "picture " + image.key() + " is another one");
            }
        }
        String first = completed.images().get(0).key();
        String manifest = text(bucket.find(first.substring(0, first.lastIndexOf('/') + 1) + "result.json"));
        require(manifest.equals(told), "the manifest is " + manifest + ", but told was " + told);
    }

    private static int count(List<TopicReader.Read> events, String what) {
        return (int) events.stream()
                .filter(event -> event.header("ce_type").equals(type(what)))
                .count();
    }

    private static String text(Optional<byte[]> object) throws StorageException {
        return object.map(bytes -> new String(bytes, StandardCharsets.UTF_8)).orElse("absent");
    }

    private static JobEvent event(TopicReader.Read record) {
        try {
            return EventCodec.decode(record.header("ce_type"), record.value().getBytes(StandardCharsets.UTF_8));
        } catch (InvalidEventException e) {
            throw new AssertionError("not an event: " + record, e);
        }
    }

    private static void require(boolean holds, String problem) {
        if (!holds) {
            throw new AssertionError(problem);
        }
    }

    private static String type(String what) {
        return "dev.darkroom.job." + what + ".v1";
    }
}
