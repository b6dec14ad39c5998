package dev.darkroom.worker.lag;

import java.util.OptionalLong;
import java.util.function.LongPredicate;

/**
 * What Kafka says of one partition: which records are not settled.
 *
 * @param start the first record that may be unsettled
 * @param position up to where records were read
 * @param end behind the last record
 * @param lag how many are unsettled; empty where all are from the start on
 * @param open whether the record at an offset may be unsettled
 */
record Unsettled(long start, long position, long end, OptionalLong lag, LongPredicate open) {}
