package io.sentencestreams.model.internal;

import io.sentencestreams.model.TokenizedText;
import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A batch laid out as the kernel reads it: sequences one after the other, sorted by length unless
 * they lie in blocks, with no padding between them.
 *
 * <p>Only attention sees sequences. Equally long ones form a group that is a view of the packed
 * rows. Different lengths share a group, padded for attention alone, where the arithmetic on the
 * padding costs less than one more call would. Or sequences lie in blocks, which form the groups,
 * with gaps that are sequences of no text.
 */
final class PackedBatch {
  /** Stands for no text. */
  static final int GAP = BlockPlan.GAP;

  private static final int FIELDS = 4;

  private final List<TokenizedText> texts;
  private final int[] order;
  private final int[] lengths;
  private final boolean shared;
  private final int tokens;
  private final long[] groups;
  private final int layoutSize;

  /**
   * Plans a batch.
   *
   * @param callCost what one more attention call costs, in entries of the attention matrix
   */
  PackedBatch(List<TokenizedText> texts, long callCost) {
    this(texts, sortedByLength(texts), callCost);
  }

  private PackedBatch(List<TokenizedText> texts, int[] order, long callCost) {
    this(texts, order, lengths(texts, order), false, group(lengths(texts, order), callCost));
  }

  private PackedBatch(
      List<TokenizedText> texts, int[] order, int[] lengths, boolean shared, long[] groups) {
    this.texts = texts;
    this.order = order;
    this.lengths = lengths;
    this.shared = shared;
    this.groups = groups;
    int sum = 0;
    for (int length : lengths) {
      sum = Math.addExact(sum, length);
    }
    this.tokens = sum;
    int size = Math.addExact(2 * tokens, lengths.length);
    for (int g = 0; g < groups.length; g += FIELDS) {
      long padded = groups[g] * groups[g + 1];
      if (padded != groups[g + 3]) {
        size = Math.toIntExact(size + padded + groups[g + 3]);
      }
    }
    this.layoutSize = size;
  }

  /**
   * Plans a batch in blocks, a group for each size of them, if that costs less. A text on its own
   * gets none: it is waited for, and a gap would be its only company.
   */
  static PackedBatch inBlocks(List<TokenizedText> texts) {
    int[] order = sortedByLength(texts);
    int[] lengths = lengths(texts, order);
    if (lengths.length < 2 || lengths[lengths.length - 1] > BlockPlan.LONGEST) {
      return new PackedBatch(texts, order, 0);
    }
    BlockPlan plan = BlockPlan.of(lengths);
    if (plan.cost() > BlockPlan.costApart(lengths)) {
      return new PackedBatch(texts, order, 0);
    }
    IntStream.Builder sequences = IntStream.builder();
    IntStream.Builder rows = IntStream.builder();
    List<BlockPlan.Block> blocks = plan.blocks();
    for (BlockPlan.Block block : blocks) {
      for (int sequence : block.sequences()) {
        sequences.add(order[sequence]);
        rows.add(lengths[sequence]);
      }
      if (block.gap() > 0) {
        sequences.add(GAP);
        rows.add(block.gap());
      }
    }
    int[] sizes = blocks.stream().mapToInt(BlockPlan.Block::size).toArray();
    return new PackedBatch(
        texts, sequences.build().toArray(), rows.build().toArray(), true, group(sizes, 0));
  }

  private static int[] lengths(List<TokenizedText> texts, int[] order) {
    return Arrays.stream(order).map(index -> texts.get(index).length()).toArray();
  }

  /** Rows of the batch: its tokens, and those of gaps. */
  int tokens() {
    return tokens;
  }

  /** Number of sequences, gaps among them. */
  int sequences() {
    return order.length;
  }

  /** Whether groups are of blocks that sequences share. */
  boolean shared() {
    return shared;
  }

  /** Which text of the batch is at each row of the result, or {@link #GAP}. */
  int[] order() {
    return order;
  }

  /** Tokens of each text, in the order of the layout, that no pooling is to see. */
  int[] promptTokens() {
    return Arrays.stream(order)
        .map(index -> index == GAP ? 0 : texts.get(index).promptTokens())
        .toArray();
  }

  /** Whether a text is this one token. */
  boolean hasTextOf(int id) {
    return texts.stream().anyMatch(text -> text.length() == 1 && text.ids()[0] == id);
  }

  /** For each group: sequences, length, first row, real rows. */
  long[] groups() {
    return groups;
  }

  /** Integers that {@link #writeLayout} writes. */
  int layoutSize() {
    return layoutSize;
  }

  /**
   * Writes ids, positions, lengths, then for each ragged group the row of each of its padded places
   * and the padded place of each of its rows.
   *
   * @param secondPositions rows of the position embeddings before those of a pair's second text; 0
   *     where both have the same
   * @throws IllegalArgumentException if an id is not in the vocabulary; a GPU would not survive it
   */
  void writeLayout(IntBuffer out, int vocabularySize, int secondPositions) {
    for (int s = 0; s < order.length; s++) {
      if (order[s] == GAP) {
        putZeros(out, lengths[s]);
        continue;
      }
      int[] ids = texts.get(order[s]).ids();
      for (int id : ids) {
        if (id < 0 || id >= vocabularySize) {
          throw new IllegalArgumentException(
              "token id %d is not in the model's vocabulary of %d".formatted(id, vocabularySize));
        }
      }
      out.put(ids);
    }
    for (int s = 0; s < order.length; s++) {
      if (order[s] == GAP) {
        putZeros(out, lengths[s]);
        continue;
      }
      int secondFrom = texts.get(order[s]).secondFrom();
      for (int i = 0; i < lengths[s]; i++) {
        out.put(i < secondFrom ? i : secondPositions + i);
      }
    }
    out.put(lengths);
    int sequence = 0;
    for (int g = 0; g < groups.length; g += FIELDS) {
      int count = (int) groups[g];
      if (groups[g] * groups[g + 1] != groups[g + 3]) {
        writeRagged(out, sequence, count, (int) groups[g + 1], (int) groups[g + 2]);
      }
      sequence += count;
    }
  }

  private static void putZeros(IntBuffer out, int count) {
    for (int i = 0; i < count; i++) {
      out.put(0);
    }
  }

  private void writeRagged(IntBuffer out, int sequence, int count, int width, int firstRow) {
    int row = firstRow;
    for (int s = sequence; s < sequence + count; s++) {
      int length = lengths[s];
      for (int i = 0; i < width; i++) {
        out.put(row + Math.min(i, length - 1));
      }
      row += length;
    }
    for (int s = 0; s < count; s++) {
      int length = lengths[sequence + s];
      for (int i = 0; i < length; i++) {
        out.put(s * width + i);
      }
    }
  }

  private static int[] sortedByLength(List<TokenizedText> texts) {
    long[] keys = new long[texts.size()];
    for (int i = 0; i < keys.length; i++) {
      int length = texts.get(i).length();
      if (length == 0) {
        throw new IllegalArgumentException("text %d of the batch has no tokens".formatted(i));
      }
      keys[i] = (long) length << Integer.SIZE | i;
    }
    Arrays.sort(keys);
    int[] order = new int[keys.length];
    for (int i = 0; i < keys.length; i++) {
      order[i] = (int) keys[i];
    }
    return order;
  }

  /** Groups of sequences or of blocks, the lengths of which rise. */
  private static long[] group(int[] lengths, long callCost) {
    long[] groups = new long[FIELDS * lengths.length];
    int size = 0;
    long row = 0;
    int i = 0;
    while (i < lengths.length) {
      long length = lengths[i];
      int end = i;
      long real = 0;
      while (end < lengths.length) {
        long next = lengths[end];
        // Sorted, so a longer sequence pads all that the group has so far.
        long padding = (end - i) * (next * next - length * length);
        if (next != length && padding > callCost) {
          break;
        }
        length = next;
        real += next;
        end++;
      }
      groups[size++] = (long) end - i;
      groups[size++] = length;
      groups[size++] = row;
      groups[size++] = real;
      row += real;
      i = end;
    }
    return Arrays.copyOf(groups, size);
  }
}
