package io.sentencestreams.app.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LocalPartitionsTest {
  private final List<Integer> asked = new ArrayList<>();
  private final List<FanOut.Deadline> deadlines = new ArrayList<>();
  private final Operation<String, String> operation =
      new Operation<>(
          "operation",
          "store",
          "topic",
          String.class,
          String.class,
          (question, answer) -> true,
          Merging.ofSmall(),
          (partition, question, deadline) -> {
            asked.add(partition);
            deadlines.add(deadline);
            return question + partition;
          });

  @Test
  void shouldAskNoPartitionAfterTheDeadline() {
    Gathered<String, String> late = new Gathered<>(operation, "q");
    Map<Integer, String> missing =
        LocalPartitions.ask(operation, List.of(1, 2), "q", FanOut.Deadline.in(Duration.ZERO), late);
    assertThat(asked).isEmpty();
    assertThat(late.answers()).isEmpty();
    assertThat(missing).containsOnlyKeys(1, 2);
  }

  @Test
  void shouldGiveEachPartitionTheDeadlineOfTheQuery() {
    FanOut.Deadline deadline = FanOut.Deadline.in(Duration.ofMinutes(1));
    Gathered<String, String> inTime = new Gathered<>(operation, "q");
    assertThat(LocalPartitions.ask(operation, List.of(1, 2), "q", deadline, inTime)).isEmpty();
    assertThat(inTime.answers()).isEqualTo(Map.of(1, "q1", 2, "q2"));
    assertThat(deadlines).containsExactly(deadline, deadline);
  }
}
