/** Models whose calls are measured. */
@NullMarked
package dev.darkroom.worker.metering;

import org.jspecify.annotations.NullMarked;
