package io.sentencestreams.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.SimilarityFunction;
import io.sentencestreams.model.TokenizedText;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The default model in bf16, on texts of up to its 256 tokens, which no tiny model takes. */
class DefaultModelBatchesTest {
  private static final int FIRST_WORD = 1996;

  @Test
  void shouldGiveATextItsOwnVectorWhateverLiesBesideIt() {
    try (SentenceEncoder encoder = SentenceEncoder.load("all-MiniLM-L6-v2")) {
      assumeTrue(encoder.modelVersion().endsWith("-bf16"), "this processor is not fast in bf16");
      assertThat(encoder.wantsLikeLengths()).isFalse();
      Random random = new Random(4);
      List<TokenizedText> texts = new ArrayList<>();
      for (int i = 0; i < 80; i++) {
        int length = 3 + (int) (253 * Math.pow(random.nextDouble(), 2));
        int[] ids = random.ints(length, FIRST_WORD, 20_000).toArray();
        ids[0] = 101;
        ids[length - 1] = 102;
        texts.add(new TokenizedText(ids, false));
      }
      float[][] together = encoder.encodeBatch(texts, 0);
      for (int i = 0; i < together.length; i++) {
        float[] alone = encoder.encodeBatch(List.of(texts.get(i)), 0)[0];
        assertThat(SimilarityFunction.COSINE.similarity(together[i], alone))
            .as("text %d, of %d tokens", i, texts.get(i).length())
            .isGreaterThan(0.9999f);
      }
    }
  }
}
