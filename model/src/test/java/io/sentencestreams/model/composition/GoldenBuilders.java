package io.sentencestreams.model.composition;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.model.Golden;
import io.sentencestreams.model.checkpoint.Activation;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.PoolingMode;
import io.sentencestreams.model.checkpoint.SentenceModule;
import io.sentencestreams.model.checkpoint.WordVocabulary;
import io.sentencestreams.model.words.WordVectors;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The golden models that the reference made of modules, made of the same modules here. */
final class GoldenBuilders implements AutoCloseable {
  private final Path folder;
  private final List<WordVectors> open = new ArrayList<>();

  interface Recipe {
    ModelBuilder make(GoldenBuilders goldens) throws IOException;
  }

  private static final Map<String, Recipe> RECIPES = new TreeMap<>();

  static {
    RECIPES.put("words", g -> g.words("words", false).pooling(PoolingMode.MEAN));
    RECIPES.put(
        "dan",
        g ->
            g.words("dan", true)
                .pooling(PoolingMode.MEAN, PoolingMode.MEAN_SQRT_LENGTH)
                .dense(16)
                .dense(16, 8, Activation.TANH));
    RECIPES.put("phrases", g -> g.words("phrases", false).pooling(PoolingMode.MEAN));
    RECIPES.put(
        "lstm", g -> g.words("lstm", false).lstm(10, 2, 0.2, true).pooling(PoolingMode.MEAN));
    RECIPES.put(
        "lstm_one_way",
        g ->
            g.words("lstm_one_way", true)
                .lstm(10, 1, 0, false)
                .pooling(PoolingMode.MEAN, PoolingMode.MEAN_SQRT_LENGTH));
    RECIPES.put("cnn", g -> g.words("cnn", true).cnn(6, 1, 3, 5).pooling(PoolingMode.MEAN));
    RECIPES.put(
        "word_weights",
        g -> {
          JsonNode json = json("word_weights", "1_WordWeights/config.json");
          return g.words("word_weights", false)
              .wordWeights(weights(json), json.path("unknown_word_weight").asDouble())
              .pooling(PoolingMode.MEAN, PoolingMode.MEAN_SQRT_LENGTH, PoolingMode.WEIGHTED_MEAN);
        });
    RECIPES.put("bow", g -> bag("bow"));
    RECIPES.put("bow_dense", g -> bag("bow_dense").dense(8));
    RECIPES.put(
        "static",
        g -> {
          Checkpoint golden = golden("static");
          SentenceModule.StaticEmbedding table =
              (SentenceModule.StaticEmbedding) golden.modules().get(0);
          return ModelBuilder.staticEmbedding(
              golden.tokenizerFile(), table.vocabularySize(), table.dimension());
        });
    RECIPES.put(
        "dense",
        g ->
            ModelBuilder.from(golden("dense"))
                .pooling(PoolingMode.MEAN, PoolingMode.CLS)
                .dense(12)
                .add(f -> new SentenceModule.Dense(f, 12, 12, true, Activation.RELU, true, false))
                .add(f -> new SentenceModule.Dense(f, 12, 8, false, Activation.GELU, true, false))
                .layerNorm()
                .dropout(0.3)
                .normalize()
                .dense(8, 6, Activation.IDENTITY));
    RECIPES.put(
        "token_dense",
        g ->
            ModelBuilder.from(golden("token_dense"))
                .add(f -> new SentenceModule.Dense(f, 16, 10, true, Activation.TANH, false, true))
                .add(f -> new SentenceModule.Normalize(true))
                .pooling(
                    PoolingMode.MEAN,
                    PoolingMode.MAX,
                    PoolingMode.MEAN_SQRT_LENGTH,
                    PoolingMode.WEIGHTED_MEAN,
                    PoolingMode.LAST_TOKEN,
                    PoolingMode.CLS));
    RECIPES.put(
        "layer_pooling",
        g ->
            ModelBuilder.from(golden("layer_pooling"))
                .weightedLayerPooling(1)
                .pooling(PoolingMode.MEAN));
  }

  GoldenBuilders(Path folder) {
    this.folder = folder;
  }

  static List<String> names() {
    return List.copyOf(RECIPES.keySet());
  }

  ModelBuilder make(String name) throws IOException {
    return RECIPES.get(name).make(this);
  }

  static Checkpoint golden(String name) {
    return Golden.of("modules/" + name).checkpoint();
  }

  static JsonNode json(String name, String file) throws IOException {
    return new ObjectMapper().readTree(golden(name).directory().resolve(file).toFile());
  }

  private static Map<String, Double> weights(JsonNode json) {
    Map<String, Double> weights = new LinkedHashMap<>();
    json.path("word_weights")
        .properties()
        .forEach(entry -> weights.put(entry.getKey(), entry.getValue().asDouble()));
    return weights;
  }

  private static ModelBuilder bag(String name) throws IOException {
    JsonNode json = json(name, "0_BoW/config.json");
    List<String> words = new ArrayList<>();
    json.path("vocab").forEach(word -> words.add(word.asText()));
    words.add(words.get(0)); // which must not count twice
    return ModelBuilder.bagOfWords(
        words,
        weights(json),
        json.path("unknown_word_weight").asDouble(),
        json.path("cumulative_term_frequency").asBoolean());
  }

  /** Its word embeddings, by way of a file of GloVe's format. */
  private ModelBuilder words(String name, boolean trained) throws IOException {
    Checkpoint golden = golden(name);
    WordVocabulary vocabulary =
        WordVocabulary.read((SentenceModule.WordEmbeddings) golden.modules().get(0));
    StringBuilder text = new StringBuilder();
    try (var weights = golden.weights()) {
      FloatBuffer table = weights.get("emb_layer.weight").data().asFloatBuffer();
      int dimension = table.remaining() / vocabulary.words().size();
      for (int row = 1; row < vocabulary.words().size(); row++) {
        text.append(vocabulary.words().get(row));
        for (int i = 0; i < dimension; i++) {
          text.append(' ').append(table.get(row * dimension + i));
        }
        text.append('\n');
      }
    }
    Path file = Files.writeString(folder.resolve(name + ".txt"), text);
    WordVectors vectors = WordVectors.read(file);
    open.add(vectors);
    return ModelBuilder.wordEmbeddings(vectors, vocabulary, trained);
  }

  @Override
  public void close() {
    open.forEach(WordVectors::close);
  }
}
