package io.sentencestreams.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.tests.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two instances, of which one dies or is frozen while tasks go from one to the other. */
class HandOverCrashTest {
  private static final int FIRST_RECORDS = 200;
  private static final int RECORDS_AT_A_TIME = 40;
  private static final String SESSION_TIMEOUT = "main.consumer.session.timeout.ms";
  private static final String LONG_SESSION = "6000";

  @TempDir private Path folder;

  private EmbeddedBroker broker;
  private Topics topics;
  private Feed feed;
  private Topics.Reader<EmbeddingRecord> reader;

  @BeforeEach
  void fillTopics() throws Exception {
    broker = CrashRun.broker();
    topics = new Topics(broker.bootstrapServers());
    feed = CrashRun.feed(topics, FIRST_RECORDS, 5);
    reader = topics.embeddings(CrashRun.EMBEDDINGS);
  }

  @AfterEach
  void stopBroker() {
    topics.close();
    broker.close();
  }

  @Test
  void shouldLoseNothingWhenKilledWhileItsPartitionsAreTakenAway() throws Exception {
    try (ProgramProcess victim = streamUntil(CrashPoint.REVOCATION, "victim")) {
      CrashRun.awaitMore(reader, feed, 50, victim);
      try (ProgramProcess other = stream("other")) {
        feedUntil(() -> !victim.isAlive());
        victim.awaitCrashAt(CrashPoint.REVOCATION);
        try (ProgramProcess again = stream("victim")) {
          assertExactlyOnce(other, again);
        }
      }
    }
  }

  @Test
  void shouldLoseNothingWhenAStandbyIsKilledWhileItTakesOver() throws Exception {
    Map<String, String> properties = properties("owner");
    properties.put(SESSION_TIMEOUT, LONG_SESSION);
    try (ProgramProcess owner = ProgramProcess.stream(folder, "owner", properties)) {
      CrashRun.awaitMore(reader, feed, 50, owner);
      try (ProgramProcess standby = streamUntil(CrashPoint.TAKEOVER, "standby")) {
        feedUntil(standby::isReady);
        CrashRun.awaitMore(reader, feed, 1, owner, standby);
        owner.kill();
        feedUntil(() -> !standby.isAlive());
        standby.awaitCrashAt(CrashPoint.TAKEOVER);
      }
    }
    try (ProgramProcess owner = stream("owner");
        ProgramProcess standby = stream("standby")) {
      assertExactlyOnce(owner, standby);
    }
  }

  /** Frozen for longer than its session and its transaction last, it wakes up as a zombie. */
  @Test
  void shouldFenceAFrozenInstanceAndLetItComeBack() throws Exception {
    try (ProgramProcess frozen = stream("frozen");
        ProgramProcess other = stream("other")) {
      feedUntil(() -> frozen.isReady() && other.isReady());
      CrashRun.awaitMore(reader, feed, 1, frozen, other);
      feed.add(RECORDS_AT_A_TIME);
      frozen.signal("STOP");
      feed.add(RECORDS_AT_A_TIME); // some of it on the partitions of the frozen one
      CrashRun.awaitDistinct(reader, feed.texts().size(), other);
      frozen.signal("CONT");
      // Once the other one has gone, only the one that was frozen can do the work.
      assertThat(other.stop()).as(other::log).isEqualTo(ProgramProcess.SIGTERM_STATUS);
      feed.add(RECORDS_AT_A_TIME);
      assertExactlyOnce(frozen);
    }
  }

  /**
   * A transaction of restored texts alone carries no offset of Kafka Streams' own, by which a
   * broker could tell that the partitions have another owner by now. The frozen one has one stream
   * thread: another could be within a commit, and for its offsets all others would wait.
   */
  @Test
  void shouldFenceAnInstanceThatFreezesBeforeItHasReadAnything() throws Exception {
    try (ProgramProcess first =
        ProgramProcess.stream(
            CrashAgent.Act.HOLD, CrashPoint.ENCODE, folder, "first", properties("first"))) {
      await()
          .atMost(CrashRun.PATIENCE)
          .until(
              () -> topics.committed(CrashRun.APPLICATION, CrashRun.TEXTS, true) == FIRST_RECORDS);
      first.kill();
    }
    Map<String, String> properties = properties("frozen");
    properties.put("transaction.timeout.ms", "600000"); // what is open at the freezing stays so
    properties.put("num.stream.threads", "1");
    try (ProgramProcess frozen =
        ProgramProcess.stream(
            CrashAgent.Act.FREEZE, CrashPoint.FORWARD, folder, "frozen", properties)) {
      await().atMost(CrashRun.PATIENCE).until(frozen::isFrozen);
      try (ProgramProcess other = stream("other")) {
        await()
            .atMost(CrashRun.PATIENCE)
            .until(() -> other.isReady() && topics.endOffset(CrashRun.EMBEDDINGS) >= FIRST_RECORDS);
        frozen.signal("CONT");
        assertExactlyOnce(other, frozen);
      }
    }
  }

  private void feedUntil(Callable<Boolean> condition) {
    CrashRun.feedUntil(
        topics,
        feed,
        RECORDS_AT_A_TIME,
        () -> {
          reader.poll();
          return condition.call();
        });
  }

  private void assertExactlyOnce(ProgramProcess... alive) throws Exception {
    CrashRun.awaitDistinct(reader, feed.texts().size(), alive);
    for (ProgramProcess process : alive) {
      assertThat(process.stop()).as(process::log).isEqualTo(ProgramProcess.SIGTERM_STATUS);
    }
    reader.pollToEnd();
    CrashRun.assertGuarantee(CrashPoint.Guarantee.EXACTLY_ONCE, reader.records(), feed.texts());
    assertThat(topics.endOffset(CrashRun.DEAD_LETTERS)).isZero();
  }

  private ProgramProcess stream(String name) throws IOException {
    return ProgramProcess.stream(folder, name, properties(name));
  }

  private ProgramProcess streamUntil(CrashPoint point, String name) throws IOException {
    Map<String, String> properties = properties(name);
    properties.put("num.stream.threads", "1"); // threads of one instance are to take nothing away
    // On a busy machine a shorter session expires, and one whose session has expired loses its
    // standbys: nothing would be handed over.
    properties.put(SESSION_TIMEOUT, LONG_SESSION);
    return ProgramProcess.streamUntil(point, folder, name, properties);
  }

  private Map<String, String> properties(String name) {
    return CrashRun.properties(
        broker.bootstrapServers(), folder.resolve(name), CrashPoint.Guarantee.EXACTLY_ONCE);
  }
}
