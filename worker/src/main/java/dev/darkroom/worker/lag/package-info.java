/** How much work waits in a queue, in seconds of a worker, and how many workers it takes. */
@NullMarked
package dev.darkroom.worker.lag;

import org.jspecify.annotations.NullMarked;
