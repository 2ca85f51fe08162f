package io.sentencestreams.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.search.DuplicateFinder;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * News articles among which a few were copied and reworded, where the data is present: whether a
 * threshold tells the copies from the rest. The threshold is chosen on a hundred of them; {@code
 * -Darticles.all=true} asks a thousand, which takes a minute.
 */
class SharedArticlesTest {
  private static final Logger LOG = LoggerFactory.getLogger(SharedArticlesTest.class);

  private final SentenceEncoder encoder =
      SentenceEncoder.load(
          "all-MiniLM-L6-v2", EncoderOptions.DEFAULT.withPrecision(Precision.FP32));

  @AfterEach
  void close() {
    encoder.close();
  }

  /** Similarities of the articles of a file, and which pairs are copies. */
  private record Articles(
      List<String> ids, float[][] embeddings, Set<Set<String>> copies, int truncated) {
    /** Least similarity of a copy to its original. */
    double leastOfCopies() {
      return pairs(true).stream().mapToDouble(DuplicateFinder.Pair::score).min().orElseThrow();
    }

    double greatestOfOthers() {
      return pairs(false).stream().mapToDouble(DuplicateFinder.Pair::score).max().orElseThrow();
    }

    Set<Set<String>> found(float threshold) {
      Set<Set<String>> found = new HashSet<>();
      DuplicateFinder.find(embeddings, threshold).pairs().forEach(pair -> found.add(names(pair)));
      return found;
    }

    private List<DuplicateFinder.Pair> pairs(boolean copied) {
      return DuplicateFinder.find(embeddings, -1).pairs().stream()
          .filter(pair -> copies.contains(names(pair)) == copied)
          .toList();
    }

    private Set<String> names(DuplicateFinder.Pair pair) {
      return Set.of(ids.get(pair.first()), ids.get(pair.second()));
    }
  }

  @Test
  void shouldFindEachCopyAndNothingElse() throws IOException {
    Articles few = read("articles_100");
    float threshold = (float) ((few.leastOfCopies() + few.greatestOfOthers()) / 2);
    report("100", few, threshold);
    assertThat(few.found(threshold)).isEqualTo(few.copies());
    assertThat(few.copies()).hasSize(5);
  }

  @Test
  void shouldFindEachCopyAmongMoreArticlesAtTheThresholdOfTheFew() throws IOException {
    assumeTrue(Boolean.getBoolean("articles.all"), "takes a minute: -Darticles.all=true runs it");
    Articles few = read("articles_100");
    float threshold = (float) ((few.leastOfCopies() + few.greatestOfOthers()) / 2);
    Articles many = read("articles_1000");
    report("1000", many, threshold);
    assertThat(many.found(threshold)).isEqualTo(many.copies());
    assertThat(many.copies()).hasSize(10);
  }

  private static void report(String name, Articles articles, float threshold) {
    LOG.info(
        "{} articles, {} longer than the model reads: copies from {}, others up to {}, threshold {}",
        name,
        articles.truncated(),
        articles.leastOfCopies(),
        articles.greatestOfOthers(),
        threshold);
  }

  private Articles read(String name) throws IOException {
    List<String> ids = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    for (String line : Files.readAllLines(SharedData.file("near_duplicates/" + name + ".train"))) {
      int space = line.indexOf(' ');
      ids.add(line.substring(0, space));
      texts.add(line.substring(space + 1));
    }
    Set<Set<String>> copies = new HashSet<>();
    for (String line : Files.readAllLines(SharedData.file("near_duplicates/" + name + ".truth"))) {
      copies.add(Set.of(line.trim().split(" ")));
    }
    int truncated = (int) encoder.tokenize(texts).stream().filter(text -> text.truncated()).count();
    return new Articles(
        Collections.unmodifiableList(ids), encoder.encode(texts), copies, truncated);
  }
}
