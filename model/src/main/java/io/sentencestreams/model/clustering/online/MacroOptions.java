package io.sentencestreams.model.clustering.online;

/**
 * How the macro step works.
 *
 * @param halfLife of weights, as the micro-clusters have it
 * @param evidence faded weight, in records, from which a group of micro-clusters is a cluster; it
 *     fades at half of that
 * @param representatives most records kept as typical of a cluster
 * @param terms most terms told of a cluster
 */
public record MacroOptions(long halfLife, double evidence, int representatives, int terms) {
  /** For {@link MicroClusterOptions#DEFAULT}. */
  public static final MacroOptions DEFAULT =
      new MacroOptions(MicroClusterOptions.DEFAULT.halfLife(), 3, 5, 8);

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public MacroOptions {
    if (halfLife < 1 || !(evidence > 0) || representatives < 1 || terms < 0) {
      throw new IllegalArgumentException(
          "out of range: halfLife %d, evidence %s, representatives %d or terms %d"
              .formatted(halfLife, evidence, representatives, terms));
    }
  }

  /** The same with another half-life. */
  public MacroOptions withHalfLife(long value) {
    return new MacroOptions(value, evidence, representatives, terms);
  }

  /** The same with another weight as evidence. */
  public MacroOptions withEvidence(double value) {
    return new MacroOptions(halfLife, value, representatives, terms);
  }
}
