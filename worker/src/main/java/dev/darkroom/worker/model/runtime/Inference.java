package dev.darkroom.worker.model.runtime;

import ai.djl.engine.Engine;
import ai.onnxruntime.OrtEnvironment;

/** The inference engine of this process. The first use loads its native library. */
final class Inference {
    static final String ENGINE = "OnnxRuntime";

    private static final OrtEnvironment ENVIRONMENT = start();

    private Inference() {}

    static OrtEnvironment environment() {
        return ENVIRONMENT;
    }

    /** Neither may report to anyone, and DJL must not look for models or other engines. */
    private static OrtEnvironment start() {
        NoTelemetry.arrange();
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("ai.djl.onnx.disable_alternative", "true");
        Engine.getEngine(ENGINE);
        return OrtEnvironment.getEnvironment();
    }
}
