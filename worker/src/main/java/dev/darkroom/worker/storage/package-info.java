/** Results in a bucket. */
@NullMarked
package dev.darkroom.worker.storage;

import org.jspecify.annotations.NullMarked;
