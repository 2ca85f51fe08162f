package io.sentencestreams.app.cli;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.SentenceModule;
import io.sentencestreams.model.repository.ModelRepository;
import io.sentencestreams.trainer.data.DataFormatException;
import io.sentencestreams.trainer.data.ExampleReader.BadRows;
import io.sentencestreams.trainer.data.ParallelReader;
import io.sentencestreams.trainer.data.TrainingData;
import io.sentencestreams.trainer.multilingual.StudentModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

@Command(
    name = "models",
    description = "The models on this machine.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = WordModelCommand.class,
    footer = {
      "",
      "Examples:",
      "  sentence-streams models list",
      "  sentence-streams models import bge-small-en-v1.5",
      "  sentence-streams models import sentence-transformers/all-mpnet-base-v2",
      "  sentence-streams models import https://example.org/models/mine.zip",
      "  sentence-streams models show all-MiniLM-L6-v2",
      "  sentence-streams models from-words glove glove.6B.300d.txt.gz"
    })
final class ModelsCommand {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "Print JSON, one object a line.")
  private boolean asJson;

  @Command(
      name = "list",
      description = "Lists the models that are here, and those that can be imported.")
  int list() {
    for (ModelRepository.Entry entry : ModelRepository.ofUser().list()) {
      String where = entry.directory().map(Object::toString).orElse(null);
      ObjectNode node = JSON.createObjectNode().put("name", entry.name());
      node.put("imported", where != null).put("directory", where);
      print(node, "%-24s %s".formatted(entry.name(), where == null ? "not imported yet" : where));
    }
    return 0;
  }

  @Command(
      name = "import",
      description = {
        "Imports a model, to be used by its name from then on. What is fetched goes on where it was"
            + " interrupted. A model of a hub stays as it is until its folder is deleted; a newer"
            + " one comes as ID@REVISION.",
        "The hub is the one that the Python library takes: HF_ENDPOINT, HF_TOKEN, HF_HOME and"
            + " HF_HUB_OFFLINE say which, with what token and where its cache is, which is shared."
      })
  int importModel(
      @Parameters(
              paramLabel = "NAME|DIR|ZIP|URL|ID",
              description =
                  "A name of models list, a folder with a checkpoint, a zip archive of one or its"
                      + " address, or organization/name of the Hugging Face hub.")
          String source,
      @Option(
              names = "--sha256",
              paramLabel = "HEX",
              description = "The checksum that the archive must have.")
          String sha256) {
    Checkpoint checkpoint =
        ModelRepository.ofUser().importModel(source, Optional.ofNullable(sha256), progress());
    show(checkpoint);
    return 0;
  }

  @Command(
      name = "show",
      description = "Shows what a model is, and whether its files are as they were imported.")
  int show(
      @Parameters(paramLabel = "M", description = "A name of models list, or a folder.")
          String model) {
    show(ModelRepository.ofUser().show(model));
    return 0;
  }

  @Command(
      name = "extend",
      description = {
        "Makes a model whose vocabulary fits a further language too, to be trained as a student of"
            + " the one that it is made of: see loss mse of train. Tokens are learned from"
            + " translations of sentences in a language that the model knows."
      })
  int extend(
      @Parameters(paramLabel = "M", description = "A name of models list, or a folder.")
          String model,
      @Option(
              names = "--sentences",
              required = true,
              paramLabel = "FILE",
              description =
                  "Sentences and translations of them, as columns; or sentences alone, and the"
                      + " translations in files of their own (.gz too).")
          Path sentences,
      @Option(
              names = "--translations",
              split = ",",
              paramLabel = "FILE",
              description = "Files whose lines translate those of --sentences.")
          List<Path> translations,
      @Option(
              names = "--tokens",
              defaultValue = "8000",
              paramLabel = "N",
              description = "The most new tokens; default: ${DEFAULT-VALUE}.")
          int tokens,
      @Option(
              names = "--output",
              required = true,
              paramLabel = "DIR",
              description = "A new folder, for the student.")
          Path output)
      throws IOException {
    if (tokens < 1) {
      throw new CommandLine.ParameterException(spec.commandLine(), "--tokens: must be at least 1");
    }
    Checkpoint teacher = ModelRepository.ofUser().resolve(model, progress());
    TrainingData parallel;
    try {
      parallel =
          (translations == null
                  ? ParallelReader.read(sentences, BadRows.FAIL)
                  : ParallelReader.readAligned(sentences, translations, BadRows.FAIL))
              .data();
      StudentModel.Result result = StudentModel.create(teacher, parallel, tokens, output);
      ObjectNode node =
          JSON.createObjectNode()
              .put("model", output.toString())
              .put("tokens", result.tokens().size())
              .put("translated", result.translated());
      print(
          node,
          "%s: %d new tokens, %d of them known by their translation"
              .formatted(output, result.tokens().size(), result.translated()));
    } catch (DataFormatException | IllegalArgumentException e) {
      throw new CommandException(e.getMessage(), e);
    } catch (NoSuchFileException e) {
      throw new CommandException("there is no file " + e.getMessage(), e);
    }
    return 0;
  }

  private ImportBars progress() {
    return new ImportBars(spec.commandLine().getErr()::println);
  }

  void show(Checkpoint checkpoint) {
    if (checkpoint.manifest().isPresent()) {
      checkpoint.verify();
    }
    ObjectNode node = JSON.createObjectNode();
    node.put("name", checkpoint.name());
    node.put("directory", checkpoint.directory().toString());
    if (checkpoint.hasTransformer()) {
      node.put("type", checkpoint.config().modelType());
      node.put("layers", checkpoint.config().layers());
    }
    node.put("dimension", checkpoint.dimension());
    node.put("max_tokens", checkpoint.maxSequenceLength());
    node.put(
        "modules",
        checkpoint.modules().stream().map(ModelsCommand::describe).collect(joining(" + ")));
    checkpoint
        .manifest()
        .ifPresentOrElse(
            manifest -> {
              node.put("bytes", manifest.size());
              node.put("source", manifest.source());
              node.put("checksums", "right");
            },
            () -> node.put("checksums", "none: the folder was not imported"));
    node.put("digest", checkpoint.digest());
    if (asJson) {
      print(node, "");
    } else {
      node.properties()
          .forEach(
              field ->
                  print(node, "%-10s %s".formatted(field.getKey(), field.getValue().asText())));
    }
  }

  private static String describe(SentenceModule module) {
    return module instanceof SentenceModule.Pooling pooling
        ? pooling.modes().stream()
            .map(mode -> mode.toString().toLowerCase(Locale.ROOT))
            .collect(joining(" and ", "", " pooling"))
        : module.typeName().toLowerCase(Locale.ROOT);
  }

  private void print(ObjectNode node, String line) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(asJson ? node.toString() : line);
  }
}
