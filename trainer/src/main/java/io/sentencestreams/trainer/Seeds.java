package io.sentencestreams.trainer;

/** Seeds made of seeds, so that what is random needs no state to go on. */
final class Seeds {
  private Seeds() {}

  /** A seed, not negative, for each pair of numbers (the finalizer of SplitMix64). */
  static long mix(long a, long b) {
    long z = a * 0x9e3779b97f4a7c15L + b + 0x632be59bd9b4e019L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return (z ^ (z >>> 31)) >>> 1;
  }
}
