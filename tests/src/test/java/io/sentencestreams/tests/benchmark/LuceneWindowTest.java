package io.sentencestreams.tests.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sentencestreams.app.benchmark.WindowVectors;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.MMapDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A sliding window of vectors in Lucene, by the rules of {@code tests/python/window_peers.py}: a
 * batch is searched for, then added, then what is too old is deleted. One thread, merges included.
 * {@code -Dlucene.vectors=FILE} measures on a file that {@code benchmark window --save FILE} wrote,
 * {@code -Dlucene.window}, {@code lucene.slide}, {@code lucene.threshold} and {@code
 * lucene.limit.seconds} as there; {@code mvn verify} runs a short form.
 */
class LuceneWindowTest {
  private static final int BATCH = 100;
  private static final int CANDIDATES = 32;
  private static final int BREADTH = 64; // of the search, as in the script
  private static final int DIMENSION = 384;
  private static final int TRUTH_BATCHES = 20;
  private static final float BAND = 1e-3f;

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

  @TempDir private Path folder;

  @Test
  void shouldFindMostPairsOfAWindowThatSlides() throws IOException {
    float[][] vectors =
        WindowVectors.withCopies(
            new Random(1), WindowVectors.topics(new Random(1), 1000, DIMENSION), 3000);
    Result result = run(vectors, 1000, 2000, 0.9f, Duration.ofMinutes(2));
    assertThat(result.pairs()).isPositive();
    assertThat(result.recall()).isGreaterThan(0.8);
    assertThat(result.wrong()).isZero();
  }

  @Test
  void measure() throws IOException {
    String file = System.getProperty("lucene.vectors");
    assumeTrue(file != null, "-Dlucene.vectors=FILE measures");
    int window = Integer.getInteger("lucene.window", 100_000);
    int slide = Integer.getInteger("lucene.slide", 10_000);
    float threshold = Float.parseFloat(System.getProperty("lucene.threshold", "0.9"));
    Duration limit = Duration.ofSeconds(Integer.getInteger("lucene.limit.seconds", 600));
    float[][] vectors = WindowVectors.read(Path.of(file), DIMENSION, window + slide);
    Result result = run(vectors, window, slide, threshold, limit);
    assertThat(result.records()).isPositive();
    System.out.printf("Lucene %d threshold %s: %s%n", window, threshold, result);
  }

  private record Result(
      int window,
      int records,
      double recordsPerCpuSecond,
      double recordsPerSecond,
      double fillPerCpuSecond,
      double recall,
      long pairs,
      long wrong) {}

  private Result run(float[][] vectors, int wanted, int slide, float threshold, Duration limit)
      throws IOException {
    for (float[] vector : vectors) {
      scaleToOne(vector);
    }
    IndexWriterConfig config =
        new IndexWriterConfig()
            .setMergeScheduler(new SerialMergeScheduler())
            .setRAMBufferSizeMB(256);
    try (MMapDirectory directory = new MMapDirectory(folder);
        IndexWriter writer = new IndexWriter(directory, config)) {
      long cpu = threads.getCurrentThreadCpuTime();
      long end = System.nanoTime() + limit.toNanos();
      int filled = 0;
      while (filled < wanted && System.nanoTime() < end) {
        add(writer, vectors, filled, Math.min(wanted, filled + BATCH));
        filled = Math.min(wanted, filled + BATCH);
      }
      writer.flush();
      double fillPerCpuSecond = filled * 1e9 / (threads.getCurrentThreadCpuTime() - cpu);
      DirectoryReader reader = DirectoryReader.open(writer);
      int stop = Math.min(vectors.length, filled + slide);
      int truthEvery = Math.max(1, slide / BATCH / TRUTH_BATCHES);
      long usedCpu = 0;
      long usedWall = 0;
      Truth truth = new Truth(threshold);
      end = System.nanoTime() + limit.toNanos();
      int at = filled;
      for (int number = 0; at < stop && System.nanoTime() < end; number++) {
        int to = Math.min(stop, at + BATCH);
        long startCpu = threads.getCurrentThreadCpuTime();
        long startWall = System.nanoTime();
        writer.deleteDocuments(LongPoint.newRangeQuery("order", 0, (long) at - filled - 1));
        DirectoryReader newer = DirectoryReader.openIfChanged(reader, writer);
        if (newer != null) {
          reader.close();
          reader = newer;
        }
        IndexSearcher searcher = new IndexSearcher(reader);
        Set<Integer>[] found = search(searcher, vectors, at, to, threshold);
        add(writer, vectors, at, to);
        usedCpu += threads.getCurrentThreadCpuTime() - startCpu;
        usedWall += System.nanoTime() - startWall;
        if (number % truthEvery == 0) {
          for (int query = at; query < to; query++) {
            truth.compare(vectors, query, Math.max(0, query - filled), at, found[query - at]);
          }
        }
        at = to;
      }
      reader.close();
      int records = at - filled;
      return new Result(
          filled,
          records,
          records * 1e9 / usedCpu,
          records * 1e9 / usedWall,
          fillPerCpuSecond,
          (double) truth.hits / truth.expected,
          truth.expected,
          truth.wrong);
    }
  }

  private static void add(IndexWriter writer, float[][] vectors, int from, int to)
      throws IOException {
    for (int i = from; i < to; i++) {
      Document document = new Document();
      document.add(
          new KnnFloatVectorField("vector", vectors[i], VectorSimilarityFunction.DOT_PRODUCT));
      document.add(new LongPoint("order", i));
      document.add(new NumericDocValuesField("order", i));
      writer.addDocument(document);
    }
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static Set<Integer>[] search(
      IndexSearcher searcher, float[][] vectors, int from, int to, float threshold)
      throws IOException {
    Set<Integer>[] found = new Set[to - from];
    for (int query = from; query < to; query++) {
      Set<Integer> orders = new HashSet<>();
      KnnFloatVectorQuery nearest = new KnnFloatVectorQuery("vector", vectors[query], BREADTH);
      for (ScoreDoc hit : searcher.search(nearest, CANDIDATES).scoreDocs) {
        if (2 * hit.score - 1 >= threshold) { // Lucene's score is (1 + cosine) / 2
          orders.add(orderOf(searcher, hit.doc));
        }
      }
      found[query - from] = orders;
    }
    return found;
  }

  private static int orderOf(IndexSearcher searcher, int document) throws IOException {
    LeafReaderContext leaf =
        searcher
            .getIndexReader()
            .leaves()
            .get(ReaderUtil.subIndex(document, searcher.getIndexReader().leaves()));
    NumericDocValues orders = leaf.reader().getNumericDocValues("order");
    assertThat(orders.advanceExact(document - leaf.docBase)).isTrue();
    return (int) orders.longValue();
  }

  private static void scaleToOne(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    float scale = (float) (1 / Math.sqrt(squares));
    for (int d = 0; d < vector.length; d++) {
      vector[d] *= scale;
    }
  }

  /** What brute force finds; pairs near the threshold count for nothing. */
  private static final class Truth {
    private final float threshold;
    private long expected;
    private long hits;
    private long wrong;

    Truth(float threshold) {
      this.threshold = threshold;
    }

    void compare(float[][] vectors, int query, int from, int to, Set<Integer> found) {
      for (int i = from; i < to; i++) {
        double similarity = 0;
        for (int d = 0; d < DIMENSION; d++) {
          similarity += vectors[query][d] * vectors[i][d];
        }
        boolean hit = found.contains(i);
        if (Math.abs(similarity - threshold) >= BAND) {
          if (similarity >= threshold) {
            expected++;
            hits += hit ? 1 : 0;
          } else {
            wrong += hit ? 1 : 0;
          }
        }
      }
    }
  }
}
