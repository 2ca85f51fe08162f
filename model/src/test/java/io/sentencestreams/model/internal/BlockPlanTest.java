package io.sentencestreams.model.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.model.internal.BlockPlan.Block;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class BlockPlanTest {
  @RepeatedTest(100)
  void shouldGiveEachSequenceOnePlaceInABlockThatItFits(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    int longest = 1 + random.nextInt(512);
    int[] lengths = random.ints(1 + random.nextInt(200), 1, longest + 1).sorted().toArray();
    List<Block> blocks = BlockPlan.of(lengths).blocks();
    assertThat(blocks.stream().flatMap(block -> block.sequences().stream()))
        .containsExactlyInAnyOrderElementsOf(IntStream.range(0, lengths.length).boxed().toList());
    for (Block block : blocks) {
      assertThat(block.size() % 32).isZero();
      int taken = block.sequences().stream().mapToInt(i -> lengths[i]).sum();
      assertThat(taken + block.gap()).isEqualTo(block.size());
    }
    assertThat(blocks).isSortedAccordingTo((a, b) -> Integer.compare(a.size(), b.size()));
  }

  @Test
  void shouldLeaveFewGapsAmongTextsOfAllLengths() {
    Random random = new Random(5);
    int[] lengths = random.ints(200, 4, 60).sorted().toArray();
    int rows = BlockPlan.of(lengths).blocks().stream().mapToInt(Block::size).sum();
    assertThat(rows).isLessThan(Arrays.stream(lengths).sum() * 105 / 100);
  }

  @Test
  void shouldCostMoreThanNoBlocksWhereTheOperatorIsAsFastOnWhatIsThere() {
    int[] likeBlocks = new int[64];
    Arrays.fill(likeBlocks, 48);
    assertThat(BlockPlan.of(likeBlocks).cost()).isGreaterThan(BlockPlan.costApart(likeBlocks));
    int[] titles = new Random(5).ints(64, 5, 25).sorted().toArray();
    assertThat(BlockPlan.of(titles).cost()).isLessThan(BlockPlan.costApart(titles));
  }
}
