/**
 * Queries of the window across all instances: {@link io.sentencestreams.app.query.WindowQueries}
 * for Java, {@link io.sentencestreams.app.query.QueryApi} over HTTP.
 *
 * <pre>
 * caller ─▶ WindowQueries ─▶ FanOut ─┬─▶ partitions of this instance (WindowReader)
 *                                    └─▶ PeerClient ─▶ PeerApi of the others ─▶ WindowReader
 * </pre>
 *
 * <p>A question goes to the active owner of each partition that can know the answer. What an
 * instance is asked by another it answers from its own partitions only, so no question goes round
 * in circles. A further kind of question is an {@link io.sentencestreams.app.query.Operation}: what
 * a partition is asked, what it answers, and which store it reads.
 */
package io.sentencestreams.app.query;
