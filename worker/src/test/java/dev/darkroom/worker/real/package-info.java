/** Servers that are processes of their own, started by {@code deploy/real/servers.sh}; see the guide in {@code deploy}. */
@NullMarked
package dev.darkroom.worker.real;

import org.jspecify.annotations.NullMarked;
