package dev.darkroom.worker.ops;

import dev.darkroom.job.Violation;
import java.util.List;

/**
 * What came of an action.
 *
 * @param status of the answer
 * @param problems field by field
 */
record Notice(int status, String message, List<Violation> problems) {
    /** Nothing was asked for. */
    static final Notice NONE = new Notice(AdminReply.OK, "", List.of());

    Notice {
        problems = List.copyOf(problems);
    }

    Notice(int status, String message) {
        this(status, message, List.of());
    }
}
