package dev.darkroom.worker.config;

import java.util.LinkedHashMap;
import java.util.Map;

/** Every setting with a value that is not its default. */
final class EverySetting {
    private EverySetting() {}

    static Map<String, String> values() {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("worker-id", "gpu-7");
        values.put("kafka.bootstrap-servers", "a:1,b:2");
        values.put("kafka.group", "g");
        values.put("kafka.topics.jobs", "j");
        values.put("kafka.topics.jobs-high", "jh");
        values.put("kafka.topics.jobs-low", "jl");
        values.put("kafka.topics.events", "e");
        values.put("kafka.topics.retry", "r");
        values.put("kafka.topics.control", "c");
        values.put("kafka.topics.dead-letters", "dlq.j");
        values.put("kafka.topics.partitions", "8");
        values.put("kafka.topics.replication", "3");
        values.put("s3.endpoint", "https://s3.example:8333");
        values.put("s3.region", "eu-central-1");
        values.put("s3.bucket", "pix");
        values.put("s3.prefix", "a/b");
        values.put("s3.input-prefix", "c/d");
        values.put("s3.path-style", "false");
        values.put("s3.access-key", "AKIAEXAMPLE");
        values.put("s3.secret-key", "s3cr3t-value");
        values.put("s3.ca-file", "/tls/ca.crt");
        values.put("models", "/models");
        values.put("model-cache.folder", "/cache");
        values.put("model-cache.size", "2GiB");
        values.put("default-model", "shapes");
        values.put("device", "cpu");
        values.put("threads", "3");
        values.put("memory-mode", "high");
        values.put("determinism", "fast");
        values.put("model-memory", "12GB");
        values.put("delivery", "share");
        values.put("share.lock-duration", "20s");
        values.put("share.delivery-limit", "7");
        values.put("slots", "3");
        values.put("lanes.high", "10");
        values.put("lanes.normal", "0");
        values.put("lanes.low", "2");
        values.put("retry.attempts", "2");
        values.put("stall-timeout", "3m");
        values.put("drain-timeout", "PT5M");
        values.put("checkpoint-on-drain", "true");
        values.put("admin.host", "0.0.0.0");
        values.put("admin.port", "0");
        values.put("admin.names", "a.example,b");
        values.put("admin.token", "0123456789abcdef");
        values.put("admin.pictures", "12");
        values.put("log.format", "json");
        values.put("lag.target-wait.high", "5s");
        values.put("lag.target-wait.normal", "6s");
        values.put("lag.target-wait.low", "7s");
        values.put("lag.replicas.min", "1");
        values.put("lag.replicas.max", "20");
        values.put("lag.step-time", "30ms");
        return values;
    }
}
