/** Health and metrics of a running worker. */
@NullMarked
package dev.darkroom.worker.ops;

import org.jspecify.annotations.NullMarked;
