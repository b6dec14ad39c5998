/** Pictures and their encodings. */
@NullMarked
package dev.darkroom.worker.image;

import org.jspecify.annotations.NullMarked;
