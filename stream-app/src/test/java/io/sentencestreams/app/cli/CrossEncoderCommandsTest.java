package io.sentencestreams.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trains, scores and reranks with tiny random models of module model's golden files. */
class CrossEncoderCommandsTest {
  private static final Path GOLDEN =
      Path.of(System.getProperty("sentencestreams.root"), "model/src/test/resources/golden");
  private static final Path CROSS = GOLDEN.resolve("cross");

  @TempDir private Path folder;
  private Path pairs;
  private Path classes;

  @BeforeEach
  void writeData() throws IOException {
    pairs =
        Files.writeString(
            folder.resolve("pairs.tsv"),
            """
            the cat sits\ta cat sits\t1
            the cat sits\tkafka streams\t0
            two red dogs\tred dogs\t1
            two red dogs\tkafka topic\t0
            blue mat\tthe mat is blue\t1
            blue mat\tkafka text\t0
            """);
    classes =
        Files.writeString(
            folder.resolve("nli.tsv"),
            """
            sentence1\tsentence2\tgold_label
            the cat sits\ta cat\tentailment
            the cat sits\ttwo dogs\tcontradiction
            a fast stream\tthe stream is fast\tentailment
            a fast stream\tkafka\tneutral
            """);
  }

  private CommandRun train(String... lines) throws IOException {
    List<String> all = new ArrayList<>(List.of("output.folder=" + folder.resolve("out")));
    all.addAll(Arrays.asList(lines));
    Path config = Files.write(folder.resolve("run.properties"), all);
    return CommandRun.of("train", "--config", config.toString());
  }

  private String[] scores(String... more) {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "model=" + GOLDEN.resolve("mean"),
                "model.labels=1",
                "tasks=pairs",
                "task.pairs.data=" + pairs,
                "task.pairs.label=3",
                "task.pairs.loss=binary-cross-entropy",
                "task.pairs.batch.size=3",
                "epochs=30",
                "warmup=0",
                "learning.rate=0.003",
                "checkpoint.steps=50"));
    lines.addAll(Arrays.asList(more));
    return lines.toArray(String[]::new);
  }

  @Test
  void shouldMakeACrossEncoderTrainItAndScoreWithIt() throws IOException {
    CommandRun run =
        train(
            scores(
                "validation.evaluators=dev",
                "evaluator.dev.type=similarity",
                "evaluator.dev.data=" + pairs,
                "evaluator.dev.format=columns",
                "evaluator.dev.label=3",
                "test.evaluators=dev"));
    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode result = run.json().get(0);
    assertThat(result.path("steps").asInt()).isEqualTo(60);
    assertThat(result.path("dev_spearman").asDouble()).isGreaterThan(0.8);
    Path model = folder.resolve("out/model");

    Path input =
        Files.writeString(
            folder.resolve("input"),
            "the cat sits\ta cat sits\n{\"text1\": \"the cat sits\", \"text2\": \"kafka streams\"}\n");
    CommandRun scored =
        CommandRun.of(
            "score", "--precision", "fp32", "--model", model.toString(), input.toString());
    assertThat(scored.exitCode()).as(scored.err()).isZero();
    List<JsonNode> rows = scored.json();
    assertThat(rows).hasSize(2);
    assertThat(rows.get(0).path("text2").asText()).isEqualTo("a cat sits");
    double like = rows.get(0).path("score").asDouble();
    double unlike = rows.get(1).path("score").asDouble();
    assertThat(like).isBetween(unlike, 1.0);
    assertThat(unlike).isGreaterThan(0);

    CommandRun again = train(scores());
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.err()).contains("is there from an earlier run");
    CommandRun resumed =
        CommandRun.of("train", "--resume", "--config", folder.resolve("run.properties").toString());
    assertThat(resumed.exitCode()).isEqualTo(1);
    assertThat(resumed.err()).contains("cannot be resumed").contains("validation");
  }

  @Test
  void shouldTrainOnClassesAndNameThem() throws IOException {
    CommandRun run =
        train(
            "model=" + CROSS.resolve("bert-labels"),
            "tasks=nli",
            "task.nli.data=" + classes,
            "task.nli.format=nli",
            "task.nli.loss=cross-entropy",
            "epochs=2",
            "test.evaluators=nli",
            "evaluator.nli.type=pair-accuracy",
            "evaluator.nli.data=" + classes);
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.json().get(0).path("nli_accuracy").asDouble()).isBetween(0.0, 1.0);
    Path input = Files.writeString(folder.resolve("input"), "the cat sits\ta cat\n");
    CommandRun scored =
        CommandRun.of("score", "--model", folder.resolve("out/model").toString(), input.toString());
    assertThat(scored.json().get(0).path("scores").fieldNames())
        .toIterable()
        .containsExactly("contradiction", "entailment", "neutral");
  }

  @Test
  void shouldRerankWhatTheSearchHasFound() throws IOException {
    Path corpus =
        Files.writeString(
            folder.resolve("corpus"),
            "the cat sits\ntwo red dogs\nkafka streams of text\n\nblue mat\na cat on a mat\n");
    String[] command = {
      "search",
      "--model",
      GOLDEN.resolve("mean").toString(),
      "--precision",
      "fp32",
      "--corpus",
      corpus.toString(),
      "--top-k",
      "3",
      "--candidates",
      "4",
      "--rerank",
      CROSS.resolve("bert-2020").toString(),
      "--json",
      "a cat"
    };
    CommandRun run = CommandRun.of(command);
    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode hits = run.json().get(0).path("hits");
    assertThat(hits).hasSize(3);
    Path input = folder.resolve("input");
    double before = Double.POSITIVE_INFINITY;
    for (JsonNode hit : hits) {
      Files.writeString(input, "a cat\t" + hit.path("text").asText() + "\n");
      CommandRun scored =
          CommandRun.of(
              "score",
              "--precision",
              "fp32",
              "--model",
              CROSS.resolve("bert-2020").toString(),
              input.toString());
      double score = hit.path("score").asDouble();
      assertThat(score)
          .isCloseTo(scored.json().get(0).path("score").asDouble(), within(1e-4))
          .isLessThanOrEqualTo(before);
      before = score;
    }
    command[8] = "5"; // of 4 candidates
    CommandRun few = CommandRun.of(command);
    assertThat(few.exitCode()).isEqualTo(2);
    assertThat(few.err()).contains("--candidates: must be at least --top-k, 5");
  }

  @Test
  void shouldLeaveAloneWhatARunBeginsWithAndWhatIsThere() throws IOException {
    String[] once = scores();
    once[7] = "epochs=1";
    assertThat(train(once).exitCode()).isZero();
    Path model = folder.resolve("out/model");
    byte[] weights = Files.readAllBytes(model.resolve("model.safetensors"));
    Path beginning = folder.resolve("out/beginning/mean");
    byte[] begun = Files.readAllBytes(beginning.resolve("model.safetensors"));
    String[] other = once.clone();
    other[1] = "model.labels=1\nseed=8";
    refused(train(other), "is there from an earlier run");
    assertThat(Files.readAllBytes(beginning.resolve("model.safetensors"))).isEqualTo(begun);
    Path config =
        Files.write(
            folder.resolve("over.properties"),
            List.of(
                "output.folder=" + GOLDEN.resolve("mean"),
                "model=" + GOLDEN.resolve("mean"),
                "model.labels=1",
                "tasks=pairs",
                "task.pairs.data=" + pairs,
                "task.pairs.label=3",
                "task.pairs.loss=binary-cross-entropy"));
    refused(CommandRun.of("train", "--config", config.toString()), "the model that it begins with");
    assertThat(GOLDEN.resolve("mean/beginning")).doesNotExist();
    assertThat(Files.readAllBytes(model.resolve("model.safetensors"))).isEqualTo(weights);
  }

  @Test
  void shouldSayWhatIsWrong() throws IOException {
    refused(train(scores("task.pairs.loss.margin=1", "model.labels=3")), "given twice");
    refused(
        train(
            "model=" + CROSS.resolve("bert"),
            "model.labels=1",
            "tasks=pairs",
            "task.pairs.data=" + pairs,
            "task.pairs.label=3",
            "task.pairs.loss=binary-cross-entropy"),
        "is a cross-encoder already");
    refused(
        train(
            "model=" + GOLDEN.resolve("mean"),
            "model.labels=1",
            "tasks=pairs",
            "task.pairs.data=" + pairs,
            "task.pairs.label=3",
            "task.pairs.loss=cosine-similarity"),
        "model.labels",
        "binary-cross-entropy, cross-entropy");
    refused(
        train(
            "model=" + GOLDEN.resolve("mean"),
            "tasks=pairs",
            "task.pairs.data=" + pairs,
            "task.pairs.label=3",
            "task.pairs.loss=binary-cross-entropy"),
        "has no head that scores pairs");
    refused(
        train(
            scores(
                "validation.evaluators=dev",
                "evaluator.dev.type=binary",
                "evaluator.dev.data=" + pairs,
                "evaluator.dev.label=3")),
        "evaluator.dev: type binary measures sentence encoders");
    refused(
        train(
            "model=" + CROSS.resolve("bert-labels"),
            "tasks=nli",
            "task.nli.data=" + classes,
            "task.nli.format=nli",
            "task.nli.loss=cross-entropy",
            "test.evaluators=sts",
            "evaluator.sts.type=similarity",
            "evaluator.sts.format=columns",
            "evaluator.sts.data=" + pairs,
            "evaluator.sts.label=3"),
        "a score is needed, but the model has 3 labels");
    refused(
        CommandRun.of(
            "search",
            "--model",
            GOLDEN.resolve("mean").toString(),
            "--corpus",
            pairs.toString(),
            "--rerank",
            CROSS.resolve("bert-labels").toString(),
            "a"),
        "no score to rank by");
    Path bad = Files.writeString(folder.resolve("bad"), "a\tb\nno tab\n");
    refused(
        CommandRun.of("score", "--model", CROSS.resolve("bert").toString(), bad.toString()),
        "line 2 has 0 tabs");
    refused(
        CommandRun.of("score", "--model", GOLDEN.resolve("mean").toString(), bad.toString()),
        "has no head that scores pairs");
    refused(
        CommandRun.of("embed", "--model", CROSS.resolve("bert").toString(), bad.toString()),
        "is a cross-encoder");
  }

  private static void refused(CommandRun run, String... messages) {
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains(messages).doesNotContain("\tat ");
  }
}
