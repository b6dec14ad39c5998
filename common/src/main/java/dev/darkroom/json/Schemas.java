package dev.darkroom.json;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The documents that describe jobs, events and cancel requests to everyone who is not Java. */
public final class Schemas {
    /** The {@code $id} of the schema of jobs. */
    public static final String JOB_ID = "urn:darkroom:schema:job:v1";

    /** The {@code $id} of the schema of events; {@code #/$defs/<what>} is the one of each kind. */
    public static final String EVENT_ID = "urn:darkroom:schema:event:v1";

    /** The {@code $id} of the schema of cancel requests. */
    public static final String CONTROL_ID = "urn:darkroom:schema:control:v1";

    private Schemas() {}

    /** JSON Schema 2020-12 of a job. */
    public static String job() {
        return text("job.v1.json");
    }

    /** JSON Schema 2020-12 of the data of events. */
    public static String event() {
        return text("event.v1.json");
    }

    /** JSON Schema 2020-12 of a record of the control topic. */
    public static String control() {
        return text("control.v1.json");
    }

    /** AsyncAPI 3 document: topics, who writes and reads them, messages and their headers. */
    public static String asyncApi() {
        return text("asyncapi.yaml");
    }

    private static String text(String name) {
        String path = "/dev/darkroom/schema/" + name;
        try (InputStream in = Schemas.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException("The jar lacks " + path);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("The jar's " + path + " cannot be read", e);
        }
    }
}
