package io.sentencestreams.app.window;

import org.apache.kafka.streams.state.KeyValueStore;

/**
 * How many pairs a partition of the window may report: so many a second, and those of a while in
 * which there were fewer. What all partitions find goes through one task, the groups', and where
 * all texts are equal each is in as many pairs as are allowed: that task would fall behind without
 * end. Beyond the budget a text is reported in one pair, which is what its group needs.
 *
 * <p>Time is when records were sent, as in {@link SourceClocks}, so that a replay comes to the
 * same.
 */
final class PairBudget {
  /** So many seconds' pairs may come at once. */
  private static final int BURST_SECONDS = 10;

  private static final String KEY = "pair-budget";
  private static final long MILLIS = 1000;

  private final KeyValueStore<String, byte[]> store;
  private final long perSecond;

  /** Thousandths of pairs. */
  private long left;

  private long lastSent = Long.MIN_VALUE;

  /** Goes on where the store says. */
  PairBudget(KeyValueStore<String, byte[]> store, long perSecond) {
    this.store = store;
    this.perSecond = perSecond;
    this.left = most();
    byte[] stored = store.get(KEY);
    if (stored != null) {
      long[] read =
          WindowCodec.decode(
              "The budget of pairs",
              stored,
              decoder -> new long[] {decoder.readLong(), decoder.readLong()});
      left = Math.min(read[0], most());
      lastSent = read[1];
    }
  }

  private long most() {
    return perSecond * BURST_SECONDS * MILLIS;
  }

  /**
   * How many of a text's pairs are to be reported.
   *
   * @param pairs found, the most similar of which are reported
   * @param sent when the text's record was sent
   */
  int take(int pairs, long sent) {
    if (lastSent == Long.MIN_VALUE || sent < lastSent - BURST_SECONDS * MILLIS) {
      lastSent = sent; // some machine's clock was ahead and has been set
    } else if (sent > lastSent) {
      long millis = Math.min(sent - lastSent, BURST_SECONDS * MILLIS);
      left = Math.min(most(), left + millis * perSecond);
      lastSent = sent;
    }
    int allowed = (int) Math.max(Math.min(pairs, 1), Math.min(pairs, left / MILLIS));
    left = Math.max(0, left - allowed * MILLIS);
    return allowed;
  }

  /** Writes to the store what is left. */
  void save() {
    store.put(
        KEY,
        WindowCodec.encode(
            0,
            encoder -> {
              encoder.writeLong(left);
              encoder.writeLong(lastSent);
            }));
  }
}
