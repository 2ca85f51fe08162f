package io.sentencestreams.trainer.multilingual;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WordAlignmentTest {
  private static final int WORDS = 60;

  @Test
  void shouldFindTheTranslationOfEachWordInSentencesOfAnotherOrder() {
    Random random = new Random(5);
    List<int[]> from = new ArrayList<>();
    List<int[]> to = new ArrayList<>();
    for (int sentence = 0; sentence < 800; sentence++) {
      int[] words = random.ints(6, 0, WORDS).toArray();
      int[] translated = new int[words.length + 1];
      for (int i = 0; i < words.length; i++) {
        translated[words.length - 1 - i] = 1000 + words[i];
      }
      translated[words.length] = 7; // an article, in each sentence
      from.add(words);
      to.add(translated);
    }
    WordAlignment alignment = WordAlignment.of(from, to);
    for (int word = 0; word < WORDS; word++) {
      Map<Integer, Double> found = alignment.translations(word, 0.05);
      int translation = 1000 + word;
      assertThat(found).as("%d", word).containsKey(translation);
      found.forEach(
          (other, probability) -> {
            if (other != translation) {
              assertThat(probability).isLessThan(found.get(translation) / 3);
            }
          });
    }
    assertThat(alignment.translations(WORDS + 1, 0.05)).isEmpty();
  }

  @Test
  void shouldGiveProbabilities() {
    WordAlignment alignment =
        WordAlignment.of(
            List.of(new int[] {1, 2}, new int[] {1}), List.of(new int[] {3, 4}, new int[] {3}));
    double sum =
        alignment.translations(1, 0).values().stream().mapToDouble(Double::doubleValue).sum();
    assertThat(sum).isBetween(0.999999, 1.000001);
    assertThat(alignment.translations(1, 0.5)).containsOnlyKeys(3);
  }
}
