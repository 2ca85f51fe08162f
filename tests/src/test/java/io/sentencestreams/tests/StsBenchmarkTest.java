package io.sentencestreams.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.SimilarityFunction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bundled models on the STS benchmark's test set, where the data is present. */
class StsBenchmarkTest {
  private static final String FILE = "sts_benchmark";

  @ParameterizedTest
  @CsvSource({"all-MiniLM-L6-v2, 0.8203", "bge-small-en-v1.5, 0.8586"})
  void shouldCorrelateWithHumanScoresAsTheReferenceDoes(String model, double spearman)
      throws IOException {
    List<String[]> rows = rows();
    EncoderOptions options = EncoderOptions.DEFAULT.withPrecision(Precision.FP32);
    try (SentenceEncoder encoder = SentenceEncoder.load(model, options)) {
      assertThat(spearman(encoder, rows)).isCloseTo(spearman, within(0.0002));
    }
  }

  private static double spearman(SentenceEncoder encoder, List<String[]> rows) {
    float[][] first = encoder.encode(rows.stream().map(row -> row[5]).toList());
    float[][] second = encoder.encode(rows.stream().map(row -> row[6]).toList());
    float[] cosines = SimilarityFunction.COSINE.pairwise(first, second);
    double[] predicted = new double[cosines.length];
    Arrays.setAll(predicted, i -> cosines[i]);
    double[] human = rows.stream().mapToDouble(row -> Double.parseDouble(row[4])).toArray();
    return pearson(ranks(predicted), ranks(human));
  }

  private static double[] ranks(double[] values) {
    Integer[] order = new Integer[values.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingDouble(i -> values[i]));
    double[] ranks = new double[values.length];
    for (int from = 0; from < order.length; ) {
      int to = from;
      while (to < order.length && values[order[to]] == values[order[from]]) {
        to++;
      }
      for (int i = from; i < to; i++) {
        ranks[order[i]] = (from + to - 1) / 2.0; // ties share their mean rank
      }
      from = to;
    }
    return ranks;
  }

  private static double pearson(double[] x, double[] y) {
    double meanX = Arrays.stream(x).average().orElseThrow();
    double meanY = Arrays.stream(y).average().orElseThrow();
    double xy = 0;
    double xx = 0;
    double yy = 0;
    for (int i = 0; i < x.length; i++) {
      xy += (x[i] - meanX) * (y[i] - meanY);
      xx += (x[i] - meanX) * (x[i] - meanX);
      yy += (y[i] - meanY) * (y[i] - meanY);
    }
    return xy / Math.sqrt(xx * yy);
  }

  private static List<String[]> rows() throws IOException {
    String configured = System.getenv("SENTENCE_STREAMS_DATA");
    Path data =
        configured == null
            ? Path.of(System.getProperty("sentencestreams.root"), "..", "shared", "data")
            : Path.of(configured);
    Path folder = data.resolve(FILE);
    assumeTrue(Files.isDirectory(folder), folder + " is absent");
    try (var files = Files.list(folder)) {
      Path test =
          files
              .filter(file -> file.getFileName().toString().contains("test"))
              .findFirst()
              .orElseThrow();
      return Files.readAllLines(test).stream().map(line -> line.split("\t", -1)).toList();
    }
  }
}
