package io.sentencestreams.schemas.labels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sentencestreams.schemas.labels.InvalidLabelException.Reason;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class LabelSerdesTest {
  private static final LabelRules RULES = new LabelRules(5, 100);

  private static final List<Label> LABELS =
      List.of(
          new Label.ScoredPair("a \"cat\"", "ein Kätzchen", 4.2),
          new Label.NliPair("it rains", "it is wet", Label.Inference.ENTAILMENT),
          new Label.PositiveExample("who?", "me", null),
          new Label.PositiveExample("who?", "me", "them"),
          new Label.LabelledSentence("my card is lost", "lost-card"));

  static Stream<Arguments> labelsInBothFormats() {
    return LABELS.stream()
        .flatMap(label -> Stream.of(Arguments.of(label, "json"), Arguments.of(label, "avro")));
  }

  @ParameterizedTest
  @MethodSource("labelsInBothFormats")
  void shouldReadWhatItWrote(Label label, String format) {
    assertThat(read(label.kind(), format, write(label, format))).isEqualTo(label);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          scored-pairs | nonsense                                           | UNREADABLE
          scored-pairs | ["a", "b", 1]                                      | UNREADABLE
          scored-pairs | {"text1": "a", "text2": "b", "score": 1} x         | UNREADABLE
          scored-pairs | {"text1": "a", "text2": "b", "score": 1, "score": 2} | UNREADABLE
          scored-pairs | {"text1": "a", "text2": "b"}                       | MISSING_FIELD
          scored-pairs | {"text1": "a", "text2": null, "score": 1}          | MISSING_FIELD
          scored-pairs | {"text1": "a", "text2": 7, "score": 1}             | WRONG_TYPE
          scored-pairs | {"text1": "a", "text2": "b", "score": "1"}         | WRONG_TYPE
          scored-pairs | {"text1": "a", "text2": ["b"], "score": 1}         | WRONG_TYPE
          scored-pairs | {"text1": "a", "text2": "  ", "score": 1}          | UNUSABLE_TEXT
          scored-pairs | {"text1": "a", "text2": "\\ud800", "score": 1}     | UNUSABLE_TEXT
          scored-pairs | {"text1": "a", "text2": "b", "score": 5.01}        | SCORE_OUT_OF_RANGE
          scored-pairs | {"text1": "a", "text2": "b", "score": -0.1}        | SCORE_OUT_OF_RANGE
          scored-pairs | {"text1": "a", "text2": "b", "score": 1e999}       | SCORE_OUT_OF_RANGE
          nli-pairs    | {"premise": "a", "hypothesis": "b", "label": "-"}  | UNKNOWN_CLASS
          nli-pairs    | {"premise": "a", "hypothesis": "b", "label": 1}    | WRONG_TYPE
          positives    | {"anchor": "a"}                                    | MISSING_FIELD
          positives    | {"anchor": "a", "positive": "b", "negative": 0}    | WRONG_TYPE
          sentences    | {"text": "a", "label": ""}                         | UNUSABLE_TEXT
          """)
  void shouldNameTheReasonOfAValueThatIsNoLabel(String kind, String json, Reason reason) {
    byte[] value = json.getBytes(StandardCharsets.UTF_8);
    assertThat(refused(LabelKind.of(kind), "json", value).reason()).isEqualTo(reason);
  }

  @ParameterizedTest
  @CsvSource({"json", "avro"})
  void shouldRefuseTextsBeyondTheLimitAndValuesThatNeedNoLook(String format) {
    Label longer = new Label.LabelledSentence("é".repeat(51), "x");
    assertThat(refused(longer.kind(), format, write(longer, format)))
        .hasMessageContaining("102 bytes")
        .extracting(InvalidLabelException::reason)
        .isEqualTo(Reason.TEXT_TOO_LARGE);
    Label atTheLimit = new Label.LabelledSentence("é".repeat(50), "x");
    assertThat(read(atTheLimit.kind(), format, write(atTheLimit, format))).isEqualTo(atTheLimit);
    // Not even JSON: it is not parsed.
    assertThat(refused(LabelKind.SENTENCES, format, new byte[10 << 20]).reason())
        .isEqualTo(Reason.TEXT_TOO_LARGE);
  }

  @Test
  void shouldRefuseWhatAvroAloneCanHold() {
    Label noNumber = new Label.ScoredPair("a", "b", Double.NaN);
    assertThat(refused(noNumber.kind(), "avro", write(noNumber, "avro")).reason())
        .isEqualTo(Reason.SCORE_OUT_OF_RANGE);
    byte[] ofAnotherKind = write(LABELS.get(1), "avro");
    assertThat(refused(LabelKind.SCORED_PAIRS, "avro", ofAnotherKind).reason())
        .isEqualTo(Reason.UNREADABLE);
    byte[] json = write(LABELS.get(0), "json");
    assertThat(refused(LabelKind.SCORED_PAIRS, "avro", json))
        .hasMessageContaining("looks like JSON");
    assertThat(refused(LabelKind.SCORED_PAIRS, "avro", null).reason()).isEqualTo(Reason.NO_VALUE);
  }

  private static byte[] write(Label label, String format) {
    try (Serializer<Label> serializer = LabelSerdes.serializer(label.kind(), format, Map.of())) {
      return serializer.serialize("labels", new RecordHeaders(), label);
    }
  }

  private static Label read(LabelKind kind, String format, byte[] value) {
    try (LabelSerdes.Reader reader = LabelSerdes.reader(kind, format, RULES, Map.of())) {
      return reader.read("labels", new RecordHeaders(), value);
    }
  }

  private static InvalidLabelException refused(LabelKind kind, String format, byte[] value) {
    return catchThrowableOfType(InvalidLabelException.class, () -> read(kind, format, value));
  }
}
