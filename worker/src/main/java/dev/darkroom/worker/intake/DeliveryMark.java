package dev.darkroom.worker.intake;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.jspecify.annotations.Nullable;

/**
 * How often a record of a consumer group was handed out. The group does not count that; it is kept in the metadata of the
 * group's committed offset, which stays at the record until its job is concluded.
 */
final class DeliveryMark {
    private static final Pattern TEXT = Pattern.compile("deliveries=(\\d{1,6})");

    private DeliveryMark() {}

    /** What to commit before the record at an offset is handed out. */
    static OffsetAndMetadata of(long offset, int deliveries) {
        return new OffsetAndMetadata(offset, "deliveries=" + deliveries);
    }

    /** How often the record at an offset was handed out before; 0 where the group has committed nothing about it. */
    static int read(@Nullable OffsetAndMetadata committed, long offset) {
        if (committed == null || committed.offset() != offset) {
            return 0;
        }
        Matcher text = TEXT.matcher(committed.metadata());
        return text.matches() ? Integer.parseInt(text.group(1)) : 0;
    }
}
