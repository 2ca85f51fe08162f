package io.sentencestreams.model.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.model.TokenizedText;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PackedBatchTest {
  private static final int VOCABULARY = 1000;
  private static final int SECOND = 512;

  @Test
  void shouldLayTextsInBlocksOfSeveralSizesWithGapsOfZeros() {
    List<TokenizedText> texts = texts(new Random(7).ints(60, 3, 300).toArray());
    PackedBatch batch = PackedBatch.inBlocks(texts);
    assertThat(batch.shared()).isTrue();
    assertThat(batch.groups().length).as("groups of several sizes").isGreaterThan(3 * 4);
    IntBuffer layout = IntBuffer.allocate(batch.layoutSize());
    batch.writeLayout(layout, VOCABULARY, SECOND);
    assertThat(layout.hasRemaining()).isFalse();
    int tokens = batch.tokens();
    int[] rows = layout.array();
    int at = 0;
    for (int s = 0; s < batch.sequences(); s++) {
      int length = rows[2 * tokens + s];
      int text = batch.order()[s];
      for (int i = 0; i < length; i++) {
        assertThat(rows[at + i]).isEqualTo(text == PackedBatch.GAP ? 0 : texts.get(text).ids()[i]);
        assertThat(rows[tokens + at + i]).isEqualTo(text == PackedBatch.GAP ? 0 : i);
      }
      at += length;
    }
    assertThat(at).isEqualTo(tokens);
    long row = 0;
    for (int g = 0; g < batch.groups().length; g += 4) {
      long[] group = Arrays.copyOfRange(batch.groups(), g, g + 4);
      assertThat(group[2]).isEqualTo(row);
      assertThat(group[3]).isEqualTo(group[0] * group[1]);
      row += group[3];
    }
    assertThat(row).isEqualTo(tokens);
  }

  @Test
  void shouldGiveAPairsSecondTextPositionsOfItsOwn() {
    int[] ids = {5, 6, 7, 8};
    PackedBatch batch = new PackedBatch(List.of(new TokenizedText(ids, false, 0, 3)), 0);
    IntBuffer layout = IntBuffer.allocate(batch.layoutSize());
    batch.writeLayout(layout, VOCABULARY, SECOND);
    assertThat(layout.array()).containsExactly(5, 6, 7, 8, 0, 1, 2, SECOND + 3, 4);
  }

  @Test
  void shouldLeaveALoneTextAndThoseOfOneFastLengthAndHugeOnesAsTheyAre() {
    assertThat(PackedBatch.inBlocks(texts(13)).shared()).isFalse();
    assertThat(PackedBatch.inBlocks(texts(48, 48, 48, 48)).shared()).isFalse();
    assertThat(PackedBatch.inBlocks(texts(5, 9, 600)).shared()).isFalse();
    assertThat(PackedBatch.inBlocks(texts(5, 9, 11, 20)).shared()).isTrue();
  }

  private static List<TokenizedText> texts(int... lengths) {
    Random random = new Random(1);
    List<TokenizedText> texts = new ArrayList<>();
    for (int length : lengths) {
      texts.add(new TokenizedText(random.ints(length, 1, VOCABULARY).toArray(), false));
    }
    return texts;
  }
}
