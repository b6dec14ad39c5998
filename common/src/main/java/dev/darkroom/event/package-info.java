/** What a worker says about a job. */
@NullMarked
package dev.darkroom.event;

import org.jspecify.annotations.NullMarked;
