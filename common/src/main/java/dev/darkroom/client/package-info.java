/** Submitting jobs and following their events from Java. */
@NullMarked
package dev.darkroom.client;

import org.jspecify.annotations.NullMarked;
