package io.sentencestreams.app.benchmark;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.PoolingMode;
import io.sentencestreams.model.checkpoint.TransformerConfig;
import io.sentencestreams.model.composition.ModelBuilder;
import io.sentencestreams.model.internal.UntrainedWeights;
import io.sentencestreams.model.words.WordVectors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;

/**
 * One model of each architecture, all of one size, with weights that have not learned anything and
 * the default model's tokenizer: time does not depend on either.
 */
final class ArchitectureModels {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LENGTH = 256;

  private static final List<String> TRANSFORMERS =
      List.of(
          "bert",
          "roberta",
          "xlm-roberta",
          "camembert",
          "albert",
          "electra",
          "mpnet",
          "distilbert",
          "xlnet",
          "xlm",
          "flaubert");

  private static final String WORDS = "words";
  private static final String BILSTM = "bilstm";
  private static final String CNN = "cnn";
  private static final String STATIC = "static";

  private final Path tokenizer;
  private final int vocabulary;
  private final int layers;
  private final int width;

  /**
   * Models of one size.
   *
   * @param base whose tokenizer they get
   * @param layers of a transformer
   * @param width of its layers, a multiple of 32, and of word embeddings
   */
  ArchitectureModels(Checkpoint base, int layers, int width) {
    this.tokenizer = base.tokenizerFile();
    this.vocabulary = base.config().vocabSize();
    this.layers = layers;
    this.width = width;
  }

  /** All architectures. */
  static List<String> names() {
    List<String> names = new ArrayList<>(TRANSFORMERS);
    names.addAll(List.of(WORDS, BILSTM, CNN, STATIC));
    return names;
  }

  static boolean isTransformer(String name) {
    return TRANSFORMERS.contains(name);
  }

  /** Whether a text's embedding is a mean of rows of a table, and nothing else is computed. */
  static boolean isTable(String name) {
    return name.equals(WORDS) || name.equals(STATIC);
  }

  /** Writes one of {@link #names} into a new folder. */
  Path write(String name, Path folder) throws IOException {
    switch (name) {
      case WORDS -> words(folder, words -> words);
      case BILSTM -> words(folder, words -> words.lstm(width / 2));
      case CNN -> words(folder, words -> words.cnn(width / 3, 1, 3, 5));
      case STATIC -> ModelBuilder.staticEmbedding(tokenizer, vocabulary, width).save(folder);
      default -> transformer(folder, name);
    }
    return folder;
  }

  /** Without a list of modules it is taken with mean pooling, here and by the reference. */
  private void transformer(Path folder, String family) throws IOException {
    Files.createDirectories(folder);
    ObjectNode config = JSON.createObjectNode().put("model_type", family);
    config.put("vocab_size", vocabulary).put("pad_token_id", family.equals("mpnet") ? 1 : 0);
    switch (family) {
      case "distilbert" -> {
        config.put("dim", width).put("n_layers", layers).put("n_heads", width / 32);
        config.put("hidden_dim", 4 * width).put("max_position_embeddings", 2 * LENGTH);
      }
      case "xlnet" -> {
        config.put("d_model", width).put("n_layer", layers).put("n_head", width / 32);
        config.put("d_inner", 4 * width).put("ff_activation", "gelu").put("layer_norm_eps", 1e-12);
      }
      case "xlm", "flaubert" -> {
        config.put("emb_dim", width).put("n_layers", layers).put("n_heads", width / 32);
        config.put("max_position_embeddings", 2 * LENGTH).put("gelu_activation", true);
        config.put("layer_norm_eps", 1e-12).put("causal", false).put("pad_index", 0);
      }
      default -> {
        config.put("hidden_size", width).put("num_hidden_layers", layers);
        config.put("num_attention_heads", width / 32).put("intermediate_size", 4 * width);
        config.put("max_position_embeddings", 2 * LENGTH).put("hidden_act", "gelu");
        config.put("layer_norm_eps", 1e-12);
        if (!family.equals("mpnet")) {
          config.put("type_vocab_size", family.matches(".*roberta|camembert") ? 1 : 2);
        }
        if (family.equals("albert")) {
          config.put("embedding_size", 128);
        } else if (family.equals("electra")) {
          config.put("embedding_size", width);
        }
      }
    }
    write(config, folder.resolve("config.json"));
    UntrainedWeights.write(
        folder.resolve("model.safetensors"),
        TransformerConfig.read(folder.resolve("config.json")),
        1);
    Files.copy(tokenizer, folder.resolve("tokenizer.json"));
    ObjectNode settings =
        JSON.createObjectNode()
            .put("tokenizer_class", "PreTrainedTokenizerFast")
            .put("model_max_length", LENGTH)
            .put("pad_token", "[PAD]")
            .put("unk_token", "[UNK]")
            .put("cls_token", "[CLS]")
            .put("sep_token", "[SEP]")
            .put("mask_token", "[MASK]");
    settings.putArray("model_input_names").add("input_ids").add("attention_mask");
    write(settings, folder.resolve("tokenizer_config.json"));
  }

  /** A model that begins with vectors of the words of the benchmark's texts. */
  private void words(Path folder, UnaryOperator<ModelBuilder> next) throws IOException {
    Path file = Files.createTempFile("words", ".txt");
    try {
      Random random = new Random(1);
      List<String> lines = new ArrayList<>();
      for (String word : TextWorkload.words()) {
        StringBuilder line = new StringBuilder(word);
        random.doubles(width, -1, 1).forEach(value -> line.append(' ').append((float) value));
        lines.add(line.toString());
      }
      Files.write(file, lines);
      try (WordVectors vectors = WordVectors.read(file)) {
        next.apply(ModelBuilder.wordEmbeddings(vectors)).pooling(PoolingMode.MEAN).save(folder);
      }
    } finally {
      Files.delete(file);
    }
  }

  private static void write(ObjectNode json, Path file) throws IOException {
    Files.write(file, JSON.writeValueAsBytes(json));
  }
}
