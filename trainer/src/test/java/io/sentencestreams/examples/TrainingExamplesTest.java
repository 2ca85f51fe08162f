package io.sentencestreams.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.repository.ModelRepository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples that train transformers, each run whole on a few short texts. */
class TrainingExamplesTest {
  private static final Path PLAIN =
      Path.of(System.getProperty("sentencestreams.root"), "model/src/test/resources/golden/mean");
  private static final List<String> WORDS =
      List.of("cat", "dog", "mat", "stream", "topic", "text", "red", "blue");
  private static final List<String> LABELS = List.of("contradiction", "entailment", "neutral");

  @TempDir private Path folder;
  private final Random random = new Random(3);
  private String scored;
  private String nli;

  @BeforeEach
  void writeData() throws IOException {
    StringBuilder pairs = new StringBuilder();
    StringBuilder inferences = new StringBuilder("sentence1\tsentence2\tgold_label\n");
    for (int i = 0; i < 24; i++) {
      pairs.append("%s\t%s\t%d\n".formatted(sentence(), sentence(), i % 6));
      inferences.append("%s\t%s\t%s\n".formatted(sentence(), sentence(), LABELS.get(i % 3)));
    }
    scored = Files.writeString(folder.resolve("sts.tsv"), pairs).toString();
    nli = Files.writeString(folder.resolve("nli.tsv"), inferences).toString();
  }

  private String sentence() {
    return "the %s is a %s"
        .formatted(
            WORDS.get(random.nextInt(WORDS.size())), WORDS.get(random.nextInt(WORDS.size())));
  }

  @Test
  void shouldTrainOnInferenceAndGoOnWithScoredPairs() throws IOException {
    Path first = folder.resolve("nli-run");
    NliTraining.main(new String[] {PLAIN.toString(), nli, scored, first.toString()});
    assertTrained(first, Checkpoint.open(PLAIN));
    Path second = folder.resolve("sts-run");
    ContinueTraining.main(
        new String[] {first.resolve("model").toString(), scored, scored, second.toString()});
    assertTrained(second, Checkpoint.open(first.resolve("model")));
  }

  @Test
  void shouldTrainOnTheStsBenchmark() throws IOException {
    Path output = folder.resolve("run");
    StsBenchmarkTraining.main(new String[] {scored, scored, scored, output.toString()});
    assertTrained(output, known("bge-small-en-v1.5"));
  }

  @Test
  void shouldTrainOnTwoTasks() throws IOException {
    Path output = folder.resolve("run");
    MultiTaskTraining.main(new String[] {nli, scored, scored, output.toString()});
    assertTrained(output, known("all-MiniLM-L6-v2"));
  }

  @Test
  void shouldTeachAStudentAnotherLanguage() throws IOException {
    StringBuilder english = new StringBuilder();
    StringBuilder other = new StringBuilder();
    for (int i = 0; i < 70; i++) { // more than two batches
      String sentence = sentence();
      english.append(sentence).append(" ").append(i).append('\n');
      other.append(new StringBuilder(sentence).reverse()).append(" ").append(i).append('\n');
    }
    Path sentences = Files.writeString(folder.resolve("en"), english);
    Path translations = Files.writeString(folder.resolve("other"), other);
    Path output = folder.resolve("run");
    MultilingualTraining.main(
        new String[] {
          sentences.toString(),
          translations.toString(),
          sentences.toString(),
          translations.toString(),
          output.toString()
        });
    assertTrained(output.resolve("run"), Checkpoint.open(output.resolve("student")));
  }

  private static Checkpoint known(String name) {
    return ModelRepository.ofUser().resolve(name, (model, step) -> {});
  }

  private static void assertTrained(Path run, Checkpoint before) {
    Path model = run.resolve("model");
    assertThat(Checkpoint.open(model).digest()).isNotEqualTo(before.digest());
    assertThat(run.resolve("report.html")).isNotEmptyFile();
    try (SentenceEncoder encoder = SentenceEncoder.load(model, EncoderOptions.DEFAULT)) {
      assertThat(encoder.encode("a red cat")).hasSize(encoder.dimension());
    }
  }
}
