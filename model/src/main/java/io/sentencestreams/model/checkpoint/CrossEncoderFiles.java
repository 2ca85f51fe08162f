package io.sentencestreams.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.internal.FileTrees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Writes the files of a new cross-encoder, in the layout of Sentence Transformers from 5.4. */
final class CrossEncoderFiles {
  /** What a tokenizer has beside its configuration. */
  private static final Set<String> TOKENIZER = Set.of("json", "txt", "model");

  private CrossEncoderFiles() {}

  /** Writes them into an empty folder; as {@link NewCheckpoint#writeCrossEncoder}. */
  static void write(
      Path root,
      Checkpoint base,
      List<String> labels,
      int positions,
      Function<SentenceModule.HeadLayer, Map<String, Tensor>> head)
      throws IOException {
    SentenceModule.Transformer transformer = (SentenceModule.Transformer) base.modules().get(0);
    for (Path file : FileTrees.files(transformer.directory())) {
      if (isKept(transformer.directory().relativize(file))) {
        Files.copy(file, root.resolve(file.getFileName()));
      }
    }
    writeConfig(transformer.directory().resolve("config.json"), base, labels, root);
    writeModules(root, transformer.lowerCase(), labels.size());
    writeLength(root.resolve("tokenizer_config.json"), positions);
    Map<String, Tensor> fresh = new LinkedHashMap<>();
    for (SentenceModule module : new CrossEncoderReader(root).modules()) {
      if (module instanceof SentenceModule.HeadLayer layer) {
        fresh.putAll(head.apply(layer));
      }
    }
    String modelType = base.config().modelType();
    try (Weights weights = base.weights()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      fresh.forEach(
          (name, tensor) -> tensors.put(WeightFiles.nameInClassifier(name, modelType), tensor));
      for (String name : weights.names()) {
        if (!name.startsWith("classifier.") && !name.startsWith("pre_classifier.")) {
          tensors.put(WeightFiles.nameInClassifier(name, modelType), weights.get(name));
        }
      }
      Safetensors.write(root.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
    }
    Checkpoint.open(root); // what cannot be read must not be found later
  }

  /** Files of the folder itself that are the tokenizer's, not those that describe another model. */
  private static boolean isKept(Path file) {
    String name = file.toString();
    String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return file.getNameCount() == 1
        && !name.startsWith(".")
        && !name.equals(Manifest.FILE)
        && !name.equals("modules.json")
        && !name.equals("config.json")
        && !name.equals(EncodingDefaults.FILE)
        && !name.startsWith("sentence_")
        && !name.endsWith(".index.json")
        && TOKENIZER.contains(extension);
  }

  private static void writeConfig(Path source, Checkpoint base, List<String> labels, Path root)
      throws IOException {
    ObjectNode config = (ObjectNode) JsonFile.read(source).root();
    config.putArray("architectures").add(architecture(base.config().modelType()));
    // What a model of 2020 leaves to the names of its files.
    config.put("model_type", base.config().modelType());
    config.put("pad_token_id", base.config().padTokenId());
    // What was said of another head.
    config.remove(
        List.of(
            "num_labels",
            "problem_type",
            "sentence_transformers",
            "sbert_ce_default_activation_function"));
    ObjectNode names = config.putObject("id2label");
    ObjectNode ids = config.putObject("label2id");
    for (int i = 0; i < labels.size(); i++) {
      names.put(Integer.toString(i), labels.get(i));
      ids.put(labels.get(i), i);
    }
    ModuleWriter.write(config, root.resolve("config.json"));
  }

  private static String architecture(String modelType) {
    String family =
        switch (modelType) {
          case "bert" -> "Bert";
          case "roberta" -> "Roberta";
          case "xlm-roberta" -> "XLMRoberta";
          case "camembert" -> "Camembert";
          case "distilbert" -> "DistilBert";
          case "albert" -> "Albert";
          case "electra" -> "Electra";
          case "mpnet" -> "MPNet";
          default -> throw new IllegalArgumentException("no classifier of " + modelType);
        };
    return family + "ForSequenceClassification";
  }

  /** The reference cuts pairs at this length, and knows nothing of positions that are skipped. */
  private static void writeLength(Path file, int positions) throws IOException {
    ObjectNode settings =
        Files.isRegularFile(file)
            ? (ObjectNode) JsonFile.read(file).root()
            : JsonFile.MAPPER.createObjectNode();
    JsonNode own = settings.path("model_max_length");
    double length = own.isNumber() ? Math.min(own.asDouble(), positions) : positions;
    ModuleWriter.write(settings.put("model_max_length", (int) length), file);
  }

  private static void writeModules(Path root, boolean lowerCase, int labels) throws IOException {
    ModuleWriter.write(
        JsonFile.MAPPER
            .createArrayNode()
            .add(
                JsonFile.MAPPER
                    .createObjectNode()
                    .put("idx", 0)
                    .put("name", "0")
                    .put("path", "")
                    .put("type", "sentence_transformers.base.modules.transformer.Transformer")),
        root.resolve("modules.json"));
    ObjectNode settings =
        JsonFile.MAPPER
            .createObjectNode()
            .put(ModulesReader.TASK, CrossEncoderReader.TASK)
            .put("module_output_name", "scores");
    settings
        .putObject("modality_config")
        .putObject("text")
        .put("method", "forward")
        .put("method_output_name", "logits");
    if (lowerCase) {
      settings.put("do_lower_case", true);
    }
    ModuleWriter.write(settings, root.resolve("sentence_bert_config.json"));
    ObjectNode defaults =
        JsonFile.MAPPER.createObjectNode().put("model_type", CrossEncoderReader.MODEL_TYPE);
    defaults.putObject("__version__").put("sentence_transformers", NewCheckpoint.GENERATION);
    defaults.put("activation_fn", CrossEncoderReader.defaultActivation(labels).className());
    defaults.putObject("prompts");
    defaults.putNull("default_prompt_name");
    ModuleWriter.write(defaults, root.resolve(EncodingDefaults.FILE));
  }
}
