/** What a checkpoint is: its components, their configuration and tensors. */
@NullMarked
package dev.darkroom.worker.model.checkpoint;

import org.jspecify.annotations.NullMarked;
