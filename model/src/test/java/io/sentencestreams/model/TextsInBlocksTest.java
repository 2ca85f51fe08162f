package io.sentencestreams.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import io.sentencestreams.model.internal.Arithmetic;
import io.sentencestreams.model.internal.TransformerReplica;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Texts of all lengths at once, in each arithmetic that this processor has. */
class TextsInBlocksTest {
  static List<Arguments> goldensAndWays() {
    List<Arithmetic> ways = new ArrayList<>(TransformerReplica.candidates(Device.cpu()));
    ways.addAll(TransformerReplica.int8Candidates());
    List<Arguments> list = new ArrayList<>();
    for (String name : List.of("mean", "cls", "all_gelu_new", "weighted_last", "roberta")) {
      ways.forEach(way -> list.add(Arguments.of(name, way)));
    }
    return list;
  }

  @ParameterizedTest
  @MethodSource("goldensAndWays")
  void shouldGiveATextItsOwnVectorWhateverLiesBesideIt(String name, Arithmetic way) {
    Golden golden = Golden.of(name);
    List<TokenizedText> texts = texts(golden);
    try (TransformerReplica replica =
        new TransformerReplica(golden.checkpoint(), Device.cpu(), way)) {
      float[][] together = replica.encode(texts, 1);
      for (int i = 0; i < texts.size(); i++) {
        float[] alone = replica.encode(List.of(texts.get(i)), 1)[0];
        assertThat(SimilarityFunction.COSINE.similarity(together[i], alone))
            .as("text %d, of %d tokens", i, texts.get(i).length())
            .isGreaterThan(way.precision() == Precision.FP32 ? 0.999999f : 0.9999f);
      }
    }
  }

  /** As many tokens as make several parts of a batch. */
  private static List<TokenizedText> texts(Golden golden) {
    Random random = new Random(11);
    int longest = golden.checkpoint().config().maxPositionEmbeddings() - 2; // RoBERTa's begin at 2
    List<TokenizedText> texts = new ArrayList<>();
    for (int tokens = 0; tokens < 4000; ) {
      int length = 1 + (int) (longest * Math.pow(random.nextDouble(), 2));
      int[] ids = random.ints(length, 0, golden.checkpoint().config().vocabSize()).toArray();
      texts.add(new TokenizedText(ids, false));
      tokens += length;
    }
    return texts;
  }
}
