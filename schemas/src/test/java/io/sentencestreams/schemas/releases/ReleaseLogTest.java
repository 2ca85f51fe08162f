package io.sentencestreams.schemas.releases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.schemas.releases.ReleaseRecord.Action;
import io.sentencestreams.schemas.releases.TrainingRunRecord.Outcome;
import io.sentencestreams.schemas.releases.TrainingRunRecord.Trigger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.Test;

class ReleaseLogTest {
  private static String version(int number) {
    return "%064x".formatted(number);
  }

  private static ReleaseRecord release(int number) {
    return ReleaseRecord.release(
        version(number), version(0), Map.of("guard", new ScoreChange(0.5, 0.6)), "run", 7);
  }

  private static ReleaseRecord decision(Action action, int number) {
    return ReleaseRecord.decision(
        action, action == Action.UNPIN ? null : version(number), 7, "why");
  }

  private static ReleaseLog log(Iterable<ReleaseRecord> records) {
    ReleaseLog log = new ReleaseLog();
    records.forEach(log::add);
    return log;
  }

  @Test
  void shouldUseTheNewestUnlessAnotherIsPinned() {
    List<ReleaseRecord> records = new ArrayList<>();
    assertThat(log(records).current()).isEmpty();
    records.add(release(1));
    records.add(release(2));
    assertThat(log(records).current()).contains(version(2));
    records.add(decision(Action.ROLLBACK, 1));
    assertThat(log(records).current()).contains(version(1));
    records.add(release(3));
    assertThat(log(records).current()).contains(version(3));
    records.add(decision(Action.PIN, 2));
    records.add(release(4));
    assertThat(log(records).current()).contains(version(2));
    assertThat(log(records).newest()).contains(version(4));
    records.add(decision(Action.UNPIN, 0));
    assertThat(log(records).current()).contains(version(4));
    records.add(release(1));
    assertThat(log(records).current()).contains(version(1));
    assertThat(log(records).releases())
        .extracting(ReleaseRecord::version)
        .containsExactly(version(2), version(3), version(4), version(1));
  }

  @Test
  void shouldSayTheSameOfATopicThatWasCompacted() {
    Random random = new Random(5);
    List<Action> actions = List.of(Action.values());
    for (int round = 0; round < 2000; round++) {
      List<ReleaseRecord> records = new ArrayList<>();
      for (int i = 0; i < 1 + random.nextInt(12); i++) {
        Action action = actions.get(random.nextInt(actions.size()));
        int number = 1 + random.nextInt(4);
        records.add(action == Action.RELEASE ? release(number) : decision(action, number));
      }
      Map<String, ReleaseRecord> newestOfKey = new LinkedHashMap<>();
      for (ReleaseRecord record : records) {
        newestOfKey.remove(record.key());
        newestOfKey.put(record.key(), record);
      }
      Optional<String> current = log(records).current();
      assertThat(log(newestOfKey.values()).current()).as(records.toString()).isEqualTo(current);
    }
  }

  @Test
  void shouldReadWhatItWroteAndSkipFieldsOfLaterVersions() {
    for (ReleaseRecord record : List.of(release(1), decision(Action.UNPIN, 0))) {
      byte[] json = ReleaseSerdes.releaseSerializer().serialize("t", record);
      assertThat(ReleaseSerdes.releaseDeserializer().deserialize("t", json)).isEqualTo(record);
    }
    byte[] later =
        "{\"action\":\"PIN\",\"version\":\"%s\",\"time_millis\":1,\"new\":2}"
            .formatted(version(1))
            .getBytes(StandardCharsets.UTF_8);
    assertThat(ReleaseSerdes.releaseDeserializer().deserialize("t", later).version())
        .isEqualTo(version(1));
    TrainingRunRecord run =
        new TrainingRunRecord(
            "run",
            Trigger.LABELS,
            Outcome.REJECTED,
            List.of("why"),
            1,
            2,
            version(0),
            null,
            List.of(
                new TrainingRunRecord.Task(
                    "sts", 1, 2, 3, Map.of("WRONG_TYPE", 4L), 5, 6, 7, "a", null)),
            Map.of("guard", new ScoreChange(0.1, 0.2)),
            Map.of("epochs", "1"),
            Map.of("labels-0", 9L));
    byte[] json = ReleaseSerdes.runSerializer().serialize("t", run);
    assertThat(new String(json, StandardCharsets.UTF_8)).contains("\"held_out_sha256\"");
    assertThat(ReleaseSerdes.runDeserializer().deserialize("t", json)).isEqualTo(run);
  }

  @Test
  void shouldRefuseAVersionThatIsNone() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ReleaseRecord.decision(Action.PIN, "../x", 1, null));
    byte[] wrong = "{\"action\":\"PIN\",\"version\":\"x\"}".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> ReleaseSerdes.releaseDeserializer().deserialize("t", wrong))
        .isInstanceOf(SerializationException.class)
        .hasMessageContaining("64 hexadecimal digits");
  }

  @Test
  void shouldRefuseAJsonNull() {
    byte[] none = "null".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> ReleaseSerdes.releaseDeserializer().deserialize("t", none))
        .isInstanceOf(SerializationException.class)
        .hasMessageContaining("is not a release, but the null of JSON");
  }
}
