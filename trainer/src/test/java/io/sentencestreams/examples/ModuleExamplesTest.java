package io.sentencestreams.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.SentenceModule;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.model.training.TrainableOptions;
import io.sentencestreams.trainer.Objective;
import io.sentencestreams.trainer.Trainer;
import io.sentencestreams.trainer.TrainingSettings;
import io.sentencestreams.trainer.data.Sampling;
import io.sentencestreams.trainer.data.StsReader;
import io.sentencestreams.trainer.loss.CosineSimilarityLoss;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The examples that make models of modules, each run whole on some pairs of few words. */
class ModuleExamplesTest {
  private static final List<String> WORDS =
      List.of("a", "cat", "dog", "sits", "runs", "red", "blue", "on", "mat", "stream");

  @TempDir private Path folder;
  private Path vectors;
  private Path pairs;

  interface Program {
    void run(String[] args) throws IOException;
  }

  @BeforeEach
  void writeData() throws IOException {
    Random random = new Random(1);
    StringBuilder text = new StringBuilder();
    for (String word : WORDS) {
      text.append(word);
      for (int i = 0; i < 8; i++) {
        text.append(' ').append(random.nextGaussian());
      }
      text.append('\n');
    }
    vectors = folder.resolve("vectors.txt.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(vectors))) {
      out.write(text.toString().getBytes(StandardCharsets.UTF_8));
    }
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      String left = sentence(random);
      String right = random.nextBoolean() ? left + " red" : sentence(random);
      rows.append("%s\t%s\t%d\n".formatted(left, right, random.nextInt(6)));
    }
    pairs = Files.writeString(folder.resolve("pairs.tsv"), rows);
  }

  private static String sentence(Random random) {
    return "a %s %s"
        .formatted(
            WORDS.get(random.nextInt(WORDS.size())), WORDS.get(random.nextInt(WORDS.size())));
  }

  static Stream<Arguments> trainings() {
    return Stream.of(
        Arguments.of("DAN", (Program) DanTraining::main, 8, "Dense"),
        Arguments.of("BiLSTM", (Program) BiLstmTraining::main, 512, "LSTM"),
        Arguments.of("CNN", (Program) CnnTraining::main, 768, "CNN"),
        Arguments.of("tf-idf", (Program) TfIdfWordEmbeddings::main, 8, "WordWeights"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("trainings")
  void shouldTrainAModelOfWordEmbeddings(String name, Program example, int dimension, String module)
      throws IOException {
    Path output = folder.resolve("out");
    String data = pairs.toString();
    example.run(new String[] {vectors.toString(), data, data, data, output.toString()});
    assertTrained(output, dimension, module);
  }

  @Test
  void shouldTrainAModelOfABagOfWords() throws IOException {
    Path output = folder.resolve("out");
    String data = pairs.toString();
    BagOfWordsTraining.main(new String[] {data, data, data, output.toString()});
    assertTrained(output, 512, "BoW");
  }

  @Test
  void shouldTrainAModelOfAnothersTransformer() throws IOException {
    Path output = folder.resolve("out");
    String data = pairs.toString();
    CustomBert.main(new String[] {"all-MiniLM-L6-v2", data, data, data, output.toString()});
    assertTrained(output, 256, "Transformer");
  }

  private static void assertTrained(Path output, int dimension, String module) {
    Checkpoint untrained = Checkpoint.open(output.resolve("untrained"));
    Checkpoint trained = Checkpoint.open(output.resolve("model"));
    assertThat(trained.modules()).extracting(SentenceModule::typeName).contains(module);
    assertThat(trained.digest()).isNotEqualTo(untrained.digest());
    try (SentenceEncoder encoder =
        SentenceEncoder.load(output.resolve("model"), EncoderOptions.DEFAULT)) {
      assertThat(encoder.encode("a red cat")).hasSize(dimension);
    }
  }

  @Test
  void shouldMakeAModelOfWordVectorsAlone() throws IOException {
    Path output = folder.resolve("out");
    AverageWordEmbeddings.main(
        new String[] {vectors.toString(), pairs.toString(), output.toString()});
    try (SentenceEncoder encoder = SentenceEncoder.load(output, EncoderOptions.DEFAULT)) {
      assertThat(encoder.encode("a cat on the mat")).isEqualTo(encoder.encode("mat cat"));
    }
  }

  @Test
  void shouldRefuseToTrainAModelInWhichNothingLearns() throws IOException {
    Path model = folder.resolve("model");
    AverageWordEmbeddings.main(
        new String[] {vectors.toString(), pairs.toString(), model.toString()});
    try (TrainableEncoder encoder =
        TrainableEncoder.load(Checkpoint.open(model), TrainableOptions.DEFAULT)) {
      Objective objective =
          new Objective(
              "sts",
              StsReader.readToTrain(pairs, 5),
              new CosineSimilarityLoss(),
              Sampling.SHUFFLED,
              8);
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  new Trainer(
                      encoder,
                      List.of(objective),
                      Optional.empty(),
                      TrainingSettings.builder().build(),
                      folder.resolve("run")))
          .withMessageContaining(model + " has nothing that learns");
    }
  }
}
