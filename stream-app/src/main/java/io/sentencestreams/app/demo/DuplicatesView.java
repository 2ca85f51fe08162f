package io.sentencestreams.app.demo;

import io.sentencestreams.schemas.DuplicateRecord;
import io.sentencestreams.schemas.DuplicateSerdes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.serialization.Deserializer;

/** Counts the near-duplicates, and shows one now and then. */
final class DuplicatesView implements AutoCloseable {
  private static final long SHOW_NANOS = 1_500_000_000L;

  private final DemoScreen screen;
  private final Deserializer<DuplicateRecord> deserializer = DuplicateSerdes.deserializer(Map.of());
  private final Map<String, String> texts = new HashMap<>();
  private final Set<String> groups = new HashSet<>();
  private DuplicateRecord latest;
  private long pairs;
  private long lastNanos = System.nanoTime();
  private long lastShown = System.nanoTime();

  DuplicatesView(DemoScreen screen) {
    this.screen = screen;
  }

  /** Remembers the words of a text, as the topic of duplicates has its id only. */
  void text(String id, String text) {
    texts.put(id, text);
  }

  void add(byte[] value) {
    latest = deserializer.deserialize(Demo.DUPLICATES, value);
    groups.add(latest.group());
    if (latest.mergedGroup() != null) {
      groups.remove(latest.mergedGroup());
    }
    pairs++;
    lastNanos = System.nanoTime();
  }

  void show() {
    long now = System.nanoTime();
    if (latest == null || now - lastShown < SHOW_NANOS) {
      return;
    }
    String a = texts.get(latest.a().id());
    String b = texts.get(latest.b().id());
    if (a != null && b != null) {
      screen.line("");
      screen.line("  near-duplicates, %.2f", latest.similarity());
      screen.line("         %s", a);
      screen.line("         %s", b);
      lastShown = now;
    }
    latest = null;
  }

  long pairs() {
    return pairs;
  }

  int groups() {
    return groups.size();
  }

  /** When the last pair came. */
  long lastNanos() {
    return lastNanos;
  }

  @Override
  public void close() {
    deserializer.close();
  }
}
