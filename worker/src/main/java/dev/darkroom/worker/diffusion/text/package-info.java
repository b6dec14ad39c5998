/** CLIP tokens. */
@NullMarked
package dev.darkroom.worker.diffusion.text;

import org.jspecify.annotations.NullMarked;
