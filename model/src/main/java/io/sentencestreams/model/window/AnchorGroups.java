package io.sentencestreams.model.window;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Anchors in groups of equal size, similar ones together: spherical k-means in which a group that
 * is full takes no more. Deterministic: products are of integers, sums in a fixed order.
 */
final class AnchorGroups {
  private static final int ITERATIONS = 12;

  private final short[][] anchors;
  private final int groups;
  private final int dimension;
  private final DotProducts products;
  private final Random random = new Random(1);

  private AnchorGroups(short[][] anchors, int groups) {
    this.anchors = anchors;
    this.groups = groups;
    this.dimension = anchors[0].length;
    this.products = new DotProducts(dimension);
  }

  /** For each anchor its group. */
  static int[] of(short[][] anchors, int groups) {
    return new AnchorGroups(anchors, groups).group();
  }

  private int[] group() {
    short[][] centres = farApart();
    int[] groupOf = assign(centres);
    for (int iteration = 1; iteration < ITERATIONS; iteration++) {
      int[] before = groupOf;
      centres = centres(groupOf, centres);
      groupOf = assign(centres);
      if (Arrays.equals(before, groupOf)) {
        break;
      }
    }
    return groupOf;
  }

  /** Anchors of which each is unlike those before it, among a few drawn at random. */
  private short[][] farApart() {
    short[][] centres = new short[groups][];
    centres[0] = anchors[0];
    for (int group = 1; group < groups; group++) {
      int least = Integer.MAX_VALUE;
      for (int draw = 0; draw < 8; draw++) {
        short[] drawn = anchors[random.nextInt(anchors.length)];
        int nearest = Integer.MIN_VALUE;
        for (int i = 0; i < group; i++) {
          nearest = Math.max(nearest, products.dot(drawn, centres[i], 0));
        }
        if (nearest < least) {
          least = nearest;
          centres[group] = drawn;
        }
      }
    }
    return centres;
  }

  /** Each anchor to its nearest centre with room, those that would lose most by another first. */
  private int[] assign(short[][] centres) {
    int[][] dots = new int[anchors.length][groups];
    long[] loss = new long[anchors.length];
    for (int i = 0; i < anchors.length; i++) {
      for (int group = 0; group < groups; group++) {
        dots[i][group] = products.dot(anchors[i], centres[group], 0);
      }
      int[] ascending = dots[i].clone();
      Arrays.sort(ascending);
      loss[i] = groups == 1 ? 0 : (long) ascending[groups - 1] - ascending[groups - 2];
    }
    int[] room = new int[groups];
    for (int group = 0; group < groups; group++) {
      room[group] = (anchors.length + groups - 1 - group) / groups;
    }
    int[] groupOf = new int[anchors.length];
    IntStream.range(0, anchors.length)
        .boxed()
        .sorted(Comparator.comparingLong(i -> -loss[i]))
        .forEach(
            i -> {
              int best = -1;
              for (int group = 0; group < groups; group++) {
                if (room[group] > 0 && (best < 0 || dots[i][group] > dots[i][best])) {
                  best = group;
                }
              }
              room[best]--;
              groupOf[i] = best;
            });
    return groupOf;
  }

  private short[][] centres(int[] groupOf, short[][] before) {
    float[][] sums = new float[groups][dimension];
    for (int i = 0; i < anchors.length; i++) {
      for (int d = 0; d < dimension; d++) {
        sums[groupOf[i]][d] += anchors[i][d];
      }
    }
    short[][] centres = new short[groups][];
    for (int group = 0; group < groups; group++) {
      centres[group] =
          FixedPointVector.isZero(sums[group]) ? before[group] : FixedPointVector.of(sums[group]);
    }
    return centres;
  }
}
