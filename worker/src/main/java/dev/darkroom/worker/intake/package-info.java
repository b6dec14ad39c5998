/** Taking jobs from Kafka and settling them. */
@NullMarked
package dev.darkroom.worker.intake;

import org.jspecify.annotations.NullMarked;
