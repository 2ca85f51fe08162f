package io.sentencestreams.model.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.sentencestreams.model.TokenizedText;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Texts laid out as the kernel that trains reads them: their tokens are rows that follow each
 * other; only attention pads, in groups of texts that are about as long.
 */
final class TrainingLayout {
  private static final int FIELDS = 2;

  private final List<TokenizedText> texts;
  private final Shapes shapes;
  private final List<Group> groups;
  private final int tokens;
  private final int rows;
  private final int places;

  /**
   * Which sizes arrays may have.
   *
   * @param lengths of padded texts: multiples of this; a softmax over fewer than 16 entries, or a
   *     rest of them, takes a processor many times as long
   * @param rounds whether numbers of rows and texts are rounded up to few different ones, for
   *     libraries that compile anew for each shape
   * @param callCost what one more group costs, in entries of the attention matrix
   */
  record Shapes(int lengths, boolean rounds, long callCost) {
    int length(int tokens) {
      return (tokens + lengths - 1) / lengths * lengths;
    }

    int rows(int count) {
      return rounds ? rounded(count, 32, 8) : count;
    }

    int texts(int count) {
      return rounds ? rounded(count, 4, 4) : count;
    }

    /** Up to a step that is at least the one given, and so many in a power of two. */
    private static int rounded(int count, int least, int steps) {
      int step = Math.max(least, Integer.highestOneBit(count) / steps);
      return (count + step - 1) / step * step;
    }
  }

  private record Group(List<TokenizedText> texts, int places, int length) {}

  /**
   * Lays texts out.
   *
   * @param texts at least one, sorted by length
   */
  TrainingLayout(List<TokenizedText> texts, Shapes shapes) {
    this.texts = texts;
    this.shapes = shapes;
    this.groups = group();
    this.tokens = texts.stream().mapToInt(TokenizedText::length).sum();
    this.rows = shapes.rows(tokens);
    this.places = groups.stream().mapToInt(g -> Math.multiplyExact(g.places(), g.length())).sum();
  }

  private List<Group> group() {
    List<Group> result = new ArrayList<>();
    int from = 0;
    while (from < texts.size()) {
      long length = shapes.length(texts.get(from).length());
      int to = from;
      while (to < texts.size()) {
        long next = shapes.length(texts.get(to).length());
        if (next != length && (to - from) * (next * next - length * length) > shapes.callCost()) {
          break;
        }
        length = next;
        to++;
      }
      int count = shapes.texts(to - from);
      result.add(new Group(texts.subList(from, to), count, Math.toIntExact(length)));
      from = to;
    }
    return result;
  }

  int tokens() {
    return tokens;
  }

  /** Tokens and what fills up. */
  int rows() {
    return rows;
  }

  /** Places of tokens in all padded texts. */
  int places() {
    return places;
  }

  /** For each group the number of its texts, with those that fill up, and their length. */
  long[] groups() {
    long[] numbers = new long[FIELDS * groups.size()];
    for (int i = 0; i < groups.size(); i++) {
      numbers[FIELDS * i] = groups.get(i).places();
      numbers[FIELDS * i + 1] = groups.get(i).length();
    }
    return numbers;
  }

  /**
   * The layout as the kernel reads it.
   *
   * @param manager takes the array
   * @throws IllegalArgumentException if an id is not in the vocabulary; a GPU would not survive it
   */
  NDArray array(NDManager manager, int vocabularySize) {
    int sequences = groups.stream().mapToInt(Group::places).sum();
    int size = 3 * rows + places + sequences;
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(Math.multiplyExact(size, Integer.BYTES))
            .order(ByteOrder.nativeOrder());
    IntBuffer out = bytes.asIntBuffer();
    for (TokenizedText text : texts) {
      for (int id : text.ids()) {
        if (id < 0 || id >= vocabularySize) {
          throw new IllegalArgumentException(
              "token id %d is not in the model's vocabulary of %d".formatted(id, vocabularySize));
        }
      }
      out.put(text.ids());
    }
    fill(out, rows - tokens, 0);
    for (TokenizedText text : texts) {
      for (int i = 0; i < text.length(); i++) {
        out.put(i);
      }
    }
    fill(out, rows - tokens, 0);
    int place = 0;
    for (Group group : groups) {
      for (int t = 0; t < group.places(); t++) {
        int length = t < group.texts().size() ? group.texts().get(t).length() : 0;
        for (int i = 0; i < length; i++) {
          out.put(place + i);
        }
        place += group.length();
      }
    }
    fill(out, rows - tokens, 0);
    writeRowsOfPlaces(out);
    for (Group group : groups) {
      group.texts().forEach(text -> out.put(text.length()));
      fill(out, group.places() - group.texts().size(), 1);
    }
    return manager.create(bytes, new Shape(size), DataType.INT32);
  }

  private void writeRowsOfPlaces(IntBuffer out) {
    int row = 0;
    for (Group group : groups) {
      for (TokenizedText text : group.texts()) {
        for (int i = 0; i < group.length(); i++) {
          out.put(row + Math.min(i, text.length() - 1));
        }
        row += text.length();
      }
      fill(out, (group.places() - group.texts().size()) * group.length(), 0);
    }
  }

  private static void fill(IntBuffer out, int count, int value) {
    for (int i = 0; i < count; i++) {
      out.put(value);
    }
  }
}
