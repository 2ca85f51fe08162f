package io.sentencestreams.model.tokenization;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class PairMergesTest {
  /** Any merges, not only those that training can give, against the definition. */
  @RepeatedTest(200)
  void shouldMergeThePairThatCameFirstWhereverItStands(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    List<String> parts = new ArrayList<>(List.of("a", "b", "\uD83D\uDE00", "a</w>", "b</w>"));
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      String left = parts.get(random.nextInt(parts.size())).replace("</w>", "");
      String right = parts.get(random.nextInt(parts.size()));
      lines.add(left + " " + right + " 17");
      parts.add(left + right);
    }
    PairMerges merges = new PairMerges(lines);
    for (int i = 0; i < 20; i++) {
      StringBuilder word = new StringBuilder();
      for (int length = 1 + random.nextInt(12); length > 0; length--) {
        word.append(List.of("a", "b", "c", "\uD83D\uDE00").get(random.nextInt(4)));
      }
      assertThat(merges.split(word.toString()))
          .as("%s %s", word, lines)
          .isEqualTo(byDefinition(word.toString(), lines));
    }
  }

  @Test
  void shouldMergeALongWordInReasonableTime() {
    PairMerges merges = new PairMerges(List.of("a a", "aa aa", "aaaa aaaa"));
    assertThat(merges.split("a".repeat(1 << 18))).hasSizeGreaterThan(1 << 15).endsWith("a</w>");
  }

  private static List<String> byDefinition(String word, List<String> lines) {
    List<String> symbols = new ArrayList<>();
    word.codePoints().forEach(c -> symbols.add(Character.toString(c)));
    symbols.set(symbols.size() - 1, symbols.get(symbols.size() - 1) + "</w>");
    while (true) {
      int best = -1;
      for (int i = 0; i + 1 < symbols.size(); i++) {
        // Of a line that is there twice the later counts.
        int rank = lines.lastIndexOf(symbols.get(i) + " " + symbols.get(i + 1) + " 17");
        if (rank >= 0 && (best < 0 || rank < best)) {
          best = rank;
        }
      }
      if (best < 0) {
        return symbols;
      }
      String[] pair = lines.get(best).split(" ", -1);
      for (int i = 0; i + 1 < symbols.size(); i++) {
        if (symbols.get(i).equals(pair[0]) && symbols.get(i + 1).equals(pair[1])) {
          symbols.set(i, symbols.get(i) + symbols.remove(i + 1));
        }
      }
    }
  }
}
