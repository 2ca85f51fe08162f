package io.sentencestreams.model.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** What the folder of a module holds that its description does not say: weights and words. */
public final class ModuleFiles {
  private static final String WEIGHTS = "model.safetensors";
  private static final String TRANSFORMER_SETTINGS = "sentence_bert_config.json";
  private static final String WORD_SETTINGS = "wordembedding_config.json";

  /** Extensions of what configures a module or its tokenizer. */
  private static final Set<String> KEPT = Set.of("json", "txt", "model");

  /** What belongs to a whole model, or is written anew. */
  private static final Set<String> OTHERS =
      Set.of("modules.json", EncodingDefaults.FILE, Manifest.FILE, TRANSFORMER_SETTINGS);

  private ModuleFiles() {}

  /** Files of one module. */
  @FunctionalInterface
  public interface Content {
    /** No files. */
    Content NONE = folder -> {};

    /** Writes them into the module's folder. */
    void write(Path folder) throws IOException;
  }

  /** Weights alone. */
  public static Content weights(Map<String, Tensor> tensors) {
    return folder -> writeWeights(folder, tensors);
  }

  private static void writeWeights(Path folder, Map<String, Tensor> tensors) {
    Safetensors.write(folder.resolve(WEIGHTS), tensors, Map.of("format", "pt"));
  }

  /**
   * The first module of a checkpoint, with its weights and its tokenizer.
   *
   * @param first that module, as it is to be: with another maximum length perhaps
   */
  public static Content copyOf(Checkpoint source, SentenceModule first) {
    return folder -> {
      Path from = TokenizerFiles.directory(first);
      for (Path file : kept(from)) {
        Files.copy(file, folder.resolve(file.getFileName().toString()));
      }
      if (first instanceof SentenceModule.Transformer transformer) {
        Path settings = from.resolve(TRANSFORMER_SETTINGS);
        ObjectNode json = object(settings);
        json.put("max_seq_length", transformer.maxSequenceLength());
        json.put("do_lower_case", transformer.lowerCase());
        ModuleWriter.write(json, folder.resolve(TRANSFORMER_SETTINGS));
        ObjectNode config = object(folder.resolve("config.json"));
        if (!config.has("model_type")) { // of the time when the settings' file told
          TransformerConfig known = source.config();
          config.put("model_type", known.modelType()).put("pad_token_id", known.padTokenId());
          ModuleWriter.write(config, folder.resolve("config.json"));
        }
      } else if (first instanceof SentenceModule.WordEmbeddings words) {
        ObjectNode json = object(from.resolve(WORD_SETTINGS));
        json.put("max_seq_length", words.maxSequenceLength());
        ModuleWriter.write(json, folder.resolve(WORD_SETTINGS));
      }
      if (first instanceof SentenceModule.Weighted weighted) {
        copyWeights(source, weighted, folder);
      }
    };
  }

  private static void copyWeights(Checkpoint source, SentenceModule.Weighted module, Path folder) {
    try (Weights weights = source.weights(module)) {
      Map<String, TensorType> types = new LinkedHashMap<>();
      weights.names().forEach(name -> types.put(name, weights.get(name).type()));
      Safetensors.write(folder.resolve(WEIGHTS), types, weights::get, Map.of("format", "pt"));
    }
  }

  private static List<Path> kept(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(Files::isRegularFile)
          .filter(file -> isKept(file.getFileName().toString()))
          .sorted()
          .toList();
    }
  }

  private static boolean isKept(String name) {
    String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return KEPT.contains(extension)
        && !name.startsWith(".")
        && !name.endsWith(".index.json")
        && !(name.startsWith("sentence_") && name.endsWith("_config.json")) // written anew
        && !OTHERS.contains(name);
  }

  private static ObjectNode object(Path file) {
    return Files.isRegularFile(file)
        ? (ObjectNode) JsonFile.read(file).root()
        : JsonFile.MAPPER.createObjectNode();
  }

  /** A table of word embeddings with its words. */
  public static Content words(
      SentenceModule.WordEmbeddings module, WordVocabulary vocabulary, Tensor table) {
    return folder -> {
      ObjectNode json =
          JsonFile.MAPPER
              .createObjectNode()
              .put("tokenizer_class", vocabulary.kind().className())
              .put("update_embeddings", module.trained())
              .put("max_seq_length", module.maxSequenceLength());
      ModuleWriter.write(json, folder.resolve(WORD_SETTINGS));
      vocabulary.write(folder);
      writeWeights(folder, Map.of("emb_layer.weight", table));
    };
  }

  /** A table of tokens' embeddings with its {@code tokenizer.json}. */
  public static Content tokens(Path tokenizer, Map<String, Tensor> table) {
    return folder -> {
      Files.copy(tokenizer, folder.resolve(TokenizerFiles.FAST));
      writeWeights(folder, table);
    };
  }

  /** Weights of the words of word embeddings. */
  public static Content wordWeights(
      List<String> words, Map<String, Double> weights, double unknown) {
    return folder -> {
      ModuleWriter.write(weighted(words, weights, unknown), folder.resolve("config.json"));
      float[] rows = new float[words.size()];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = (float) weight(words.get(i), weights, unknown);
      }
      writeWeights(folder, Map.of("emb_layer.weight", Tensor.of(rows, rows.length, 1)));
    };
  }

  /** A word's weight, or that of the word in lower case, or else the one for unknown words. */
  private static double weight(String word, Map<String, Double> weights, double unknown) {
    Double weight = weights.get(word);
    return weight != null ? weight : weights.getOrDefault(word.toLowerCase(Locale.ROOT), unknown);
  }

  /** The words of a bag of words, with their weights. */
  public static Content bag(
      List<String> words, Map<String, Double> weights, double unknown, boolean cumulative) {
    return folder ->
        ModuleWriter.write(
            weighted(words, weights, unknown).put("cumulative_term_frequency", cumulative),
            folder.resolve("config.json"));
  }

  private static ObjectNode weighted(
      List<String> words, Map<String, Double> weights, double unknown) {
    ObjectNode json = JsonFile.MAPPER.createObjectNode();
    words.forEach(json.putArray("vocab")::add);
    ObjectNode map = json.putObject("word_weights");
    weights.forEach(map::put);
    return json.put("unknown_word_weight", unknown);
  }
}
