package io.sentencestreams.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
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
    assertThat(result.path("test_spearman_cosine").asDouble()).isEqualTo(after);
    assertThat(testScore()).isEqualTo(before);
    assertThat(testScore("--model", folder.resolve("out/model").toString())).isEqualTo(after);
    assertThat(run.err()).contains("the best");
    JsonNode report = new ObjectMapper().readTree(folder.resolve("out/report.json").toFile());
    double first = report.path("losses").path(0).asDouble();
    assertThat(report.path("losses").path(39).asDouble()).isPositive().isLessThan(first);
  }

  private double testScore(String... options) throws IOException {
    List<String> command = new ArrayList<>(List.of("evaluate", "test", "--config"));
    command.add(folder.resolve("run.properties").toString());
    command.addAll(List.of(options));
    CommandRun run = CommandRun.of(command.toArray(String[]::new));
    assertThat(run.exitCode()).as(run.err()).isZero();
    return run.json().get(0).path("test_spearman_cosine").asDouble();
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

    CommandRun untested =
        CommandRun.of("evaluate", "test", "--config", folder.resolve("run.properties").toString());
    assertThat(untested.exitCode()).isEqualTo(1);
    assertThat(untested.err()).contains("neither test.file nor test.evaluators is set");

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
  void shouldDistilAModelForAFurtherLanguage() throws IOException {
    Path english = Files.writeString(folder.resolve("en"), "the cat sits\na red dog\nthe mat\n");
    Path german = Files.writeString(folder.resolve("de"), "die Katze\nroter Hund\ndie Matte\n");
    Path student = folder.resolve("student");
    CommandRun extend =
        CommandRun.of(
            "models",
            "extend",
            MODEL.toString(),
            "--json",
            "--sentences=" + english,
            "--translations=" + german,
            "--tokens=20",
            "--output=" + student);
    assertThat(extend.exitCode()).as(extend.err()).isZero();
    assertThat(extend.json().get(0).path("tokens").asInt()).isPositive();
    String[] lines = {
      "model=" + student,
      "tasks=de,again",
      "task.de.data=" + english,
      "task.de.format=parallel",
      "task.de.translations=" + german,
      "task.de.loss=mse",
      "task.de.teacher=" + MODEL,
      "task.again.data=" + scored,
      "task.again.loss=mse",
      "task.again.teacher=" + MODEL,
      "task.again.batch.size=2",
      "mixing=proportional",
      "epochs=8",
      "learning.rate=0.003",
      "validation.evaluators=errors,tatoeba",
      "evaluator.errors.type=mse",
      "evaluator.errors.data=" + english,
      "evaluator.errors.translations=" + german,
      "evaluator.errors.teacher=" + MODEL,
      "evaluator.tatoeba.type=translation",
      "evaluator.tatoeba.data=" + english,
      "evaluator.tatoeba.translations=" + german,
      "test.evaluators=tatoeba"
    };
    CommandRun run = train(lines);
    assertThat(run.exitCode()).as(run.err()).isZero();
    // One batch of one task and five of the other.
    assertThat(run.json().get(0).path("steps").asInt()).isEqualTo(8 * 6);
    assertThat(run.json().get(0).path("tatoeba_mean_accuracy").asDouble()).isBetween(0.0, 1.0);
    JsonNode report = new ObjectMapper().readTree(folder.resolve("out/report.json").toFile());
    double first = report.path("evaluations").path(0).path("score").asDouble();
    assertThat(report.path("best_score").asDouble()).isNegative().isGreaterThan(0.7 * first);

    CommandRun without =
        train("tasks=a", "task.a.data=" + english, "task.a.loss=mse", "model=" + student);
    assertThat(without.err()).contains("task.a: loss mse needs a teacher");
  }

  @Test
  void shouldMeasureByEachKindOfEvaluator() throws IOException {
    Path ranking =
        Files.writeString(
            folder.resolve("ranking.jsonl"),
            """
            {"query":"a cat","positive":["the cat sits"],"negative":["two dogs","kafka topic"]}
            {"query":"a dog","positive":["two dogs"],"negative":["the cat sits"]}
            """);
    Path classes =
        Files.writeString(folder.resolve("classes.tsv"), "a cat\t0\ntwo cats\t0\na dog\t1\n");
    Path folded =
        Files.writeString(
            folder.resolve("folded.tsv"),
            "a cat\t0\ntwo cats\t0\ncats\t0\na dog\t1\ndogs\t1\ntwo dogs\t1\n");
    Path pairs = Files.writeString(folder.resolve("pairs.tsv"), "a cat\tthe cat\t1\na\tb\t0\n");
    CommandRun run =
        train(
            "tasks=nli",
            "task.nli.data=" + nli,
            "task.nli.format=nli",
            "task.nli.loss=softmax",
            "task.nli.batch.size=4",
            "validation.evaluators=accuracy,sts",
            "evaluator.accuracy.type=label-accuracy",
            "evaluator.accuracy.data=" + nli,
            "evaluator.accuracy.task=nli",
            "evaluator.sts.type=similarity",
            "evaluator.sts.data=" + scored,
            "test.evaluators=sts,triplets,found,ranked,same,mined,classes,folded",
            "evaluator.triplets.type=triplet",
            "evaluator.triplets.data=" + nli,
            "evaluator.found.type=retrieval",
            "evaluator.found.data=" + ranking,
            "evaluator.found.corpus=" + pairs,
            "evaluator.ranked.type=reranking",
            "evaluator.ranked.data=" + ranking,
            "evaluator.same.type=binary",
            "evaluator.same.data=" + pairs,
            "evaluator.same.label=3",
            "evaluator.mined.type=paraphrase-mining",
            "evaluator.mined.data=" + pairs,
            "evaluator.classes.type=transfer",
            "evaluator.classes.data=" + classes,
            "evaluator.classes.train.data=" + classes,
            "evaluator.classes.dev.data=" + classes,
            "evaluator.classes.texts=1",
            "evaluator.classes.label=2",
            "evaluator.folded.type=transfer",
            "evaluator.folded.data=" + folded,
            "evaluator.folded.texts=1",
            "evaluator.folded.label=2",
            "evaluator.folded.folds=2");
    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode result = run.json().get(0);
    for (String metric :
        List.of(
            "sts_spearman_cosine",
            "triplets_cosine_accuracy",
            "found_cosine_ndcg@10",
            "ranked_map",
            "same_cosine_ap",
            "mined_average_precision",
            "classes_accuracy",
            "folded_accuracy")) {
      assertThat(result.path(metric).isNumber()).as("%s in %s", metric, result).isTrue();
    }
    double chosen = result.path("validation_score").asDouble();
    assertThat(chosen * 7).isCloseTo(Math.rint(chosen * 7), within(1e-6)); // of seven pairs
    assertThat(run.err()).contains("accuracy_accuracy=", "sts_spearman_cosine=");

    CommandRun both =
        train(
            "tasks=a",
            "task.a.data=" + scored,
            "task.a.format=sts",
            "task.a.loss=cosent",
            "test.evaluators=x",
            "evaluator.x.type=transfer",
            "evaluator.x.data=" + folded,
            "evaluator.x.train.data=" + folded,
            "evaluator.x.folds=2");
    assertThat(both.exitCode()).isNotZero();
    assertThat(both.err()).contains("evaluator.x.train.data does not go with folds");

    CommandRun lost =
        train(
            "tasks=a",
            "task.a.data=" + scored,
            "task.a.format=sts",
            "task.a.loss=cosent",
            "test.evaluators=x",
            "evaluator.x.type=label-accuracy",
            "evaluator.x.data=" + nli,
            "evaluator.x.task=a");
    assertThat(lost.exitCode()).isEqualTo(1);
    assertThat(lost.err()).contains("evaluator.x: no task named 'a' has a classifier");
  }

  @Test
  void shouldPrintEachKey() {
    CommandRun keys = CommandRun.of("train", "--keys");
    assertThat(keys.exitCode()).isZero();
    assertThat(keys.out())
        .contains("#learning.rate=2.0E-5", "#batch.size=16", "#loss=\n", "#tasks=\n");
  }

  private CommandRun train(String... lines) throws IOException {
    Path config = folder.resolve("run.properties");
    Files.writeString(
        config,
        (List.of(lines).stream().anyMatch(line -> line.startsWith("model="))
                ? ""
                : "model=" + MODEL + "\n")
            + "output.folder=%s\nthreads=1\n".formatted(folder.resolve("out"))
            + String.join("\n", lines));
    return CommandRun.of("train", "--config", config.toString());
  }
}
