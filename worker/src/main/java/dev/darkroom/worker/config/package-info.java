/** Immutable settings, read once from file, environment and options. */
@NullMarked
package dev.darkroom.worker.config;

import org.jspecify.annotations.NullMarked;
