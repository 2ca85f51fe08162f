package io.sentencestreams.tests.crash;

import io.sentencestreams.tests.Topics;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Puts distinct texts of 2 to 32 words on the topic of texts, and remembers them. */
final class Feed {
  private static final List<String> WORDS =
      List.of("the", "parcel", "a", "train", "late", "refund", "storm", "of", "bank", "goal");
  private static final int KEYS = 37;

  private final Topics topics;
  private final Random random;
  private final List<String> texts = new ArrayList<>();

  Feed(Topics topics, long seed) {
    this.topics = topics;
    this.random = new Random(seed);
  }

  /** Puts some more records on the topic, all acknowledged when this returns. */
  void add(int count) throws Exception {
    int first = texts.size();
    for (int i = 0; i < count; i++) {
      texts.add(text(first + i));
    }
    topics.produce(
        CrashRun.TEXTS, count, i -> "key" + (first + i) % KEYS, i -> texts.get(first + i));
  }

  private String text(int number) {
    StringBuilder text = new StringBuilder("record " + number);
    for (int words = random.nextInt(31); words > 0; words--) {
      text.append(' ').append(WORDS.get(random.nextInt(WORDS.size())));
    }
    return text.toString();
  }

  /** All texts so far. */
  List<String> texts() {
    return Collections.unmodifiableList(texts);
  }
}
