/** Whom TLS connections trust, and what is wrong with those that fail. */
@NullMarked
package dev.darkroom.worker.tls;

import org.jspecify.annotations.NullMarked;
