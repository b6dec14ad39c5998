/** A generation job and its parts: immutable, valid by construction. */
@NullMarked
package dev.darkroom.job;

import org.jspecify.annotations.NullMarked;
