package dev.darkroom.worker.intake;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * What a member of the consumer group tells the group's leader whenever it joins.
 *
 * @param taking whether it takes further jobs
 * @param busy the partition that its running job is from
 */
record MemberState(boolean taking, Optional<TopicPartition> busy) {
    static final MemberState IDLE = new MemberState(true, Optional.empty());

    private static final Pattern TEXT = Pattern.compile("(taking|ending)(?: ([A-Za-z0-9._-]{1,249})-(\\d{1,9}))?");
    private static final int LONGEST = 300;

    ByteBuffer encode() {
        String text = (taking ? "taking" : "ending")
                + busy.map(partition -> " " + partition).orElse("");
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Whatever is not one of ours is a member that takes jobs and has none. */
    static MemberState decode(@Nullable ByteBuffer data) {
        if (data == null || data.remaining() > LONGEST) {
            return IDLE;
        }
        Matcher text = TEXT.matcher(StandardCharsets.UTF_8.decode(data.duplicate()));
        if (!text.matches()) {
            return IDLE;
        }
        Optional<TopicPartition> busy = Optional.ofNullable(text.group(2))
                .map(topic -> new TopicPartition(topic, Integer.parseInt(text.group(3))));
        return new MemberState(text.group(1).equals("taking"), busy);
    }
}
