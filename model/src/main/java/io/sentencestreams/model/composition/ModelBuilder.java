package io.sentencestreams.model.composition;

import io.sentencestreams.model.checkpoint.Activation;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.ModuleChain;
import io.sentencestreams.model.checkpoint.ModuleFiles;
import io.sentencestreams.model.checkpoint.NewCheckpoint;
import io.sentencestreams.model.checkpoint.PoolingMode;
import io.sentencestreams.model.checkpoint.SentenceModule;
import io.sentencestreams.model.checkpoint.Tensor;
import io.sentencestreams.model.checkpoint.TransformerConfig;
import io.sentencestreams.model.checkpoint.WordVocabulary;
import io.sentencestreams.model.internal.FreshWeights;
import io.sentencestreams.model.words.WordVectors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Makes a model of modules: one that makes numbers of a text, then others that each take what the
 * one before gives.
 *
 * <pre>{@code
 * try (WordVectors glove = WordVectors.read(Path.of("glove.6B.300d.txt.gz"))) {
 *   Checkpoint model =
 *       ModelBuilder.wordEmbeddings(glove).lstm(1024).pooling(PoolingMode.MAX).save(folder);
 * }
 * }</pre>
 *
 * <p>Each module is checked when it is added: one that does not fit is refused, and the message
 * names it and the one before it. New modules get weights as PyTorch gives them to the reference's,
 * drawn from the seed: to be trained, as by a {@code TrainableEncoder} of the saved model.
 */
public final class ModelBuilder {
  /** The most words of a text, where nothing says otherwise; the reference's. */
  private static final int UNLIMITED = 1_000_000;

  private final Optional<TransformerConfig> config;
  private final Optional<List<String>> words;
  private final List<Path> sources;
  private final List<NewCheckpoint.Part> parts = new ArrayList<>();
  private long seed = 42;

  private ModelBuilder(
      SentenceModule first,
      ModuleFiles.Content content,
      Optional<TransformerConfig> config,
      Optional<List<String>> words,
      List<Path> sources) {
    this.config = config;
    this.words = words;
    this.sources = sources;
    parts.add(new NewCheckpoint.Part(first, content));
  }

  /**
   * Begins with the first module of another model, such as its transformer: its weights, its
   * tokenizer and its maximum length, but none of the modules behind it.
   */
  public static ModelBuilder from(Checkpoint base) {
    return from(base, base.modules().get(0));
  }

  /**
   * As {@link #from(Checkpoint)}, with texts cut at another length.
   *
   * @param maxSequenceLength the most tokens of a text, special ones included
   * @throws IllegalArgumentException if the module has no maximum length, or fewer positions
   */
  public static ModelBuilder from(Checkpoint base, int maxSequenceLength) {
    SentenceModule first = base.modules().get(0);
    if (first instanceof SentenceModule.Transformer transformer) {
      int positions = base.config().maxPositionEmbeddings();
      if (maxSequenceLength < 3 || (positions > 0 && maxSequenceLength > positions)) {
        throw new IllegalArgumentException(
            "%s takes texts of 3 to %d tokens, not %d"
                .formatted(base.name(), positions, maxSequenceLength));
      }
      return from(
          base,
          new SentenceModule.Transformer(
              transformer.directory(), maxSequenceLength, transformer.lowerCase()));
    }
    if (first instanceof SentenceModule.WordEmbeddings table && maxSequenceLength > 0) {
      return from(
          base,
          new SentenceModule.WordEmbeddings(
              table.directory(),
              maxSequenceLength,
              table.vocabularySize(),
              table.dimension(),
              table.trained()));
    }
    throw new IllegalArgumentException(
        "%s of %s takes no maximum length of %d"
            .formatted(first.typeName(), base.name(), maxSequenceLength));
  }

  private static ModelBuilder from(Checkpoint base, SentenceModule first) {
    return new ModelBuilder(
        first,
        ModuleFiles.copyOf(base, first),
        base.hasTransformer() ? Optional.of(base.config()) : Optional.empty(),
        words(base, first),
        List.of(base.directory()));
  }

  /** The words of word embeddings, unless they are a transformer's pieces. */
  private static Optional<List<String>> words(Checkpoint base, SentenceModule first) {
    return first instanceof SentenceModule.WordEmbeddings table
            && !Files.isRegularFile(base.tokenizerFile())
        ? Optional.of(WordVocabulary.read(table).words())
        : Optional.empty();
  }

  /** Begins with word embeddings that training leaves as they are, between white space. */
  public static ModelBuilder wordEmbeddings(WordVectors vectors) {
    return wordEmbeddings(vectors, WordVocabulary.of(vectors.words()), /* trained= */ false);
  }

  /**
   * Begins with word embeddings.
   *
   * @param vectors must be open until the model is saved
   * @param vocabulary how a text is cut into the words of the vectors
   * @param trained whether training changes them
   * @throws IllegalArgumentException if the vocabulary has other words than the vectors
   */
  public static ModelBuilder wordEmbeddings(
      WordVectors vectors, WordVocabulary vocabulary, boolean trained) {
    if (!vocabulary.words().equals(vectors.words())) {
      throw new IllegalArgumentException(
          "the vocabulary has other words (%d) than the vectors (%d)"
              .formatted(vocabulary.words().size(), vectors.words().size()));
    }
    SentenceModule.WordEmbeddings module =
        new SentenceModule.WordEmbeddings(
            Path.of(""), UNLIMITED, vectors.words().size(), vectors.dimension(), trained);
    return new ModelBuilder(
        module,
        folder -> ModuleFiles.words(module, vocabulary, vectors.table()).write(folder),
        Optional.empty(),
        Optional.of(vectors.words()),
        List.of());
  }

  /**
   * Begins with a bag of words: a sentence embedding with a number for each word.
   *
   * @param words those that repeat an earlier one are left out
   * @param weights what an occurrence of a word counts, by the word or by the word in lower case
   * @param unknown what it counts for a word that has no weight
   * @param cumulative whether a word counts as often as it occurs, and not once
   */
  public static ModelBuilder bagOfWords(
      List<String> words, Map<String, Double> weights, double unknown, boolean cumulative) {
    List<String> unique = List.copyOf(new LinkedHashSet<>(words));
    if (unique.isEmpty()) {
      throw new IllegalArgumentException("a bag of words needs at least one word");
    }
    return new ModelBuilder(
        new SentenceModule.BagOfWords(Path.of(""), unique.size(), cumulative),
        ModuleFiles.bag(unique, weights, unknown, cumulative),
        Optional.empty(),
        Optional.empty(),
        List.of());
  }

  /**
   * Begins with a table of embeddings, one for each token of a tokenizer, whose mean is the
   * sentence embedding; drawn from a normal distribution.
   *
   * @param tokenizer a {@code tokenizer.json}
   * @param vocabularySize number of its tokens
   * @param dimension length of an embedding
   */
  public static ModelBuilder staticEmbedding(Path tokenizer, int vocabularySize, int dimension) {
    SentenceModule.StaticEmbedding module =
        new SentenceModule.StaticEmbedding(
            Path.of(""),
            positive(vocabularySize, "vocabularySize"),
            positive(dimension, "dimension"));
    ModelBuilder builder =
        new ModelBuilder(
            module, ModuleFiles.Content.NONE, Optional.empty(), Optional.empty(), List.of());
    ModuleFiles.Content table =
        folder -> ModuleFiles.tokens(tokenizer, builder.fresh(module, 0)).write(folder);
    builder.parts.set(0, new NewCheckpoint.Part(module, table));
    return builder;
  }

  private static int positive(int value, String name) {
    if (value < 1) {
      throw new IllegalArgumentException("%s must be at least 1, not %d".formatted(name, value));
    }
    return value;
  }

  /** Weights of new modules are drawn from this instead of 42. */
  public ModelBuilder seed(long value) {
    this.seed = value;
    return this;
  }

  /** Length of what the last module gives: token embeddings or a sentence embedding. */
  public int dimension() {
    return flow().dimension();
  }

  private ModuleChain.Flow flow() {
    return ModuleChain.flow(modules(), config, "the new model");
  }

  private List<SentenceModule> modules() {
    return parts.stream().map(NewCheckpoint.Part::module).toList();
  }

  private ModelBuilder add(SentenceModule module, ModuleFiles.Content content) {
    List<SentenceModule> all = new ArrayList<>(modules());
    all.add(module);
    ModuleChain.flow(all, config, "module %d of the new model".formatted(all.size()));
    parts.add(new NewCheckpoint.Part(module, content));
    return this;
  }

  private Map<String, Tensor> fresh(SentenceModule module, int index) {
    return FreshWeights.of(module, seed * 1_000_003 + index);
  }

  /**
   * Adds any module that needs nothing but its description, with new weights if it has some.
   *
   * @param module is given the folder that the module will have
   * @throws CheckpointException if it cannot take what the module before it gives; names both
   * @throws IllegalArgumentException if it needs more than its description
   */
  public ModelBuilder add(Function<Path, SentenceModule> module) {
    int index = parts.size();
    SentenceModule made = module.apply(Path.of(Integer.toString(index)));
    if (FreshWeights.has(made)) {
      return add(made, folder -> ModuleFiles.weights(fresh(made, index)).write(folder));
    }
    if (made instanceof SentenceModule.Weighted) {
      throw new IllegalArgumentException(
          made.typeName() + " needs weights that are given; it has a method of its own");
    }
    return add(made, ModuleFiles.Content.NONE);
  }

  /**
   * Multiplies word embeddings by a weight for each word, such as those of {@code
   * DocumentFrequencies}.
   *
   * @param weights by the word, or by the word in lower case
   * @param unknown for a word that has none
   * @throws CheckpointException if the model does not begin with word embeddings
   */
  public ModelBuilder wordWeights(Map<String, Double> weights, double unknown) {
    List<String> all = words.orElse(List.of());
    return add(
        new SentenceModule.WordWeights(Path.of(""), Math.max(1, all.size())),
        ModuleFiles.wordWeights(all, weights, unknown));
  }

  /** A bidirectional LSTM of one layer. */
  public ModelBuilder lstm(int hiddenDimension) {
    return lstm(hiddenDimension, 1, 0, /* bidirectional= */ true);
  }

  /**
   * An LSTM.
   *
   * @param hiddenDimension length of the state of one direction
   * @param dropout share of a layer's output that the next one does not see while training
   */
  public ModelBuilder lstm(int hiddenDimension, int layers, double dropout, boolean bidirectional) {
    positive(hiddenDimension, "hiddenDimension");
    positive(layers, "layers");
    share(dropout);
    return add(
        folder ->
            new SentenceModule.Lstm(
                folder, dimension(), hiddenDimension, layers, dropout, bidirectional));
  }

  /**
   * Convolutions side by side.
   *
   * @param channels length of the output of one of them
   * @param kernelSizes their widths in tokens, odd
   */
  public ModelBuilder cnn(int channels, int... kernelSizes) {
    positive(channels, "channels");
    List<Integer> sizes = new ArrayList<>();
    for (int size : kernelSizes) {
      if (size < 1 || size % 2 == 0) {
        throw new IllegalArgumentException(
            "a kernel of %d tokens; odd sizes give each token an output".formatted(size));
      }
      sizes.add(size);
    }
    if (sizes.isEmpty()) {
      throw new IllegalArgumentException("a CNN needs at least one kernel size");
    }
    return add(folder -> new SentenceModule.Cnn(folder, dimension(), channels, sizes));
  }

  /**
   * The weighted mean of a transformer's layers.
   *
   * @param firstLayer the first that counts; 0 is the embeddings
   */
  public ModelBuilder weightedLayerPooling(int firstLayer) {
    if (firstLayer < 0) {
      throw new IllegalArgumentException("firstLayer must be at least 0, not " + firstLayer);
    }
    int layers = config.map(TransformerConfig::layers).orElse(0);
    return add(
        folder -> new SentenceModule.WeightedLayerPooling(folder, dimension(), layers, firstLayer));
  }

  /** Token embeddings to a sentence embedding, in several ways side by side perhaps. */
  public ModelBuilder pooling(PoolingMode... modes) {
    return add(folder -> new SentenceModule.Pooling(List.of(modes), dimension(), true));
  }

  /** A linear layer of as many inputs as there are, with a bias and Tanh as in the reference. */
  public ModelBuilder dense(int outputs) {
    return dense(dimension(), outputs, Activation.TANH);
  }

  /** A linear layer with a bias. */
  public ModelBuilder dense(int inputs, int outputs, Activation activation) {
    positive(inputs, "inputs");
    positive(outputs, "outputs");
    return add(
        folder ->
            new SentenceModule.Dense(folder, inputs, outputs, true, activation, false, false));
  }

  /** Scales the sentence embedding to mean 0 and variance 1, then by learned weights. */
  public ModelBuilder layerNorm() {
    return add(folder -> new SentenceModule.LayerNorm(folder, dimension()));
  }

  /** Scales the sentence embedding to unit length. */
  public ModelBuilder normalize() {
    return add(folder -> new SentenceModule.Normalize());
  }

  /** Leaves out a share of the sentence embedding while training. */
  public ModelBuilder dropout(double share) {
    share(share);
    return add(folder -> new SentenceModule.Dropout(share));
  }

  private static void share(double share) {
    if (!(share >= 0 && share < 1)) {
      throw new IllegalArgumentException(
          "dropout must be at least 0 and below 1, not %s".formatted(share));
    }
  }

  /**
   * Saves the model: a checkpoint that {@code SentenceEncoder}, {@code TrainableEncoder} and
   * Sentence Transformers load.
   *
   * @param folder need not exist; a checkpoint or an empty folder that is there is replaced, once
   *     the new one is whole
   * @throws CheckpointException if the model gives no sentence embedding, or cannot be written
   */
  public Checkpoint save(Path folder) {
    requireSentence();
    return NewCheckpoint.write(folder, parts, sources);
  }

  /** As {@link #save}, into a folder that is there and empty. */
  public void writeTo(Path emptyFolder) throws IOException {
    requireSentence();
    NewCheckpoint.fill(emptyFolder, parts);
  }

  private void requireSentence() {
    if (flow().tokens()) {
      throw new CheckpointException(
          "the new model: %s gives token embeddings of %d; add a Pooling, which makes a sentence embedding of them"
              .formatted(flow().from().typeName(), dimension()));
    }
  }
}
