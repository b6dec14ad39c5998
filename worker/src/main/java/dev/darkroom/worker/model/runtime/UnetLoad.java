package dev.darkroom.worker.model.runtime;

import dev.darkroom.worker.model.Precision;
import dev.darkroom.worker.model.Unet;
import java.time.Duration;

/**
 * A UNet that was loaded alone, and what that took. Whoever asked for it closes the UNet.
 *
 * @param precision what it computes in
 * @param graph building the ONNX graph from configuration and header
 * @param session making it ready to run
 */
public record UnetLoad(Unet unet, Precision precision, Duration graph, Duration session) {}
