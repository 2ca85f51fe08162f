package io.sentencestreams.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListEncodingTest {
  private static final int MOST_TOKENS = 1000;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldKeepOrderAndBudgetAndBeginWithTheLongest(boolean likeLengths) {
    Random random = new Random(3);
    List<String> texts =
        Stream.generate(() -> "x".repeat(1 + random.nextInt(300))).limit(500).toList();
    LengthEncoder encoder = new LengthEncoder(likeLengths);
    EncodeOptions options = EncodeOptions.DEFAULT.withBatchTokens(MOST_TOKENS);
    float[][] rows = new ListEncoding(encoder, encoder::tokenize, options).encode(texts);
    for (int i = 0; i < rows.length; i++) {
      assertThat(rows[i]).containsExactly(texts.get(i).length());
    }
    List<Integer> tokens = encoder.batches.stream().map(ListEncodingTest::sum).toList();
    assertThat(tokens).allMatch(sum -> sum <= MOST_TOKENS);
    int longest = texts.stream().mapToInt(String::length).max().orElseThrow();
    assertThat(encoder.batches.subList(0, encoder.replicas()))
        .anyMatch(batch -> batch.contains(longest));
    if (!likeLengths) {
      assertThat(tokens).allMatch(sum -> sum > MOST_TOKENS / 2);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldGiveEachReplicaItsShareOfAShortList(boolean likeLengths) {
    LengthEncoder encoder = new LengthEncoder(likeLengths);
    List<String> texts = Collections.nCopies(40, "x".repeat(50));
    new ListEncoding(encoder, encoder::tokenize, EncodeOptions.DEFAULT).encode(texts);
    assertThat(encoder.batches).hasSize(2).allMatch(batch -> batch.size() == 20);
  }

  private static int sum(List<Integer> batch) {
    return batch.stream().mapToInt(Integer::intValue).sum();
  }

  /** A text's embedding is its length. */
  private static final class LengthEncoder implements BatchEncoder {
    final List<List<Integer>> batches = Collections.synchronizedList(new ArrayList<>());
    private final boolean likeLengths;

    LengthEncoder(boolean likeLengths) {
      this.likeLengths = likeLengths;
    }

    @Override
    public String modelName() {
      return "length";
    }

    @Override
    public String modelVersion() {
      return "length-1";
    }

    @Override
    public int dimension() {
      return 1;
    }

    @Override
    public int maxSequenceLength() {
      return Integer.MAX_VALUE;
    }

    @Override
    public int replicas() {
      return 2;
    }

    @Override
    public boolean wantsLikeLengths() {
      return likeLengths;
    }

    @Override
    public List<TokenizedText> tokenize(List<String> texts) {
      return texts.stream().map(text -> new TokenizedText(new int[text.length()], false)).toList();
    }

    @Override
    public float[][] encodeBatch(List<TokenizedText> batch, int replica) {
      batches.add(batch.stream().map(TokenizedText::length).toList());
      return batch.stream().map(text -> new float[] {text.length()}).toArray(float[][]::new);
    }

    @Override
    public void close() {}
  }
}
