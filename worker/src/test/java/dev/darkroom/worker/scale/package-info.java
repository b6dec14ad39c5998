/** Fleets of a size that no test machine has, simulated. */
@NullMarked
package dev.darkroom.worker.scale;

import org.jspecify.annotations.NullMarked;
