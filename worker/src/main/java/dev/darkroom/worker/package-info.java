/** The worker: its commands and its wiring. */
@NullMarked
package dev.darkroom.worker;

import org.jspecify.annotations.NullMarked;
