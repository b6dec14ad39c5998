/** Which models there are, and how they come onto this machine: catalogue, downloads, cache. */
@NullMarked
package dev.darkroom.worker.model.catalogue;

import org.jspecify.annotations.NullMarked;
