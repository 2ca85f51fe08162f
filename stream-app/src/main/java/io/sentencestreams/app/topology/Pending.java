package io.sentencestreams.app.topology;

import io.sentencestreams.app.batch.Ticket;
import org.apache.kafka.common.header.Headers;

/**
 * A record whose result is not forwarded yet.
 *
 * @param slot where the store holds it
 * @param bytes roughly what it occupies in memory
 * @param ticket null for what has its result already: a tombstone, or an invalid record
 * @param invalid why the record cannot be encoded, or null
 */
record Pending(
    int slot,
    int bytes,
    Coordinates source,
    byte[] key,
    Headers headers,
    long timestamp,
    TextRecord text,
    Ticket ticket,
    RuntimeException invalid,
    long arrivedNanos) {
  boolean isDone() {
    return ticket == null || ticket.outcome() != null;
  }
}
