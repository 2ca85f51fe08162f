package io.sentencestreams.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs on a tiny random model of module model's golden files. */
class TrainCommandTest {
  private static final Path MODEL =
      Path.of(System.getProperty("sentencestreams.root"), "model/src/test/resources/golden/mean");

  @TempDir private Path folder;
  private Path scored;
  private Path nli;

  @BeforeEach
  void writeData() throws IOException {
    scored =
        Files.writeString(
            folder.resolve("scored.tsv"),
            """
            the cat sits\ta cat sits on the mat\t4.5
            two red dogs\tkafka streams of text\t0.5
            the stream is fast\tthe topic is slow\t2
            a dog\ttwo dogs, three cats\t3
            kafka topic\ttopic of kafka\t4
            blue mat\tfast stream\t0
            three cats\tthree dogs\t2.5
            text is embedded\tthe mat is red\t1
            slow cat\ta slow cat\t5
            red text\tblue text\t1.5
            """);
    nli =
        Files.writeString(
            folder.resolve("nli.tsv"),
            """
            sentence1\tsentence2\tgold_label
            the cat sits\ta cat\tentailment
            the cat sits\ttwo dogs\tcontradiction
            a fast stream\tthe stream is fast\tentailment
            a fast stream\tthe stream is slow\tcontradiction
            red mat\tblue mat\tcontradiction
            red mat\ta mat\tentailment
            the topic\ttext is on a topic\tneutral
            """);
  }

  @Test
  void shouldTrainAModelThatLoadsAgainAndScoresBetter() throws IOException {
    double before = spearman(MODEL);
    CommandRun run =
        train(
            "tasks=sts",
            "task.sts.data=" + scored,
            "task.sts.format=sts",
            "task.sts.loss=cosent",
            "task.sts.batch.size=5",
            "epochs=20",
            "learning.rate=0.003",
            "validation.file=" + scored,
            "test.file=" + scored);
    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode result = run.json().get(0);
    assertThat(result.path("steps").asInt()).isEqualTo(40);
    double after = spearman(folder.resolve("out/model"));
    assertThat(after).isGreaterThan(before + 0.2);
    assertThat(result.path("test_spearman").asDouble()).isEqualTo(after);
    assertThat(run.err()).contains("the best");
    JsonNode report = new ObjectMapper().readTree(folder.resolve("out/report.json").toFile());
    double first = report.path("losses").path(0).asDouble();
    assertThat(report.path("losses").path(39).asDouble()).isPositive().isLessThan(first);
  }

  private double spearman(Path model) throws IOException {
    CommandRun run =
        CommandRun.of(
            "evaluate",
            "sts",
            "--precision",
            "fp32",
            "--model",
            model.toString(),
            scored.toString());
    assertThat(run.exitCode()).as(run.err()).isZero();
    return run.json().get(0).path("spearman").asDouble();
  }

  @Test
  void shouldTrainOnSeveralTasksAndResume() throws IOException {
    String[] lines = {
      "tasks=pairs,triplets,classes",
      "task.pairs.data=" + scored,
      "task.pairs.label=3",
      "task.pairs.label.scale=5",
      "task.pairs.loss=cosine-similarity",
      "task.pairs.batch.size=4",
      "task.triplets.data=" + nli,
      "task.triplets.format=nli-triplets",
      "task.triplets.loss=multiple-negatives-ranking",
      "task.triplets.matryoshka=16,8",
      "task.triplets.batch.size=2",
      "task.classes.data=" + nli,
      "task.classes.format=nli",
      "task.classes.loss=softmax",
      "task.classes.batch.size=3",
      "precision=bf16",
      "checkpoint.steps=1",
      "epochs=2"
    };
    CommandRun run = train(lines);
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.json().get(0).path("steps").asInt()).isEqualTo(2);

    CommandRun again = train(lines);
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.err()).contains("is there from an earlier run");

    CommandRun resumed =
        CommandRun.of("train", "--resume", "--config", folder.resolve("run.properties").toString());
    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
    assertThat(resumed.json().get(0).path("steps").asInt()).isEqualTo(2);
  }

  @Test
  void shouldNameTheFileAndTheLineOfABadRow() throws IOException {
    Files.writeString(nli, "a\tb\tperhaps\n", StandardOpenOption.APPEND);
    List<String> lines =
        List.of(
            "tasks=nli",
            "task.nli.data=" + nli,
            "task.nli.format=nli",
            "task.nli.loss=softmax",
            "task.nli.batch.size=4");
    CommandRun run = train(lines.toArray(String[]::new));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains(nli + ", line 9: the label 'perhaps' is none of");

    CommandRun skipping =
        train(lines.get(0), lines.get(1), lines.get(2), lines.get(3), "bad.rows=skip");
    assertThat(skipping.exitCode()).as(skipping.err()).isZero();
    assertThat(skipping.err()).contains("1 rows were left out, such as " + nli + ", line 9");
  }

  @Test
  void shouldNameWhatIsWrongInTheConfiguration() throws IOException {
    assertThat(train("tasks=a", "task.a.loss=cosent").err()).contains("task.a.data is missing");
    assertThat(train("tasks=a", "task.a.data=x", "task.a.loss=best").err())
        .contains("task.a: Invalid value best for configuration loss");
    assertThat(train("tasks=a", "task.a.data=x", "task.a.loss=cosent", "task.b.data=y").err())
        .contains("unknown key task.b.data", "[a]");
    assertThat(train("tasks=a", "task.a.data=x", "task.a.loss=cosent", "epoch=1").err())
        .contains("unknown key epoch");
    assertThat(
            train("tasks=a", "task.a.data=" + folder.resolve("none"), "task.a.loss=cosent").err())
        .contains("there is no file " + folder.resolve("none"));
    CommandRun wrongColumns =
        train("tasks=a", "task.a.data=" + scored, "task.a.format=sts", "task.a.loss=triplet");
    assertThat(wrongColumns.exitCode()).isEqualTo(1);
    assertThat(wrongColumns.err()).contains("needs exactly 3 columns of texts, but the data has 2");
  }

  @Test
  void shouldPrintEachKey() {
    CommandRun keys = CommandRun.of("train", "--keys");
    assertThat(keys.exitCode()).isZero();
    assertThat(keys.out()).contains("#learning.rate=2.0E-5", "#batch.size=16", "#loss=");
  }

  private CommandRun train(String... lines) throws IOException {
    Path config = folder.resolve("run.properties");
    Files.writeString(
        config,
        "model=%s\noutput.folder=%s\nthreads=1\n".formatted(MODEL, folder.resolve("out"))
            + String.join("\n", lines));
    return CommandRun.of("train", "--config", config.toString());
  }
}
