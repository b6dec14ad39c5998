/** Spans of jobs, for OpenTelemetry. The only package that imports it. */
@NullMarked
package dev.darkroom.worker.tracing;

import org.jspecify.annotations.NullMarked;
