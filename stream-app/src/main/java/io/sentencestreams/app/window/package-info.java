/**
 * The window of the stream: near-duplicates among the texts of a span of event time.
 *
 * <pre>
 * embed ─▶ window-repartition ─▶ window ─▶ pairs-repartition ─▶ groups ─▶ duplicates
 *                  ▲                │
 *                  └──── probes ────┘
 * </pre>
 *
 * <p>A text goes to the partition that its content has its home in. There it is compared with what
 * lies there, stored, and only then sent on as a probe to the other partitions that its
 * near-duplicates may lie in. Of two texts with different homes at least one is therefore stored
 * before the other's probe arrives, whatever the order: were both probes too early, each text would
 * have been stored before the other. Both may find the pair, so the next step drops the second.
 */
package io.sentencestreams.app.window;
