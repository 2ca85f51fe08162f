/**
 * Online clusters: what is being talked about in the stream.
 *
 * <pre>
 *           ┌─▶ assignments
 * embed ─▶ micro-clusters ─▶ cluster-summaries-repartition ─▶ macro-clusters ─▶ clusters
 *               ▲                                                  │
 *               └────────── cluster-models-repartition ◀───────────┘
 * </pre>
 *
 * <p>Micro-clusters belong to the encoder's own tasks: a text reaches them in memory, without a
 * topic in between, and their number bounds what a text costs, wherever it comes from; unlike
 * near-duplicates they need no other partition's texts, because the macro step brings the summaries
 * of all partitions together.
 *
 * <p>The clusters that a macro step makes go back to each partition as records of an internal
 * topic. They are input of the task like any other: under exactly-once what a task has taken up is
 * part of its transaction, and a restored task goes on with the same clusters as the lost one. A
 * global table would be read beside the transaction, and could be behind after a failure.
 *
 * <p>When a macro step is due is told by the wall clock, so that a stream that is read again at a
 * thousand times its speed costs no more steps; how weights fade is told by event time alone. The
 * step itself takes seconds where there are thousands of micro-clusters, so a thread of its own
 * does it, and the stream thread takes up the result. Nothing is changed before that, so a step
 * that is lost with its process is done again.
 */
package io.sentencestreams.app.clusters;
