package io.sentencestreams.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmbeddingRecordTest {

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void shouldRefuseValuesThatNoReaderCouldUseNamingTheirPlace(float value) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Embeddings.of(0.5f, value))
        .withMessageContaining("vector[1]")
        .withMessageContaining("texts-3@42")
        .withMessageContaining(Float.toString(value));
  }

  @Test
  void shouldNotPrintTheText() {
    assertThat(Embeddings.of(1f).toString()).doesNotContain("Grüße").contains("texts-3@42");
  }

  @Test
  void shouldCompareVectorsByValue() {
    assertThat(Embeddings.of(1f, 2f))
        .isEqualTo(Embeddings.of(1f, 2f))
        .hasSameHashCodeAs(Embeddings.of(1f, 2f))
        .isNotEqualTo(Embeddings.of(1f, 3f));
  }
}
