/** Normal noise, equal to the reference implementations' bit for bit. */
@NullMarked
package dev.darkroom.worker.diffusion.noise;

import org.jspecify.annotations.NullMarked;
