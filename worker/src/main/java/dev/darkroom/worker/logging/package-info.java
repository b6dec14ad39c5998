/** How the log is written. The only package that imports its backend. */
@NullMarked
package dev.darkroom.worker.logging;

import org.jspecify.annotations.NullMarked;
