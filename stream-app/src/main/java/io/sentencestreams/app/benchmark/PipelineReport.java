package io.sentencestreams.app.benchmark;

import java.util.Map;

/**
 * What the pipeline does; a part that was not measured is null.
 *
 * @param texts what was fed
 * @param cores of the machine, which broker, pipeline and feed share
 * @param rates beside the bare encoder
 * @param latency from topic to topic
 * @param ceiling with an encoder that only looks vectors up
 */
public record PipelineReport(
    String texts, int cores, Rates rates, Latencies latency, Ceiling ceiling) {
  /**
   * The pipeline beside the encoder alone; medians over the rounds.
   *
   * @param encoder model and version
   * @param textsInATurn texts that each contender encodes in a turn
   * @param bare the encoder alone, called with the list of all texts
   * @param one topic to topic, one partition
   * @param many topic to topic, 12 partitions
   * @param manyToOne rate with 12 partitions over that with one
   */
  public record Rates(
      String encoder,
      long textsInATurn,
      Contender bare,
      Contender one,
      Contender many,
      double manyToOne) {}

  /**
   * One way to encode the texts.
   *
   * @param textsPerSecond the rate
   * @param ofBare the rate over that of the encoder alone
   * @param cpuMicros processor time a text in microseconds, the broker's included
   * @param ofBareByCpu the ratio that the processor times alone would give; other programs on the
   *     machine disturb it less
   * @param ofBareWithoutBroker the same, the broker's processor time left out
   * @param parts the processor time a text by part of the machine
   * @param changelogBytes bytes a text that the changelog of the records in flight took
   */
  public record Contender(
      double textsPerSecond,
      double ofBare,
      double cpuMicros,
      double ofBareByCpu,
      double ofBareWithoutBroker,
      Map<String, Double> parts,
      double changelogBytes) {}

  /**
   * Milliseconds from the sending of a text to a read-committed consumer's having its embedding.
   *
   * @param perSecond texts a second of the first: half of what the pipeline can do
   */
  public record Latencies(
      double perSecond, LatencyProbe.Latency atHalfRate, LatencyProbe.Latency idle) {}

  /**
   * Records a second with nothing to encode, and who used the processor.
   *
   * @param records in a turn
   * @param one with one partition
   * @param many with 12 partitions
   * @param manyToOne ratio, median over the rounds
   * @param microseconds of processor time a record, by part of the machine
   * @param streamThread shares of the stream thread's time, by what it did
   * @param outputBytes bytes of an embedding, mean
   * @param changelogBytes bytes a record that the changelog of the records in flight took
   * @param changelogRecords that lie on the changelog after a turn
   * @param startSeconds from the start to running, with an empty changelog
   * @param restoreSeconds the same after a turn, with no local state
   */
  public record Ceiling(
      long records,
      double one,
      double many,
      double manyToOne,
      Map<String, Double> microseconds,
      Map<String, Double> streamThread,
      double outputBytes,
      double changelogBytes,
      long changelogRecords,
      double startSeconds,
      double restoreSeconds) {}
}
