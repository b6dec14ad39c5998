package dev.darkroom.json;

import com.fasterxml.jackson.core.JsonToken;
import dev.darkroom.job.JobRules;
import dev.darkroom.job.LoraUse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads a job's {@code loras} for its {@link JobReader}. Used once. */
final class LoraListReader {
    private final JobReader reader;
    private final Map<String, JobReader.Field> fields = Map.of(
            "id",
            JobReader.text(JobRules::model, (job, name) -> id = Optional.of(name)),
            "scale",
            JobReader.fraction(JobRules.LORA_SCALE, (job, number) -> scale = number));
    private final List<LoraUse> loras = new ArrayList<>();
    private Optional<String> id = Optional.empty(); // this and the scale: of the one that is read
    private double scale = 1;

    LoraListReader(JobReader reader) {
        this.reader = reader;
    }

    /** Reads the array that the parser stands on. */
    void read(String path) throws IOException {
        if (reader.parser.currentToken() != JsonToken.START_ARRAY) {
            reader.wrongKind(path, "an array");
            return;
        }
        int before = reader.violations.size();
        for (int i = 0; reader.parser.nextToken() != JsonToken.END_ARRAY; i++) {
            readOne(path + "/" + i);
        }
        if (reader.violations.size() > before) {
            return;
        }
        JobRules.loras(loras)
                .ifPresentOrElse(rule -> reader.broken(path, rule), () -> reader.settings.add(job -> job.loras(loras)));
    }

    private void readOne(String path) throws IOException {
        if (reader.parser.currentToken() != JsonToken.START_OBJECT) {
            reader.wrongKind(path, "an object");
            return;
        }
        id = Optional.empty();
        scale = 1;
        reader.readObject(path + "/", fields, List.of("id"));
        id.ifPresent(name -> loras.add(new LoraUse(name, scale)));
    }
}
