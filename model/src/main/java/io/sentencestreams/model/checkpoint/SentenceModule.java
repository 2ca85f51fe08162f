package io.sentencestreams.model.checkpoint;

import java.nio.file.Path;
import java.util.List;

/**
 * One step between a text and its embedding, in the order of {@code modules.json}.
 *
 * <p>The first step makes numbers of a text: {@link Transformer}, {@link WordEmbeddings}, {@link
 * StaticEmbedding} or {@link BagOfWords}. Steps on token embeddings follow, then {@link Pooling},
 * then steps on sentence embeddings. {@link StaticEmbedding} and {@link BagOfWords} give sentence
 * embeddings right away.
 */
public sealed interface SentenceModule {
  /** The step's name in the reference. */
  default String typeName() {
    return getClass().getSimpleName();
  }

  /** A step with weights of its own, in a folder of its own. */
  sealed interface Weighted extends SentenceModule {
    /** Where its configuration and its weights lie. */
    Path directory();
  }

  /**
   * Token ids to token embeddings.
   *
   * @param directory where {@code config.json} and the weights lie
   * @param maxSequenceLength the most tokens of a text, special tokens included
   * @param lowerCase whether texts are lower-cased before they are tokenized
   */
  record Transformer(Path directory, int maxSequenceLength, boolean lowerCase)
      implements Weighted {}

  /**
   * Words to token embeddings: one row of a table for each word that is in its vocabulary.
   *
   * @param maxSequenceLength the most words of a text
   * @param vocabularySize rows of the table
   * @param dimension columns of the table
   * @param trained whether training changes the table
   */
  record WordEmbeddings(
      Path directory, int maxSequenceLength, int vocabularySize, int dimension, boolean trained)
      implements Weighted {}

  /**
   * Tokens to a sentence embedding, the mean of their rows in a table (model2vec).
   *
   * @param vocabularySize rows of the table
   * @param dimension columns of the table
   */
  record StaticEmbedding(Path directory, int vocabularySize, int dimension) implements Weighted {}

  /**
   * Words to a sentence embedding with one number for each word of the vocabulary: its weight, as
   * often as it occurs.
   *
   * @param directory where {@code config.json} with the words and their weights lies
   * @param vocabularySize number of words, the length of the embedding
   * @param cumulative whether a word counts as often as it occurs, and not once
   */
  record BagOfWords(Path directory, int vocabularySize, boolean cumulative)
      implements SentenceModule {
    @Override
    public String typeName() {
      return "BoW";
    }
  }

  /**
   * Multiplies word embeddings by a weight for each word, such as its inverse document frequency.
   *
   * @param vocabularySize number of weights, one for each word of the word embeddings
   */
  record WordWeights(Path directory, int vocabularySize) implements Weighted {}

  /**
   * A recurrent network over the token embeddings (Hochreiter and Schmidhuber 1997).
   *
   * @param inputDimension length of a token embedding
   * @param hiddenDimension length of the state of one direction
   * @param layers number of layers
   * @param dropout share of a layer's output that the next one does not see while training
   * @param bidirectional whether a second network reads the text backwards
   */
  record Lstm(
      Path directory,
      int inputDimension,
      int hiddenDimension,
      int layers,
      double dropout,
      boolean bidirectional)
      implements Weighted {
    @Override
    public String typeName() {
      return "LSTM";
    }
  }

  /**
   * Convolutions over the token embeddings, several widths side by side (Kim 2014).
   *
   * @param inputDimension length of a token embedding
   * @param channels length of the output of one width
   * @param kernelSizes the widths, in tokens; odd, so that each token has an output
   */
  record Cnn(Path directory, int inputDimension, int channels, List<Integer> kernelSizes)
      implements Weighted {
    public Cnn {
      kernelSizes = List.copyOf(kernelSizes);
    }

    @Override
    public String typeName() {
      return "CNN";
    }
  }

  /**
   * Token embeddings as the weighted mean of a transformer's layers.
   *
   * @param dimension length of a token embedding
   * @param layers number of the transformer's layers, embeddings not counted
   * @param firstLayer the first that counts; 0 is the embeddings
   */
  record WeightedLayerPooling(Path directory, int dimension, int layers, int firstLayer)
      implements Weighted {}

  /**
   * Token embeddings to one embedding.
   *
   * @param modes at least one, in the order in which their vectors are concatenated
   * @param dimension length of a token embedding; the result is {@code modes.size()} times as long
   * @param includePrompt whether the tokens of a prompt count
   */
  record Pooling(List<PoolingMode> modes, int dimension, boolean includePrompt)
      implements SentenceModule {
    public Pooling {
      modes = List.copyOf(modes);
      if (modes.isEmpty()) {
        throw new IllegalArgumentException("a pooling module needs at least one mode");
      }
    }
  }

  /**
   * Token embeddings to one embedding, by how much a token's vector changes from layer to layer and
   * how new it is in them (Wang and Kuo 2020, SBERT-WK).
   *
   * @param dimension length of a token embedding
   * @param firstLayer the first layer that counts; 0 is the embeddings
   * @param window layers on each side that a layer is compared with
   */
  record WkPooling(int dimension, int firstLayer, int window) implements SentenceModule {
    @Override
    public String typeName() {
      return "WKPooling";
    }
  }

  /**
   * A linear layer.
   *
   * @param inputDimension length of what it takes
   * @param outputDimension length of what it gives
   * @param bias whether it adds a bias
   * @param activation what its output goes through
   * @param residual whether its input is added to its output, through a projection if the lengths
   *     differ
   * @param onTokens whether it works on token embeddings instead of the sentence embedding
   */
  record Dense(
      Path directory,
      int inputDimension,
      int outputDimension,
      boolean bias,
      Activation activation,
      boolean residual,
      boolean onTokens)
      implements Weighted {}

  /**
   * A linear layer of a cross-encoder's head, whose weights lie among the transformer's.
   *
   * @param name of its parameters, without {@code .weight} and {@code .bias}
   * @param inputDimension length of what it takes
   * @param outputDimension length of what it gives
   * @param activation what its output goes through
   */
  record HeadLayer(
      Path directory, String name, int inputDimension, int outputDimension, Activation activation)
      implements Weighted {}

  /**
   * Scales the sentence embedding to mean 0 and variance 1, then by learned weights.
   *
   * @param dimension length of the embedding
   */
  record LayerNorm(Path directory, int dimension) implements Weighted {}

  /**
   * Leaves out parts of the sentence embedding while training, and does nothing otherwise.
   *
   * @param share from 0 to below 1
   */
  record Dropout(double share) implements SentenceModule {}

  /**
   * Scales embeddings to unit length.
   *
   * @param onTokens whether those of tokens instead of the sentence's
   */
  record Normalize(boolean onTokens) implements SentenceModule {
    /** Of the sentence embedding. */
    public Normalize() {
      this(false);
    }
  }
}
