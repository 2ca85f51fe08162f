package io.sentencestreams.model.internal;

import io.sentencestreams.model.checkpoint.TransformerConfig;

/**
 * What a family calls the parts of a transformer that are computed alike.
 *
 * @param word word embeddings
 * @param position position embeddings
 * @param type token type embeddings; empty where the family has none
 * @param norm LayerNorm of the embeddings
 * @param layer name of a layer, with its number for {@code %d}
 * @param query and the following: the parts of a layer, behind its name
 */
record TransformerNames(
    String word,
    String position,
    String type,
    String norm,
    String layer,
    String query,
    String key,
    String value,
    String output,
    String outputNorm,
    String up,
    String down,
    String downNorm) {
  private static final TransformerNames BERT =
      new TransformerNames(
          "embeddings.word_embeddings.weight",
          "embeddings.position_embeddings.weight",
          "embeddings.token_type_embeddings.weight",
          "embeddings.LayerNorm",
          "encoder.layer.%d.",
          "attention.self.query",
          "attention.self.key",
          "attention.self.value",
          "attention.output.dense",
          "attention.output.LayerNorm",
          "intermediate.dense",
          "output.dense",
          "output.LayerNorm");
  private static final TransformerNames DISTILBERT =
      new TransformerNames(
          BERT.word,
          BERT.position,
          "",
          BERT.norm,
          "transformer.layer.%d.",
          "attention.q_lin",
          "attention.k_lin",
          "attention.v_lin",
          "attention.out_lin",
          "sa_layer_norm",
          "ffn.lin1",
          "ffn.lin2",
          "output_layer_norm");
  private static final TransformerNames MPNET =
      new TransformerNames(
          BERT.word,
          BERT.position,
          "",
          BERT.norm,
          "encoder.layer.%d.",
          "attention.attn.q",
          "attention.attn.k",
          "attention.attn.v",
          "attention.attn.o",
          "attention.LayerNorm",
          "intermediate.dense",
          "output.dense",
          "output.LayerNorm");
  private static final TransformerNames ALBERT =
      new TransformerNames(
          BERT.word,
          BERT.position,
          BERT.type,
          BERT.norm,
          "encoder.albert_layer_groups.%d.albert_layers.%d.",
          "attention.query",
          "attention.key",
          "attention.value",
          "attention.dense",
          "attention.LayerNorm",
          "ffn",
          "ffn_output",
          "full_layer_layer_norm");

  /** Its layers are in four lists, so the number comes last. */
  private static final TransformerNames XLM =
      new TransformerNames(
          "embeddings.weight",
          "position_embeddings.weight",
          "embeddings.weight",
          "layer_norm_emb",
          "",
          "attentions.%d.q_lin",
          "attentions.%d.k_lin",
          "attentions.%d.v_lin",
          "attentions.%d.out_lin",
          "layer_norm1.%d",
          "ffns.%d.lin1",
          "ffns.%d.lin2",
          "layer_norm2.%d");

  /** The names of a family; XLNet, whose layers are computed otherwise, has none. */
  static TransformerNames of(TransformerConfig config) {
    return switch (config.modelType()) {
      case "distilbert" -> DISTILBERT;
      case "mpnet" -> MPNET;
      case "albert" -> ALBERT;
      case "xlm", "flaubert" -> config.family().tokenTypes() ? XLM : XLM.withoutTypes();
      case "xlnet" -> throw new IllegalArgumentException("XLNet has layers of its own");
      default -> BERT;
    };
  }

  private TransformerNames withoutTypes() {
    return new TransformerNames(
        word, position, "", norm, layer, query, key, value, output, outputNorm, up, down, downNorm);
  }

  /** Name of a part of a layer. */
  String of(String part, Object... numbers) {
    return (layer + part).formatted(numbers);
  }
}
