package io.sentencestreams.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private static List<Integer> epoch(Turns turns, int epoch) {
    int steps = (int) turns.stepsPerEpoch();
    return IntStream.range(epoch * steps, (epoch + 1) * steps)
        .flatMap(step -> IntStream.of(turns.of(step)))
        .boxed()
        .toList();
  }

  @Test
  void shouldGiveEachStepToAllAndEndWithTheShortest() {
    Turns turns = new Turns(Mixing.ROUND_ROBIN, new long[] {5, 3}, 1);
    assertThat(turns.stepsPerEpoch()).isEqualTo(3);
    assertThat(epoch(turns, 1)).containsExactly(0, 1, 0, 1, 0, 1);
  }

  @Test
  void shouldGiveEachObjectiveAsManyStepsAsItsDataHasInAnOrderOfTheEpochsOwn() {
    Turns turns = new Turns(Mixing.PROPORTIONAL, new long[] {50, 30, 1}, 1);
    assertThat(turns.stepsPerEpoch()).isEqualTo(81);
    List<Integer> first = epoch(turns, 0);
    assertThat(first.stream().filter(i -> i == 0)).hasSize(50);
    assertThat(first.stream().filter(i -> i == 1)).hasSize(30);
    assertThat(first.stream().filter(i -> i == 2)).hasSize(1);
    // Not one data set after the other.
    assertThat(first.subList(0, 20)).contains(0, 1);
    assertThat(first.subList(60, 80)).contains(0, 1);
    assertThat(epoch(turns, 1)).isNotEqualTo(first).hasSize(81);
  }

  @Test
  void shouldGoOnInTheMiddleOfAnEpochAsARunFromItsBegin() {
    Turns whole = new Turns(Mixing.PROPORTIONAL, new long[] {7, 9}, 3);
    List<Integer> third = epoch(whole, 2);
    Turns resumed = new Turns(Mixing.PROPORTIONAL, new long[] {7, 9}, 3);
    assertThat(resumed.of(2 * 16 + 5)).containsExactly(third.get(5));
    Turns other = new Turns(Mixing.PROPORTIONAL, new long[] {7, 9}, 4);
    assertThat(epoch(other, 2)).isNotEqualTo(third);
  }
}
