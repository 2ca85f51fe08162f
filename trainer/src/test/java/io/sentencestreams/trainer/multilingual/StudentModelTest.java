package io.sentencestreams.trainer.multilingual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.tokenization.TextTokenizer;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.model.training.TrainableOptions;
import io.sentencestreams.trainer.TinyModels;
import io.sentencestreams.trainer.data.TrainingData;
import io.sentencestreams.trainer.data.TrainingExample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudentModelTest {
  private static final String WORDS = "embeddings.word_embeddings.weight";
  private static final TrainingData PARALLEL =
      new TrainingData(
          "parallel",
          List.of(
              TrainingExample.of("the cat", "die Kätze"),
              TrainingExample.of("a cat", "eine Kätze"),
              TrainingExample.of("the dog", "die Dögge"),
              TrainingExample.of("a dog", "eine Dögge"),
              TrainingExample.of("red cat", "rote Kätze"),
              TrainingExample.of("red dog", "rote Dögge")));

  @TempDir private Path folder;

  private final Checkpoint teacher = Checkpoint.open(TinyModels.folder("mean"));

  @Test
  void shouldReadTheNewLanguageInWordsOfItsOwn() {
    Path target = folder.resolve("student");
    StudentModel.Result result = StudentModel.create(teacher, PARALLEL, 500, target);
    assertThat(result.tokens()).contains("kätze", "dögge", "rote").doesNotHaveDuplicates();
    Checkpoint student = Checkpoint.open(target);
    int before = teacher.config().vocabSize();
    assertThat(student.config().vocabSize()).isEqualTo(before + result.tokens().size());
    try (TextTokenizer tokenizer = TextTokenizer.open(student.tokenizerFile(), 50, false)) {
      int[] ids = tokenizer.tokenize(List.of("Kätze")).get(0).ids();
      assertThat(ids).hasSize(3);
      assertThat(ids[1]).isEqualTo(before + result.tokens().indexOf("kätze"));
    }
  }

  @Test
  void shouldGiveTheTeachersEmbeddingsToTheTeachersLanguage() {
    Path target = folder.resolve("student");
    StudentModel.create(teacher, PARALLEL, 500, target);
    List<String> texts = List.of("the cat sits on the mat", "two red dogs", "kafka streams");
    EncoderOptions options = EncoderOptions.DEFAULT.withPrecision(Precision.FP32);
    try (SentenceEncoder theirs = SentenceEncoder.load(TinyModels.folder("mean"), options);
        SentenceEncoder ours = SentenceEncoder.load(target, options)) {
      float[][] expected = theirs.encode(texts);
      float[][] actual = ours.encode(texts);
      for (int i = 0; i < texts.size(); i++) {
        assertThat(actual[i]).containsExactly(expected[i], within(1e-6f));
      }
    }
  }

  @Test
  void shouldBeginAWordNearWhatTranslatesIt() {
    Path target = folder.resolve("student");
    StudentModel.Result result = StudentModel.create(teacher, PARALLEL, 500, target);
    assertThat(result.translated()).isPositive();
    try (TrainableEncoder encoder =
        TrainableEncoder.load(Checkpoint.open(target), TrainableOptions.DEFAULT)) {
      int dimension = (int) encoder.parameters().get(WORDS).getShape().get(1);
      float[] all = encoder.parameters().get(WORDS).toFloatArray();
      float[] german =
          row(all, teacher.config().vocabSize() + result.tokens().indexOf("kätze"), dimension);
      double cat = cosine(german, row(all, id(encoder, "cat"), dimension));
      double dog = cosine(german, row(all, id(encoder, "dog"), dimension));
      assertThat(cat).isGreaterThan(0.8).isGreaterThan(dog + 0.3);
    }
  }

  private static int id(TrainableEncoder encoder, String word) {
    int[] ids = encoder.tokenize(List.of(word)).get(0).ids();
    assertThat(ids).as(word).hasSize(3);
    return ids[1];
  }

  private static float[] row(float[] all, int row, int dimension) {
    return Arrays.copyOfRange(all, row * dimension, (row + 1) * dimension);
  }

  private static double cosine(float[] a, float[] b) {
    double dot = 0;
    double squares = 0;
    double others = 0;
    for (int i = 0; i < a.length; i++) {
      dot += a[i] * b[i];
      squares += a[i] * a[i];
      others += b[i] * b[i];
    }
    return dot / Math.sqrt(squares * others);
  }

  @Test
  void shouldRefuseAnotherTokenizerAndAFolderWithFiles() throws IOException {
    Path other = Files.createDirectory(folder.resolve("other"));
    for (String name : List.of("config.json", "model.safetensors", "tokenizer.json")) {
      Files.copy(TinyModels.folder("mean").resolve(name), other.resolve(name));
    }
    Path tokenizer = other.resolve("tokenizer.json");
    Files.writeString(
        tokenizer, Files.readString(tokenizer).replace("\"WordPiece\"", "\"Unigram\""));
    Checkpoint unigram = Checkpoint.open(other);
    assertThatThrownBy(() -> StudentModel.create(unigram, PARALLEL, 5, folder.resolve("x")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("WordPiece");
    Path file = Files.writeString(folder.resolve("notes"), "mine");
    assertThatThrownBy(() -> StudentModel.create(teacher, PARALLEL, 5, folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("has files");
    assertThat(file).hasContent("mine");
  }
}
