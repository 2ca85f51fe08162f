package io.sentencestreams.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads cross-encoders as any generation of Sentence Transformers wrote them: a transformer of
 * Hugging Face's for sequence classification, with the activation of its scores.
 */
final class CrossEncoderReader {
  private static final Logger log = LoggerFactory.getLogger(CrossEncoderReader.class);

  static final String TASK = "sequence-classification";
  static final String MODEL_TYPE = "CrossEncoder";
  private static final String CLASSIFIER = "ForSequenceClassification";

  /** What the classifiers have that are supported; XLNet's and XLM's are not. */
  private static final List<String> FAMILIES =
      List.of(
          "bert",
          "roberta",
          "xlm-roberta",
          "camembert",
          "distilbert",
          "albert",
          "electra",
          "mpnet");

  /** What scores may go through. */
  private static final List<Activation> SCORES =
      List.of(Activation.IDENTITY, Activation.SIGMOID, Activation.TANH, Activation.RELU);

  private final Path root;
  private final JsonFile config;
  private final TransformerConfig transformer;
  private final PairScoring scoring;

  /**
   * Reads a folder's configuration.
   *
   * @throws CheckpointException if it is not that of a cross-encoder that is supported
   */
  CrossEncoderReader(Path root) {
    this.root = root;
    Path file = root.resolve("config.json");
    if (!Files.isRegularFile(file)) {
      throw new CheckpointException(
          "%s is not a cross-encoder: it has no config.json".formatted(root));
    }
    this.config = JsonFile.read(file);
    this.transformer = TransformerConfig.read(file);
    requireSupported(transformer, file);
    String architecture = architecture(config);
    if (!architecture.endsWith(CLASSIFIER)) {
      throw config.error(
          "%s has no head that scores pairs: a cross-encoder's architecture ends in"
                  .formatted(architecture.isEmpty() ? "the model" : architecture)
              + " ForSequenceClassification. Train one from it, or load it as a sentence encoder");
    }
    requireOneModule();
    List<String> labels = labels();
    boolean tokenTypes = TransformerConfig.namesTokenTypes(config);
    if (tokenTypes && transformer.typeVocabSize() > 2) {
      throw config.error(
          "type_vocab_size %d is not supported in a cross-encoder; up to 2 are"
              .formatted(transformer.typeVocabSize()));
    }
    this.scoring = new PairScoring(labels, activation(labels.size()), tokenTypes);
  }

  /**
   * Checks that a cross-encoder can be made of a model.
   *
   * @throws CheckpointException if it has no transformer, or one of another family
   */
  static void requireSupported(Checkpoint base) {
    requireSupported(base.config(), base.directory());
  }

  private static void requireSupported(TransformerConfig transformer, Path where) {
    if (!FAMILIES.contains(transformer.modelType())) {
      throw new CheckpointException(
          "%s: cross-encoders of model_type '%s' are not supported; %s are"
              .formatted(where, transformer.modelType(), String.join(", ", FAMILIES)));
    }
  }

  /** Whether a transformer has a head already that scores. */
  static boolean isClassifier(Path directory) {
    return architecture(JsonFile.read(directory.resolve("config.json"))).endsWith(CLASSIFIER);
  }

  private static String architecture(JsonFile config) {
    return config.root().path("architectures").path(0).asText();
  }

  /** Whether a folder says that it is a cross-encoder: those of before version 5.4 do not. */
  static boolean saysSo(Path root) {
    return ModulesReader.settings(root)
            .map(settings -> settings.root().path(ModulesReader.TASK).asText().equals(TASK))
            .orElse(false)
        || modelConfig(root)
            .map(json -> json.root().path("model_type").asText().equals(MODEL_TYPE))
            .orElse(false);
  }

  private static Optional<JsonFile> modelConfig(Path root) {
    Path file = root.resolve(EncodingDefaults.FILE);
    return Files.isRegularFile(file) ? Optional.of(JsonFile.read(file)) : Optional.empty();
  }

  private void requireOneModule() {
    Path file = root.resolve("modules.json");
    if (!Files.isRegularFile(file)) {
      return;
    }
    JsonFile json = JsonFile.read(file);
    JsonNode only = json.root().path(0);
    if (json.root().size() != 1
        || !only.path("type").asText().endsWith(".Transformer")
        || !only.path("path").asText().isEmpty()) {
      throw json.error(
          "of cross-encoders only those of one Transformer in the folder itself are supported");
    }
  }

  /** What it makes of pairs. */
  PairScoring scoring() {
    return scoring;
  }

  /** From the tokens of a pair to its numbers: the transformer, its first token, and the head. */
  List<SentenceModule> modules() {
    List<SentenceModule> modules = new ArrayList<>();
    modules.add(ModulesReader.transformer(root, TASK));
    modules.add(
        new SentenceModule.Pooling(List.of(PoolingMode.CLS), transformer.hiddenSize(), true));
    double before = dropout("classifier_dropout");
    switch (transformer.modelType()) {
      case "bert" -> {
        modules.add(hidden("pooler.dense", Activation.TANH));
        modules.add(new SentenceModule.Dropout(before));
        modules.add(output("classifier"));
      }
      case "albert" -> {
        modules.add(hidden("pooler", Activation.TANH));
        modules.add(
            new SentenceModule.Dropout(
                config.root().path("classifier_dropout_prob").asDouble(0.1)));
        modules.add(output("classifier"));
      }
      case "distilbert" -> {
        modules.add(hidden("pre_classifier", Activation.RELU));
        modules.add(
            new SentenceModule.Dropout(config.root().path("seq_classif_dropout").asDouble(0.2)));
        modules.add(output("classifier"));
      }
      default -> {
        boolean electra = transformer.modelType().equals("electra");
        boolean mpnet = transformer.modelType().equals("mpnet");
        double share = mpnet ? transformer.hiddenDropout() : before;
        modules.add(new SentenceModule.Dropout(share));
        modules.add(hidden("classifier.dense", electra ? Activation.GELU : Activation.TANH));
        modules.add(new SentenceModule.Dropout(share));
        modules.add(output("classifier.out_proj"));
      }
    }
    return List.copyOf(modules);
  }

  /** Where the configuration does not say, the head drops as the layers do. */
  private double dropout(String key) {
    JsonNode own = config.root().path(key);
    return own.isNumber() ? own.asDouble() : transformer.hiddenDropout();
  }

  private SentenceModule hidden(String name, Activation activation) {
    int size = transformer.hiddenSize();
    return new SentenceModule.HeadLayer(root, name, size, size, activation);
  }

  private SentenceModule output(String name) {
    return new SentenceModule.HeadLayer(
        root, name, transformer.hiddenSize(), scoring.labels().size(), Activation.IDENTITY);
  }

  private List<String> labels() {
    JsonNode names = config.root().path("id2label");
    int count = names.isObject() ? names.size() : config.root().path("num_labels").asInt(2);
    List<String> labels = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      labels.add(names.path(Integer.toString(i)).asText("LABEL_" + i));
    }
    if (labels.isEmpty()) {
      throw config.error("id2label names no label");
    }
    return labels;
  }

  /** What scores go through where no file says. */
  static Activation defaultActivation(int labels) {
    return labels == 1 ? Activation.SIGMOID : Activation.IDENTITY;
  }

  /** As the reference chooses it: what a file says under its present or an older key. */
  private Activation activation(int labels) {
    JsonNode named =
        modelConfig(root)
            .map(json -> json.root().path("activation_fn"))
            .filter(JsonNode::isTextual)
            .orElseGet(
                () -> {
                  JsonNode newer =
                      config.root().path("sentence_transformers").path("activation_fn");
                  return newer.isTextual()
                      ? newer
                      : config.root().path("sbert_ce_default_activation_function");
                });
    String name = named.asText();
    if (named.isTextual() && !name.startsWith("torch.")) {
      log.warn("{}: the activation {} is not PyTorch's: the default is used", root, named);
    }
    if (!named.isTextual() || !name.startsWith("torch.")) {
      return defaultActivation(labels);
    }
    String own = name.substring(name.lastIndexOf('.')); // torch.nn.Sigmoid has another path, too
    return SCORES.stream()
        .filter(activation -> activation.className().endsWith(own))
        .findFirst()
        .orElseThrow(
            () -> config.error("the activation %s of scores is not supported".formatted(named)));
  }
}
