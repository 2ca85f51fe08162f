package io.sentencestreams.examples;

import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.checkpoint.PoolingMode;
import io.sentencestreams.model.checkpoint.WordVocabulary;
import io.sentencestreams.model.composition.ModelBuilder;
import io.sentencestreams.model.words.StopWords;
import io.sentencestreams.model.words.WordVectors;
import io.sentencestreams.trainer.data.StsReader;
import io.sentencestreams.trainer.evaluation.EmbeddingSimilarityEvaluator;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Makes a model of word vectors alone, the mean of a text's words but for stop words, and scores
 * it.
 *
 * <pre>{@code
 * java -cp "stream-app/target/distribution/lib/*" \
 *   trainer/src/examples/java/io/sentencestreams/examples/AverageWordEmbeddings.java \
 *   glove.6B.300d.txt.gz sts-test.csv OUTPUT
 * }</pre>
 */
public final class AverageWordEmbeddings {
  private AverageWordEmbeddings() {}

  /** Takes the word vectors, the file to test on, and the output. */
  public static void main(String[] args) throws IOException {
    if (args.length != 3) {
      throw new IllegalArgumentException("usage: VECTORS TEST OUTPUT");
    }
    Path output = Path.of(args[2]);
    try (WordVectors vectors = WordVectors.read(Path.of(args[0]))) {
      WordVocabulary vocabulary =
          WordVocabulary.of(vectors.words()).withStopWords(StopWords.ofEnglish());
      ModelBuilder.wordEmbeddings(vectors, vocabulary, /* trained= */ false)
          .pooling(PoolingMode.MEAN)
          .save(output);
    }
    try (SentenceEncoder encoder = SentenceEncoder.load(output, EncoderOptions.DEFAULT)) {
      EmbeddingSimilarityEvaluator test =
          new EmbeddingSimilarityEvaluator(StsReader.read(Path.of(args[1])));
      System.out.println("test score " + test.evaluate(encoder::encode).spearman());
    }
  }
}
