/** Jobs and events as JSON, and the schemas that describe them. */
@NullMarked
package dev.darkroom.json;

import org.jspecify.annotations.NullMarked;
