package io.sentencestreams.model.internal;

import io.sentencestreams.model.checkpoint.TransformerConfig;
import io.sentencestreams.model.internal.BertParameters.Parameter;
import java.util.ArrayList;
import java.util.List;

/** The parameters of XLNet by their Hugging Face names, in the order of the kernel. */
final class XlnetParameters {
  private XlnetParameters() {}

  static List<Parameter> of(TransformerConfig config) {
    long hidden = config.hiddenSize();
    long heads = config.heads();
    long size = hidden / heads;
    long wide = config.intermediateSize();
    List<Parameter> list = new ArrayList<>();
    list.add(new Parameter("word_embedding.weight", List.of((long) config.vocabSize(), hidden)));
    for (int i = 0; i < config.layers(); i++) {
      String attention = "layer.%d.rel_attn.".formatted(i);
      for (String matrix : List.of("q", "k", "v", "o", "r")) {
        list.add(new Parameter(attention + matrix, List.of(hidden, heads, size)));
      }
      for (String bias : List.of("r_r_bias", "r_s_bias", "r_w_bias")) {
        list.add(new Parameter(attention + bias, List.of(heads, size)));
      }
      list.add(new Parameter(attention + "seg_embed", List.of(2L, heads, size)));
      norm(list, attention + "layer_norm", hidden);
      String wideLayers = "layer.%d.ff.".formatted(i);
      norm(list, wideLayers + "layer_norm", hidden);
      list.add(new Parameter(wideLayers + "layer_1.weight", List.of(wide, hidden)));
      list.add(new Parameter(wideLayers + "layer_1.bias", List.of(wide)));
      list.add(new Parameter(wideLayers + "layer_2.weight", List.of(hidden, wide)));
      list.add(new Parameter(wideLayers + "layer_2.bias", List.of(hidden)));
    }
    return list;
  }

  private static void norm(List<Parameter> list, String name, long size) {
    list.add(new Parameter(name + ".weight", List.of(size)));
    list.add(new Parameter(name + ".bias", List.of(size)));
  }
}
