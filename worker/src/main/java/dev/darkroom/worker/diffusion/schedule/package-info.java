/** Schedulers: one algorithm, one file. */
@NullMarked
package dev.darkroom.worker.diffusion.schedule;

import org.jspecify.annotations.NullMarked;
