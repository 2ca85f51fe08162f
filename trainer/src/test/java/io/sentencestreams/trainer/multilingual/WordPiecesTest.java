package io.sentencestreams.trainer.multilingual;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WordPiecesTest {
  @Test
  void shouldCutWordsAsBertDoes() {
    assertThat(WordPieces.words("Äpfel, 3-mal\u00a0süß\tu\u0308ber"))
        .containsExactly("Äpfel", ",", "3", "-", "mal", "süß", "u\u0308ber");
  }

  @Test
  void shouldJoinTheMostFrequentNeighboursFirst() {
    // ab stands 5 times and joins first, then abc with 3; ##cd has 2, and xy only 1.
    List<String> texts = List.of("abc abc abc", "ab ab", "xcd", "ycd", "xy");
    assertThat(WordPieces.learn(texts, Set.of("a", "##b", "##c", "x", "y", "##d", "##y"), true, 9))
        .containsExactly("ab", "abc", "##cd");
    assertThat(WordPieces.learn(texts, Set.of(), true, 8))
        .containsExactly("a", "##b", "##c", "x", "##d", "y", "##y", "ab");
  }

  @Test
  void shouldNotCountKnownTokensAsNew() {
    assertThat(WordPieces.learn(List.of("Ab AB"), Set.of("a", "##b", "ab"), true, 3)).isEmpty();
    assertThat(WordPieces.learn(List.of("Ab Ab"), Set.of("a", "##b", "ab"), false, 3))
        .containsExactly("A", "Ab");
  }

  @Test
  void shouldCountAWordsRepeatedPairs() {
    // The pair (##a, ##a) stands twice in a word, overlapping itself, (a, ##a) once.
    assertThat(WordPieces.learn(List.of("aaaa aaaa aaaa"), Set.of("a", "##a"), true, 5))
        .containsExactly("##aa", "aaa", "aaaa");
  }
}
