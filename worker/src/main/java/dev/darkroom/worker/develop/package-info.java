/** The darkroom itself: from a request to a developed picture. */
@NullMarked
package dev.darkroom.worker.develop;

import org.jspecify.annotations.NullMarked;
