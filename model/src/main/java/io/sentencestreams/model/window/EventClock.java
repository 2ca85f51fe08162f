package io.sentencestreams.model.window;

import java.util.Arrays;

/**
 * How far event time has come in a stream whose records may lie about theirs: the lower median of
 * the last {@value #SIZE} times, so that it takes {@value #MAJORITY} records to move it and what
 * few say is forgotten again. It never goes back once {@value #MAJORITY} records have come; before
 * that it may, for the very first record may be the one that lies. Not thread-safe.
 */
public final class EventClock {
  /** How many times are remembered. */
  public static final int SIZE = 31;

  /** How many of them have their way. */
  public static final int MAJORITY = SIZE / 2 + 1;

  /** The time while too few records have come. */
  public static final long UNKNOWN = Long.MIN_VALUE;

  private final int least;
  private final long[] recent = new long[SIZE];
  private long seen;
  private long now = UNKNOWN;

  /**
   * A clock that has seen nothing.
   *
   * @param least records before which it tells no time, 1 to {@value #SIZE}
   */
  public EventClock(int least) {
    if (least < 1 || least > SIZE) {
      throw new IllegalArgumentException(
          "least must be from 1 to %d, not %d".formatted(SIZE, least));
    }
    this.least = least;
  }

  /** Takes note of a record's time. */
  public void observe(long time) {
    recent[(int) (seen++ % SIZE)] = time;
    if (seen >= least) {
      int size = (int) Math.min(seen, SIZE);
      long[] sorted = Arrays.copyOf(recent, size);
      Arrays.sort(sorted);
      // The lower one: of two records, the one from the future does not decide.
      long median = sorted[(size - 1) / 2];
      now = seen < MAJORITY ? median : Math.max(now, median);
    }
  }

  /** The time now, or {@link #UNKNOWN}. */
  public long now() {
    return now;
  }

  /** All that it remembers, for {@link #restore}. */
  public long[] state() {
    long[] state = new long[2 + SIZE];
    state[0] = seen;
    state[1] = now;
    System.arraycopy(recent, 0, state, 2, SIZE);
    return state;
  }

  /**
   * Goes on where another has been.
   *
   * @param state as {@link #state} gave it
   * @throws IllegalArgumentException if it is of another length
   */
  public void restore(long[] state) {
    if (state.length != 2 + SIZE) {
      throw new IllegalArgumentException(
          "a clock has %d numbers, not %d".formatted(2 + SIZE, state.length));
    }
    seen = state[0];
    now = state[1];
    System.arraycopy(state, 2, recent, 0, SIZE);
  }
}
