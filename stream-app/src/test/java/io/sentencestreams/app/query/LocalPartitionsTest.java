package io.sentencestreams.app.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LocalPartitionsTest {
  private final List<Integer> asked = new ArrayList<>();
  private final Operation<String, String> operation =
      new Operation<>(
          "operation",
          "store",
          "topic",
          String.class,
          String.class,
          (question, answer) -> true,
          (partition, question) -> {
            asked.add(partition);
            return question + partition;
          });

  @Test
  void shouldAskNoPartitionAfterTheDeadline() {
    LocalPartitions.Result<String> late =
        LocalPartitions.ask(operation, List.of(1, 2), "q", FanOut.Deadline.in(Duration.ZERO));
    assertThat(asked).isEmpty();
    assertThat(late.answers()).isEmpty();
    assertThat(late.missing()).containsOnlyKeys(1, 2);
    LocalPartitions.Result<String> inTime =
        LocalPartitions.ask(
            operation, List.of(1, 2), "q", FanOut.Deadline.in(Duration.ofMinutes(1)));
    assertThat(inTime.answers()).containsEntry(1, "q1").containsEntry(2, "q2");
    assertThat(inTime.missing()).isEmpty();
  }
}
