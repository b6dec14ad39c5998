package dev.darkroom.worker.tracing;

import io.opentelemetry.api.common.AttributeKey;

/**
 * What spans say beside their names. No prompt is among it, no tenant, and no text of a sender's but the job's id.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/messaging/">the names that begin with messaging</a>
 */
final class Attribute {
    static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("messaging.system");
    static final AttributeKey<String> OPERATION = AttributeKey.stringKey("messaging.operation.type");
    static final AttributeKey<String> TOPIC = AttributeKey.stringKey("messaging.destination.name");
    static final AttributeKey<String> PARTITION = AttributeKey.stringKey("messaging.destination.partition.id");
    static final AttributeKey<Long> OFFSET = AttributeKey.longKey("messaging.kafka.offset");
    static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");
    static final AttributeKey<String> JOB = AttributeKey.stringKey("darkroom.job.id");
    static final AttributeKey<String> LANE = AttributeKey.stringKey("darkroom.lane");
    static final AttributeKey<Long> ATTEMPT = AttributeKey.longKey("darkroom.attempt");
    static final AttributeKey<Long> DELIVERY = AttributeKey.longKey("darkroom.delivery");
    static final AttributeKey<String> MODEL = AttributeKey.stringKey("darkroom.model");
    static final AttributeKey<String> SCHEDULER = AttributeKey.stringKey("darkroom.scheduler");
    static final AttributeKey<Long> STEPS = AttributeKey.longKey("darkroom.steps");
    static final AttributeKey<Long> STEP = AttributeKey.longKey("darkroom.step");
    static final AttributeKey<Long> WIDTH = AttributeKey.longKey("darkroom.width");
    static final AttributeKey<Long> HEIGHT = AttributeKey.longKey("darkroom.height");
    static final AttributeKey<Long> PICTURES = AttributeKey.longKey("darkroom.pictures");
    static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("darkroom.outcome");
    static final AttributeKey<String> DEAD_LETTER = AttributeKey.stringKey("darkroom.dead_letter");

    private Attribute() {}
}
