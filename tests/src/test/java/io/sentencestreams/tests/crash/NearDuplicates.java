package io.sentencestreams.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.app.window.WindowSetup;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.window.ContentRouter;
import io.sentencestreams.model.window.Route;
import io.sentencestreams.schemas.DuplicateRecord;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.tests.Topics;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Pairs of near-duplicates as brute force over the embeddings finds them, by the ids of both. Where
 * several partitions hold the window, those are asked for that routing brings together whichever of
 * the two texts comes first: the feed's texts of random words are a hard case for it, and how much
 * it misses of real ones is measured elsewhere.
 */
final class NearDuplicates {
  static final double THRESHOLD = 0.9;

  /** So near to the threshold a pair may be one or not. */
  static final double UNDECIDED = 1e-3;

  private NearDuplicates() {}

  static Set<String> ids(List<ConsumerRecord<byte[], EmbeddingRecord>> records) {
    return records.stream().map(record -> record.value().id()).collect(Collectors.toSet());
  }

  /** Texts that are no first occurrences though none before them and none of the first is near. */
  static Set<String> unexplained(Topics.Reader<EmbeddingRecord> embeddings, Set<String> first) {
    Map<String, EmbeddingRecord> all = new HashMap<>();
    embeddings.records().forEach(in -> all.put(in.value().id(), in.value()));
    Set<String> unexplained = new HashSet<>(all.keySet());
    unexplained.removeAll(first);
    for (Set<String> pair : bruteForce(vectors(embeddings), THRESHOLD - UNDECIDED)) {
      List<String> ids = List.copyOf(pair);
      for (int i = 0; i < 2; i++) {
        String other = ids.get(1 - i);
        if (first.contains(other) || isBefore(all.get(other), all.get(ids.get(i)))) {
          unexplained.remove(ids.get(i));
        }
      }
    }
    return unexplained;
  }

  private static boolean isBefore(EmbeddingRecord one, EmbeddingRecord other) {
    return Comparator.comparingLong(EmbeddingRecord::eventTimeMillis)
            .thenComparing(EmbeddingRecord::topic)
            .thenComparingInt(EmbeddingRecord::partition)
            .thenComparingLong(EmbeddingRecord::offset)
            .compare(one, other)
        < 0;
  }

  static Set<Set<String>> names(List<ConsumerRecord<byte[], DuplicateRecord>> records) {
    Set<Set<String>> names = new HashSet<>();
    for (ConsumerRecord<byte[], DuplicateRecord> record : records) {
      names.add(Set.of(record.value().a().id(), record.value().b().id()));
    }
    return names;
  }

  static Set<Set<String>> without(Set<Set<String>> all, Set<Set<String>> those) {
    Set<Set<String>> rest = new HashSet<>(all);
    rest.removeAll(those);
    return rest;
  }

  static Map<String, float[]> vectors(Topics.Reader<EmbeddingRecord> embeddings) {
    Map<String, float[]> vectors = new HashMap<>();
    embeddings.records().forEach(in -> vectors.put(in.value().id(), in.value().vector()));
    return vectors;
  }

  /** Near-duplicates that meet in whatever order they come. */
  static Set<Set<String>> expected(Map<String, float[]> vectors, int partitions) {
    try (SentenceEncoder encoder =
        SentenceEncoder.load(
            "all-MiniLM-L6-v2", EncoderOptions.DEFAULT.withPrecision(Precision.FP32))) {
      Set<Set<String>> expected =
          meeting(
              vectors,
              WindowSetup.router(
                  partitions, (float) THRESHOLD, encoder.dimension(), encoder::encode));
      assertThat(expected).hasSizeGreaterThan(100);
      return expected;
    }
  }

  /** Near-duplicates that a router brings together, in whatever order they come: most of all. */
  static Set<Set<String>> meeting(Map<String, float[]> vectors, ContentRouter router) {
    Map<String, Route> routes = new HashMap<>();
    vectors.forEach((id, vector) -> routes.put(id, router.route(vector)));
    Set<Set<String>> all = bruteForce(vectors, THRESHOLD + UNDECIDED);
    Set<Set<String>> meeting =
        all.stream()
            .filter(
                pair -> {
                  List<Route> both = pair.stream().map(routes::get).toList();
                  return reaches(both.get(0), both.get(1)) && reaches(both.get(1), both.get(0));
                })
            .collect(Collectors.toSet());
    assertThat(meeting).hasSizeGreaterThan((int) (0.9 * all.size()));
    return meeting;
  }

  private static boolean reaches(Route later, Route earlier) {
    return later.home() == earlier.home()
        || Arrays.stream(later.probes()).anyMatch(probe -> probe == earlier.home());
  }

  static Set<Set<String>> bruteForce(Map<String, float[]> vectors, double threshold) {
    List<Map.Entry<String, float[]>> all = List.copyOf(vectors.entrySet());
    Set<Set<String>> pairs = new HashSet<>();
    for (int i = 0; i < all.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (cosine(all.get(i).getValue(), all.get(j).getValue()) >= threshold) {
          pairs.add(Set.of(all.get(i).getKey(), all.get(j).getKey()));
        }
      }
    }
    return pairs;
  }

  private static double cosine(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
