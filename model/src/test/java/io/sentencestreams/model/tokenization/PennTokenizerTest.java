package io.sentencestreams.model.tokenization;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What NLTK 3.10.4 makes of the same texts. */
class PennTokenizerTest {
  static Stream<Arguments> texts() {
    return Stream.of(
        Arguments.of(
            "'Tis said: \"She can't go,\" he won't.",
            "' Tis said : `` She ca n't go , '' he wo n't ."),
        Arguments.of(
            "'Blue Mountain' isn't the dogs' name (yet)",
            "' Blue Mountain ' is n't the dogs ' name ( yet )"),
        Arguments.of(
            "the rock 'n' roll of '99 - we'll see...",
            "the rock 'n ' roll of ' 99 - we 'll see ..."),
        Arguments.of(
            "cannot, gimme, wanna go; d'ye \u2014 more'n 3,000.5 $5 & 10% @home #tag",
            "can not , gim me , wan na go ; d 'ye \u2014 more 'n 3,000.5 $ 5 & 10 % @ home # tag"),
        Arguments.of(
            "\u201cHello\u201d \u2018world\u2019 \u00abici\u00bb --done--",
            "\u201c Hello \u201d \u2018 world \u2019 \u00ab ici \u00bb -- done --"),
        Arguments.of("Mr. Smith went.", "Mr. Smith went ."),
        Arguments.of("no end\u2013of it: 10:30, 3:2", "no end \u2013 of it : 10:30 , 3:2"),
        Arguments.of(
            "They're 'em 'Someone's hat' ''quoted'' ``so``",
            "They 're ' em ' Someone 's hat ' `` quoted '' `` so ``"),
        Arguments.of("a [b] {c} <d> e*f ??!!", "a [ b ] { c } < d > e * f ? ? ! !"),
        Arguments.of("", ""));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void shouldCutAsNltkDoes(String text, String words) {
    assertThat(PennTokenizer.tokenize(text))
        .isEqualTo(words.isEmpty() ? List.of() : List.of(words.split(" ", -1)));
  }
}
