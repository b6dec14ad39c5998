package dev.darkroom.worker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.darkroom.worker.intake.JobRecord;
import dev.darkroom.worker.storage.InMemoryResultStore;
import dev.darkroom.worker.storage.ResultStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a worker of an earlier commit and its client wrote ({@code src/test/resources/earlier}, whose README says how it came
 * there).
 */
record EarlierBytes(Path folder) {
    private static final JsonMapper JSON = new JsonMapper();

    static EarlierBytes of(String commit) {
        return new EarlierBytes(Path.of("src/test/resources/earlier", commit));
    }

    /** The records of a topic, in their order. */
    List<JobRecord> records(String topic) throws IOException {
        List<JobRecord> records = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve(topic + ".jsonl"))) {
            JsonNode json = JSON.readTree(line);
            List<JobRecord.Header> headers = json.get("headers").properties().stream()
                    .map(header -> new JobRecord.Header(header.getKey(), bytes(header.getValue())))
                    .toList();
            records.add(new JobRecord(
                    topic,
                    0,
                    records.size(),
                    Optional.of(bytes(json.get("key"))),
                    bytes(json.get("value")),
                    headers,
                    Instant.EPOCH,
                    1));
        }
        return records;
    }

    /** The first of a topic with a job's key. */
    JobRecord record(String topic, String jobId) throws IOException {
        return records(topic).stream()
                .filter(record -> record.key()
                        .map(key -> new String(key, StandardCharsets.UTF_8).equals(jobId))
                        .orElse(false))
                .findFirst()
                .orElseThrow();
    }

    /** The headers of a record as text. */
    static Map<String, String> headers(JobRecord record) {
        return record.headers().stream()
                .collect(Collectors.toMap(
                        JobRecord.Header::name, header -> new String(header.value(), StandardCharsets.UTF_8)));
    }

    private static byte[] bytes(JsonNode text) {
        return text.asText().getBytes(StandardCharsets.UTF_8);
    }

    /** A bucket with its objects. */
    ResultStore bucket() throws Exception {
        ResultStore store = new InMemoryResultStore("darkroom");
        store.ensureBucket();
        Path root = folder.resolve("bucket");
        try (Stream<Path> all = Files.walk(root)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                String key = root.relativize(file).toString().replace('\\', '/');
                store.putIfAbsent(key, Files.readAllBytes(file), "application/octet-stream");
            }
        }
        return store;
    }
}
