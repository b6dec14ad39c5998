package dev.darkroom.worker.events;

import dev.darkroom.json.EventCodec;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

class RecordingEventPublisherTest extends EventPublisherContract {
    private final RecordingEventPublisher publisher = new RecordingEventPublisher(NOW);

    @Override
    EventPublisher newPublisher() {
        return publisher;
    }

    @Override
    List<Published> published(int count) {
        return publisher.recorded().stream()
                .map(RecordingEventPublisherTest::asSeenByAConsumer)
                .toList();
    }

    private static Published asSeenByAConsumer(RecordingEventPublisher.Recorded recorded) {
        Map<String, String> headers =
                new LinkedHashMap<>(EventCodec.headers(recorded.event(), SOURCE, recorded.time()));
        recorded.context().traceparent().ifPresent(value -> {
            headers.put("traceparent", value);
            headers.put("ce_traceparent", value);
        });
        recorded.context().tracestate().ifPresent(value -> headers.put("tracestate", value));
        return new Published(
                recorded.event().jobId(),
                headers,
                new String(EventCodec.encode(recorded.event()), StandardCharsets.UTF_8));
    }
}
