/** Thousands of jobs on worker processes that are killed, stopped and cut off; {@link dev.darkroom.worker.chaos.ChaosIT}. */
package dev.darkroom.worker.chaos;
