/** What a whole worker does with a number of jobs: the load, and what is measured meanwhile. */
@NullMarked
package dev.darkroom.worker.bench;

import org.jspecify.annotations.NullMarked;
