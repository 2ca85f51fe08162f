package io.sentencestreams.app.window;

/**
 * A pair that was found, on its way to its group; without vectors.
 *
 * @param a the earlier one
 * @param b the later one
 * @param similarity cosine
 * @param twice whether the partitions of both may have found it
 * @param often whether it may be found any number of times: under two versions of a model
 * @param clock {@link SourceClocks#now} of the partition that found it
 */
record PairMessage(
    WindowItem a, WindowItem b, float similarity, boolean twice, boolean often, long clock) {

  /**
   * A pair in its order: by time, then by coordinates.
   *
   * @param both whether one of them was searched for with vectors of two versions
   */
  static PairMessage of(
      WindowItem one, WindowItem other, float similarity, boolean twice, boolean both, long clock) {
    boolean often = both || one.mayMeetAgain(other);
    return one.precedes(other)
        ? new PairMessage(one, other, similarity, twice, often, clock)
        : new PairMessage(other, one, similarity, twice, often, clock);
  }

  byte[] encode() {
    return WindowCodec.encode(
        0,
        encoder -> {
          WindowCodec.writeItem(a, encoder);
          WindowCodec.writeItem(b, encoder);
          encoder.writeFloat(similarity);
          encoder.writeBoolean(twice);
          encoder.writeBoolean(often);
          encoder.writeLong(clock);
        });
  }

  static PairMessage decode(byte[] bytes) {
    return WindowCodec.decode(
        "A record of the topic of pairs",
        bytes,
        decoder ->
            new PairMessage(
                WindowCodec.readItem(decoder),
                WindowCodec.readItem(decoder),
                decoder.readFloat(),
                decoder.readBoolean(),
                decoder.readBoolean(),
                decoder.readLong()));
  }
}
