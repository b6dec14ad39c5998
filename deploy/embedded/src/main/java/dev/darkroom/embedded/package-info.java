/**
 * A real Kafka broker and a real S3 server inside one JVM: what the tests and the quickstart run against, and what
 * any client can be pointed at. Not for production.
 */
@NullMarked
package dev.darkroom.embedded;

import org.jspecify.annotations.NullMarked;
