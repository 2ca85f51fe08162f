package io.sentencestreams.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.SentenceModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WordModelCommandTest {
  @TempDir private Path folder;

  private Path vectors() throws IOException {
    return Files.writeString(
        folder.resolve("vectors.txt"), "cat 1 0\nthe 0 1\ndog 0.5 0.5\nNew_York 3 4\n");
  }

  private String model(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  void shouldMakeAModelThatEncodes() throws IOException {
    CommandRun made =
        CommandRun.of(
            "models",
            "from-words",
            model("words"),
            vectors().toString(),
            "--stop-words",
            "english");
    assertThat(made.exitCode()).as(made.err()).isZero();
    assertThat(made.err()).contains("vectors.txt: GloVe text, 4 words of 2 dimensions");
    assertThat(made.out()).contains("wordembeddings + mean pooling");
    Path texts = Files.writeString(folder.resolve("texts.txt"), "The cat, the dog\nnothing\n");
    CommandRun encoded = CommandRun.of("embed", "--model", model("words"), texts.toString());
    assertThat(encoded.exitCode()).as(encoded.err()).isZero();
    List<JsonNode> lines = encoded.json();
    assertThat(lines.get(0).path("embedding").toString()).isEqualTo("[0.75,0.25]");
    assertThat(lines.get(1).path("embedding").toString()).isEqualTo("[0.0,0.0]");
    CommandRun shown = CommandRun.of("models", "show", model("words"));
    assertThat(shown.exitCode()).as(shown.err()).isZero();
    assertThat(shown.out()).contains("none: the folder was not imported");
  }

  @Test
  void shouldTakeItsOptions() throws IOException {
    Path corpus = Files.writeString(folder.resolve("corpus.txt"), "the cat\nthe dog\n");
    Path words = Files.writeString(folder.resolve("stop.txt"), "dog\n");
    CommandRun made =
        CommandRun.of(
            "models",
            "from-words",
            model("phrases"),
            vectors().toString(),
            "--tokenizer",
            "phrase",
            "--idf",
            corpus.toString(),
            "--stop-words",
            words.toString(),
            "--trained");
    assertThat(made.exitCode()).as(made.err()).isZero();
    List<SentenceModule> modules = Checkpoint.open(Path.of(model("phrases"))).modules();
    assertThat(modules).hasSize(3);
    assertThat(((SentenceModule.WordEmbeddings) modules.get(0)).trained()).isTrue();
    Path texts = Files.writeString(folder.resolve("texts.txt"), "In New York\nthe dog cat\n");
    List<JsonNode> lines =
        CommandRun.of("embed", "--model", model("phrases"), texts.toString()).json();
    assertThat(lines.get(0).path("embedding").toString()).isEqualTo("[3.0,4.0]");
    // "the" is in every line and so weighs nothing, "dog" is left out.
    assertThat(lines.get(1).path("embedding").toString()).isEqualTo("[1.0,0.0]");
    CommandRun limited =
        CommandRun.of("models", "from-words", model("two"), vectors().toString(), "--limit", "2");
    assertThat(limited.err()).contains("2 words of 2 dimensions; the file has more");
  }

  @Test
  void shouldRefuseWhatMakesNoModel() throws IOException {
    Path damaged = Files.writeString(folder.resolve("damaged.txt"), "cat 1 0\ndog 1\n");
    CommandRun refused = CommandRun.of("models", "from-words", model("x"), damaged.toString());
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("damaged.txt, line 2: 1 numbers, but vectors have 2");
    assertThat(folder.resolve("x")).doesNotExist();
    CommandRun skipped =
        CommandRun.of("models", "from-words", model("x"), damaged.toString(), "--skip-damaged");
    assertThat(skipped.err()).contains("1 words of 2 dimensions; 1 left out, the first: line 2");
    CommandRun none =
        CommandRun.of("models", "from-words", model("y"), vectors().toString(), "--limit", "0");
    assertThat(none.exitCode()).isEqualTo(2);
    CommandRun known =
        CommandRun.of("models", "from-words", "all-MiniLM-L6-v2", vectors().toString());
    assertThat(known.exitCode()).isEqualTo(1);
    assertThat(known.err()).contains("there is a model named all-MiniLM-L6-v2 already");
    CommandRun missing = CommandRun.of("models", "from-words", model("y"), model("none.txt"));
    assertThat(missing.exitCode()).isEqualTo(1);
    assertThat(missing.err()).contains("there is no file");
  }

  /**
   * The 10,000 most frequent words of GloVe 6B, of 100 dimensions; the score is the reference's.
   */
  @Test
  void shouldScoreGloveOnTheStsBenchmark() throws IOException {
    Path data = data();
    Path glove = data.resolve("glove/glove.6B.100d.top10k.txt.gz");
    Path test = data.resolve("sts_benchmark/sts-test.csv");
    assumeTrue(Files.exists(glove) && Files.exists(test), () -> data + " is not there");
    CommandRun made =
        CommandRun.of(
            "models", "from-words", model("glove"), glove.toString(), "--stop-words", "english");
    assertThat(made.exitCode()).as(made.err()).isZero();
    CommandRun scored =
        CommandRun.of(
            "evaluate", "sts", "--model", model("glove"), "--precision", "fp32", test.toString());
    assertThat(scored.exitCode()).as(scored.err()).isZero();
    JsonNode scores = scored.json().get(0);
    assertThat(scores.path("pairs").asInt()).isEqualTo(1379);
    assertThat(scores.path("spearman").asDouble()).isCloseTo(0.5357, within(5e-4));
  }

  private static Path data() {
    Path beside = Path.of(System.getProperty("sentencestreams.root", ".."), "..", "shared", "data");
    String configured = System.getenv("SENTENCE_STREAMS_DATA");
    return Files.isDirectory(beside) || configured == null ? beside : Path.of(configured);
  }
}
