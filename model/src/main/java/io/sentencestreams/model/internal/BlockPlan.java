package io.sentencestreams.model.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Sequences side by side in blocks, each of which attention sees as one: the operator's own blocks
 * are of 16 and 32 rows, and at lengths that these do not divide it takes up to 2.5 times as long,
 * while a mask costs it next to nothing. What no sequence of a block takes is a gap.
 *
 * @param blocks by rising size
 */
record BlockPlan(List<Block> blocks) {
  /** Stands for no sequence. */
  static final int GAP = -1;

  /** Longest sequence that a plan is made for: the mask of a block grows with its square. */
  static final int LONGEST = 512;

  /** Sizes of blocks are multiples of this: few sizes, since each is a call. */
  private static final int STEP = 32;

  /** Lengths that the operator is fast at are multiples of this. */
  private static final int OPERATOR_STEP = 16;

  /** Sizes that short sequences share; which is best depends on how well they fit. */
  private static final int[] SHARED_SIZES = {32, 64, 96, 128};

  /**
   * What a row costs besides its entries of the attention matrix, in such entries: measured with
   * MiniLM in bf16 on AMX.
   */
  private static final int ROW_COST = 570;

  /** The part of it that is attention's. */
  private static final int ATTENTION_ROW_COST = 130;

  /** What a call for one more length costs. */
  private static final int CALL_COST = 3000;

  /**
   * A block.
   *
   * @param size its rows
   * @param sequences those that lie in it, one after the other; a gap follows if they do not fill
   *     it
   * @param gap rows that are of no sequence
   */
  record Block(int size, List<Integer> sequences, int gap) {}

  /**
   * The plan that costs the least.
   *
   * @param lengths of the sequences, rising
   */
  static BlockPlan of(int[] lengths) {
    return IntStream.of(SHARED_SIZES)
        .mapToObj(size -> pack(lengths, size))
        .min(Comparator.comparingLong(BlockPlan::cost))
        .orElseThrow();
  }

  /** What the plan costs. */
  long cost() {
    long rows =
        blocks.stream().mapToLong(block -> (long) block.size * (ROW_COST + block.size)).sum();
    return rows + CALL_COST * blocks.stream().mapToInt(Block::size).distinct().count();
  }

  /**
   * What the same sequences cost with no block around them.
   *
   * @param lengths of the sequences, rising
   */
  static long costApart(int[] lengths) {
    long cost = 0;
    for (int i = 0; i < lengths.length; i++) {
      int length = lengths[i];
      long attention = (long) length * (ATTENTION_ROW_COST + length);
      cost += (long) length * (ROW_COST - ATTENTION_ROW_COST);
      cost += length % OPERATOR_STEP == 0 ? attention : attention * 9 / 5;
      cost += i == 0 || lengths[i - 1] != length ? CALL_COST : 0;
    }
    return cost;
  }

  /** Best fit, the longest first. */
  private static BlockPlan pack(int[] lengths, int smallest) {
    int largest = size(lengths[lengths.length - 1], smallest);
    List<Block> open = new ArrayList<>();
    int[] room = new int[lengths.length];
    List<Deque<Integer>> byRoom = Stream.generate(BlockPlan::noBlocks).limit(largest + 1L).toList();
    BitSet rooms = new BitSet(largest + 1);
    for (int i = lengths.length - 1; i >= 0; i--) {
      int found = rooms.nextSetBit(lengths[i]);
      int block;
      if (found < 0) {
        block = open.size();
        open.add(new Block(size(lengths[i], smallest), new ArrayList<>(), 0));
        room[block] = open.get(block).size;
      } else {
        block = byRoom.get(found).pop();
        rooms.set(found, !byRoom.get(found).isEmpty());
      }
      open.get(block).sequences.add(i);
      room[block] -= lengths[i];
      byRoom.get(room[block]).push(block);
      rooms.set(room[block]);
    }
    return new BlockPlan(
        IntStream.range(0, open.size())
            .mapToObj(b -> new Block(open.get(b).size, open.get(b).sequences, room[b]))
            .sorted(Comparator.comparingInt(Block::size))
            .toList());
  }

  private static Deque<Integer> noBlocks() {
    return new ArrayDeque<>();
  }

  private static int size(int length, int smallest) {
    return Math.max(smallest, (length + STEP - 1) / STEP * STEP);
  }
}
