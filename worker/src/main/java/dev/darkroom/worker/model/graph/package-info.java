/** ONNX graphs of the text encoder, UNet and VAE, built from a checkpoint. */
@NullMarked
package dev.darkroom.worker.model.graph;

import org.jspecify.annotations.NullMarked;
