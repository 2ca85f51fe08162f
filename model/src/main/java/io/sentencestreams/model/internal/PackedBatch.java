package io.sentencestreams.model.internal;

import io.sentencestreams.model.TokenizedText;
import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * A batch laid out as the kernel reads it: sequences sorted by length, one after the other with no
 * padding between them.
 *
 * <p>Only attention sees sequences. Equally long ones form a group that is a view of the packed
 * rows. Different lengths share a group, padded for attention alone, where the arithmetic on the
 * padding costs less than one more call would.
 */
final class PackedBatch {
  private static final int FIELDS = 4;

  private final List<TokenizedText> texts;
  private final int[] order;
  private final int tokens;
  private final long[] groups;
  private final int layoutSize;

  /**
   * Plans a batch.
   *
   * @param callCost what one more attention call costs, in entries of the attention matrix
   */
  PackedBatch(List<TokenizedText> texts, long callCost) {
    this.texts = texts;
    this.order = sortedByLength(texts);
    this.groups = group(texts, order, callCost);
    int sum = 0;
    for (TokenizedText text : texts) {
      sum = Math.addExact(sum, text.length());
    }
    this.tokens = sum;
    int size = Math.addExact(2 * tokens, texts.size());
    for (int g = 0; g < groups.length; g += FIELDS) {
      long padded = groups[g] * groups[g + 1];
      if (padded != groups[g + 3]) {
        size = Math.toIntExact(size + padded + groups[g + 3]);
      }
    }
    this.layoutSize = size;
  }

  /** Tokens in the batch. */
  int tokens() {
    return tokens;
  }

  /** Which text of the batch is at each row of the result. */
  int[] order() {
    return order;
  }

  /** Tokens of each text, in the order of the layout, that no pooling is to see. */
  int[] promptTokens() {
    return Arrays.stream(order).map(index -> texts.get(index).promptTokens()).toArray();
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
   * @throws IllegalArgumentException if an id is not in the vocabulary; a GPU would not survive it
   */
  void writeLayout(IntBuffer out, int vocabularySize) {
    for (int index : order) {
      int[] ids = texts.get(index).ids();
      for (int id : ids) {
        if (id < 0 || id >= vocabularySize) {
          throw new IllegalArgumentException(
              "token id %d is not in the model's vocabulary of %d".formatted(id, vocabularySize));
        }
      }
      out.put(ids);
    }
    for (int index : order) {
      int length = texts.get(index).length();
      for (int i = 0; i < length; i++) {
        out.put(i);
      }
    }
    for (int index : order) {
      out.put(texts.get(index).length());
    }
    int sequence = 0;
    for (int g = 0; g < groups.length; g += FIELDS) {
      int count = (int) groups[g];
      if (groups[g] * groups[g + 1] != groups[g + 3]) {
        writeRagged(out, sequence, count, (int) groups[g + 1], (int) groups[g + 2]);
      }
      sequence += count;
    }
  }

  private void writeRagged(IntBuffer out, int sequence, int count, int width, int firstRow) {
    int row = firstRow;
    for (int s = sequence; s < sequence + count; s++) {
      int length = texts.get(order[s]).length();
      for (int i = 0; i < width; i++) {
        out.put(row + Math.min(i, length - 1));
      }
      row += length;
    }
    for (int s = 0; s < count; s++) {
      int length = texts.get(order[sequence + s]).length();
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

  private static long[] group(List<TokenizedText> texts, int[] order, long callCost) {
    long[] groups = new long[FIELDS * order.length];
    int size = 0;
    long row = 0;
    int i = 0;
    while (i < order.length) {
      long length = texts.get(order[i]).length();
      int end = i;
      long real = 0;
      while (end < order.length) {
        long next = texts.get(order[end]).length();
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
