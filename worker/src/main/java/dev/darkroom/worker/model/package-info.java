/** Models as interfaces over tensors; no schedulers in sight. */
@NullMarked
package dev.darkroom.worker.model;

import org.jspecify.annotations.NullMarked;
