package io.sentencestreams.model.internal;

import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.TransformerConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * The parameters of transformers that are computed as BERT is, by their Hugging Face names, in the
 * order of the kernels.
 */
public final class BertParameters {
  /** How many parameters come before the layers'. */
  static final int EMBEDDINGS = 5;

  /** How many a layer has. */
  static final int OF_LAYER = 16;

  private final TransformerConfig config;
  private final TransformerNames names;
  private final List<Parameter> list = new ArrayList<>();

  private BertParameters(TransformerConfig config) {
    this.config = config;
    this.names = TransformerNames.of(config);
  }

  /**
   * A parameter and the shape that the configuration says it has.
   *
   * @param name empty for one that the family lacks: it is all zeros and not trained
   */
  public record Parameter(String name, List<Long> shape) {
    /** Whether the family lacks it. */
    public boolean isAbsent() {
      return name.isEmpty();
    }
  }

  /** Whether an architecture is BERT's but for names, so that BERT's kernel computes it. */
  static boolean isPlain(TransformerConfig config) {
    return !config.modelType().equals("xlnet")
        && config.embeddingSize() == config.hiddenSize()
        && config.family().relativeBuckets() == 0
        && config.family().layerGroups() == 0
        && !config.family().preNorm();
  }

  /**
   * Lists the parameters of an architecture that is {@link #isPlain plain}.
   *
   * @throws CheckpointException if the kernel does not compute this architecture; names what it is
   */
  static List<Parameter> of(TransformerConfig config) {
    refuseUnsupported(config);
    BertParameters parameters = new BertParameters(config);
    parameters.addEmbeddings();
    for (int i = 0; i < config.layers(); i++) {
      parameters.addLayer(i);
    }
    return parameters.list;
  }

  /**
   * Lists the parameters of any architecture that is BERT's but for a projection of the embeddings,
   * relative positions, shared layers, or where it normalizes: embeddings, the projection if there
   * is one, the relative positions if there are, then each distinct layer.
   */
  static List<Parameter> ofVariant(TransformerConfig config) {
    refuseUnsupported(config);
    BertParameters parameters = new BertParameters(config);
    parameters.addEmbeddings();
    if (isProjected(config)) {
      String name =
          config.modelType().equals("albert")
              ? "encoder.embedding_hidden_mapping_in"
              : "embeddings_project";
      parameters.addLinear(name, config.hiddenSize(), config.embeddingSize());
    }
    if (config.family().relativeBuckets() > 0) {
      parameters.addMatrix(
          "encoder.relative_attention_bias.weight",
          config.family().relativeBuckets(),
          config.heads());
    }
    if (config.family().layerGroups() > 0) {
      for (int group = 0; group < config.family().layerGroups(); group++) {
        for (int inner = 0; inner < config.family().layersInGroup(); inner++) {
          parameters.addLayer(group, inner);
        }
      }
    } else {
      for (int i = 0; i < config.layers(); i++) {
        parameters.addLayer(i);
      }
    }
    return parameters.list;
  }

  /** Whether a linear layer follows the embeddings; ALBERT always has one. */
  static boolean isProjected(TransformerConfig config) {
    return config.modelType().equals("albert") || config.embeddingSize() != config.hiddenSize();
  }

  private void addEmbeddings() {
    long size = config.embeddingSize();
    addMatrix(names.word(), config.vocabSize(), size);
    addMatrix(names.position(), config.maxPositionEmbeddings(), size);
    if (names.type().equals(names.word())) {
      addMatrix(names.word(), config.vocabSize(), size); // whose first row is the first type's
    } else if (names.type().isEmpty()) {
      list.add(new Parameter("", List.of(1L, size)));
    } else {
      addMatrix(names.type(), config.typeVocabSize(), size);
    }
    addNorm(names.norm(), size);
  }

  private void addLayer(Object... numbers) {
    long hidden = config.hiddenSize();
    long wide = config.intermediateSize();
    addLinear(names.of(names.query(), numbers), hidden, hidden);
    addLinear(names.of(names.key(), numbers), hidden, hidden);
    addLinear(names.of(names.value(), numbers), hidden, hidden);
    addLinear(names.of(names.output(), numbers), hidden, hidden);
    addNorm(names.of(names.outputNorm(), numbers), hidden);
    addLinear(names.of(names.up(), numbers), wide, hidden);
    addLinear(names.of(names.down(), numbers), hidden, wide);
    addNorm(names.of(names.downNorm(), numbers), hidden);
  }

  /** The kernel's name for {@code hidden_act}. */
  static String activation(TransformerConfig config) {
    return switch (config.hiddenAct()) {
      case "gelu" -> "gelu";
      case "gelu_new", "gelu_pytorch_tanh" -> "gelu_tanh";
      case "relu" -> "relu";
      default ->
          throw new CheckpointException(
              "config.json: hidden_act '%s' is not supported; gelu, gelu_new, gelu_pytorch_tanh and relu are"
                  .formatted(config.hiddenAct()));
    };
  }

  /** Row of the position embeddings that the first token takes: some families skip some. */
  static int firstPosition(TransformerConfig config) {
    return switch (config.modelType()) {
      case "roberta", "xlm-roberta", "camembert" -> config.padTokenId() + 1;
      case "mpnet" -> 2; // whatever the configuration says of padding
      default -> 0;
    };
  }

  /**
   * How many rows of the position embeddings lie before those of a pair's second text: the kernels
   * hold them once for each of two types of tokens. 0 where the family has no types.
   */
  static int secondPositions(TransformerConfig config) {
    if (config.maxPositionEmbeddings() == 0) {
      return 0; // positions are relative only
    }
    boolean typed = TransformerNames.of(config).type().endsWith("token_type_embeddings.weight");
    return typed && config.typeVocabSize() == 2 ? config.maxPositionEmbeddings() : 0;
  }

  private static void refuseUnsupported(TransformerConfig config) {
    if (!config.positionEmbeddingType().equals("absolute")) {
      throw new CheckpointException(
          "config.json: position_embedding_type '%s' is not supported; absolute is"
              .formatted(config.positionEmbeddingType()));
    }
    boolean typed = TransformerNames.of(config).type().endsWith("token_type_embeddings.weight");
    if (typed && config.typeVocabSize() < 1) {
      throw new CheckpointException("config.json: type_vocab_size must be at least 1");
    }
  }

  private void addLinear(String name, long rows, long columns) {
    addMatrix(name + ".weight", rows, columns);
    addVector(name + ".bias", rows);
  }

  private void addNorm(String name, long size) {
    addVector(name + ".weight", size);
    addVector(name + ".bias", size);
  }

  private void addMatrix(String name, long rows, long columns) {
    list.add(new Parameter(name, List.of(rows, columns)));
  }

  private void addVector(String name, long size) {
    list.add(new Parameter(name, List.of(size)));
  }
}
