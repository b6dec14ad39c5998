/** Publishing events. */
@NullMarked
package dev.darkroom.worker.events;

import org.jspecify.annotations.NullMarked;
