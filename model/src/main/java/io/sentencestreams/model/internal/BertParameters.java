package io.sentencestreams.model.internal;

import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.TransformerConfig;
import java.util.ArrayList;
import java.util.List;

/** The parameters of a BERT encoder by their Hugging Face names, in the order of the kernel. */
final class BertParameters {
  private BertParameters() {}

  /** A parameter and the shape that the configuration says it has. */
  record Parameter(String name, List<Long> shape) {}

  /**
   * Lists the parameters.
   *
   * @throws CheckpointException if the kernel does not compute this architecture; names what it is
   */
  static List<Parameter> of(TransformerConfig config) {
    refuseUnsupported(config);
    long hidden = config.hiddenSize();
    long wide = config.intermediateSize();
    List<Parameter> list = new ArrayList<>();
    addMatrix(list, "embeddings.word_embeddings.weight", config.vocabSize(), hidden);
    addMatrix(
        list, "embeddings.position_embeddings.weight", config.maxPositionEmbeddings(), hidden);
    addMatrix(list, "embeddings.token_type_embeddings.weight", config.typeVocabSize(), hidden);
    addNorm(list, "embeddings.LayerNorm", hidden);
    for (int i = 0; i < config.layers(); i++) {
      String layer = "encoder.layer." + i + ".";
      addLinear(list, layer + "attention.self.query", hidden, hidden);
      addLinear(list, layer + "attention.self.key", hidden, hidden);
      addLinear(list, layer + "attention.self.value", hidden, hidden);
      addLinear(list, layer + "attention.output.dense", hidden, hidden);
      addNorm(list, layer + "attention.output.LayerNorm", hidden);
      addLinear(list, layer + "intermediate.dense", wide, hidden);
      addLinear(list, layer + "output.dense", hidden, wide);
      addNorm(list, layer + "output.LayerNorm", hidden);
    }
    return list;
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

  /** Row of the position embeddings that the first token takes: RoBERTa's family skips some. */
  static int firstPosition(TransformerConfig config) {
    return config.modelType().equals("bert") ? 0 : config.padTokenId() + 1;
  }

  private static void refuseUnsupported(TransformerConfig config) {
    if (!config.positionEmbeddingType().equals("absolute")) {
      throw new CheckpointException(
          "config.json: position_embedding_type '%s' is not supported; absolute is"
              .formatted(config.positionEmbeddingType()));
    }
    if (config.typeVocabSize() < 1) {
      throw new CheckpointException("config.json: type_vocab_size must be at least 1");
    }
  }

  private static void addLinear(List<Parameter> list, String name, long rows, long columns) {
    addMatrix(list, name + ".weight", rows, columns);
    addVector(list, name + ".bias", rows);
  }

  private static void addNorm(List<Parameter> list, String name, long size) {
    addVector(list, name + ".weight", size);
    addVector(list, name + ".bias", size);
  }

  private static void addMatrix(List<Parameter> list, String name, long rows, long columns) {
    list.add(new Parameter(name, List.of(rows, columns)));
  }

  private static void addVector(List<Parameter> list, String name, long size) {
    list.add(new Parameter(name, List.of(size)));
  }
}
