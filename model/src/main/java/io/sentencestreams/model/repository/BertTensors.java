package io.sentencestreams.model.repository;

import io.sentencestreams.model.checkpoint.DType;
import io.sentencestreams.model.checkpoint.TensorType;
import io.sentencestreams.model.checkpoint.TransformerConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Names and types of the tensors that a BERT encoder must have. */
final class BertTensors {
  private final Map<String, TensorType> types = new LinkedHashMap<>();

  private BertTensors() {}

  /** In the order in which Hugging Face's model has them. */
  static Map<String, TensorType> of(TransformerConfig config) {
    BertTensors tensors = new BertTensors();
    int hidden = config.hiddenSize();
    int wide = config.intermediateSize();
    tensors.add("embeddings.word_embeddings.weight", config.vocabSize(), hidden);
    tensors.add("embeddings.position_embeddings.weight", config.maxPositionEmbeddings(), hidden);
    tensors.add("embeddings.token_type_embeddings.weight", config.typeVocabSize(), hidden);
    tensors.layerNorm("embeddings.LayerNorm", hidden);
    for (int i = 0; i < config.layers(); i++) {
      String layer = "encoder.layer." + i + ".";
      tensors.linear(layer + "attention.self.query", hidden, hidden);
      tensors.linear(layer + "attention.self.key", hidden, hidden);
      tensors.linear(layer + "attention.self.value", hidden, hidden);
      tensors.linear(layer + "attention.output.dense", hidden, hidden);
      tensors.layerNorm(layer + "attention.output.LayerNorm", hidden);
      tensors.linear(layer + "intermediate.dense", wide, hidden);
      tensors.linear(layer + "output.dense", hidden, wide);
      tensors.layerNorm(layer + "output.LayerNorm", hidden);
    }
    return tensors.types;
  }

  private void linear(String name, long out, long in) {
    add(name + ".weight", out, in);
    add(name + ".bias", out);
  }

  private void layerNorm(String name, long size) {
    add(name + ".weight", size);
    add(name + ".bias", size);
  }

  private void add(String name, Long... shape) {
    types.put(name, new TensorType(DType.F32, List.of(shape)));
  }

  private void add(String name, int rows, int columns) {
    add(name, (long) rows, (long) columns);
  }
}
