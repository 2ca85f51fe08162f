package io.sentencestreams.app;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Creates topics that can be written to at once. */
public final class TopicCreation {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration PAUSE = Duration.ofMillis(20);

  private TopicCreation() {}

  /**
   * Creates topics and waits until the leader of each partition answers.
   *
   * <p>A topic that was just created is known before its partitions can be written. A producer's
   * first batch is then refused and tried again, but a second one that is on its way may be taken
   * as the first, and from then on the broker refuses the first as out of order until it expires.
   *
   * @throws KafkaException if a topic cannot be created
   */
  public static void create(Admin admin, Collection<NewTopic> topics) {
    try {
      admin.createTopics(topics).all().get();
      awaitLeaders(admin, topics.stream().map(NewTopic::name).toList());
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException cause ? cause : new KafkaException(e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  /** Asks the leaders for their ends, again until each of them knows its partition. */
  private static void awaitLeaders(Admin admin, List<String> topics)
      throws ExecutionException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        admin.listOffsets(ends(admin, topics)).all().get();
        return;
      } catch (ExecutionException e) {
        boolean passes = e.getCause() instanceof UnknownTopicOrPartitionException;
        if (!passes || System.nanoTime() > deadline) {
          throw e;
        }
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }

  private static Map<TopicPartition, OffsetSpec> ends(Admin admin, List<String> topics)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    for (TopicDescription topic : admin.describeTopics(topics).allTopicNames().get().values()) {
      for (TopicPartitionInfo partition : topic.partitions()) {
        ends.put(new TopicPartition(topic.name(), partition.partition()), OffsetSpec.latest());
      }
    }
    return ends;
  }
}
