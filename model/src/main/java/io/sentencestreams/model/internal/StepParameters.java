package io.sentencestreams.model.internal;

import io.sentencestreams.model.checkpoint.SentenceModule;
import io.sentencestreams.model.internal.BertParameters.Parameter;
import java.util.ArrayList;
import java.util.List;

/** Parameters of the modules that are not transformers, in the order of the script. */
final class StepParameters {
  private StepParameters() {}

  static List<Parameter> of(SentenceModule module) {
    if (module instanceof SentenceModule.WordEmbeddings words) {
      return List.of(matrix("emb_layer.weight", words.vocabularySize(), words.dimension()));
    }
    if (module instanceof SentenceModule.StaticEmbedding table) {
      return List.of(matrix("embedding.weight", table.vocabularySize(), table.dimension()));
    }
    if (module instanceof SentenceModule.WordWeights weights) {
      return List.of(matrix("emb_layer.weight", weights.vocabularySize(), 1));
    }
    if (module instanceof SentenceModule.Lstm lstm) {
      return lstm(lstm);
    }
    if (module instanceof SentenceModule.Cnn cnn) {
      List<Parameter> list = new ArrayList<>();
      for (int i = 0; i < cnn.kernelSizes().size(); i++) {
        long channels = cnn.channels();
        long width = cnn.kernelSizes().get(i);
        list.add(
            new Parameter(
                "convs.%d.weight".formatted(i),
                List.of(channels, (long) cnn.inputDimension(), width)));
        list.add(vector("convs.%d.bias".formatted(i), channels));
      }
      return list;
    }
    if (module instanceof SentenceModule.WeightedLayerPooling layers) {
      return List.of(vector("layer_weights", layers.layers() + 1 - layers.firstLayer()));
    }
    if (module instanceof SentenceModule.Dense dense) {
      return dense(dense);
    }
    if (module instanceof SentenceModule.HeadLayer layer) {
      return List.of(
          matrix(layer.name() + ".weight", layer.outputDimension(), layer.inputDimension()),
          vector(layer.name() + ".bias", layer.outputDimension()));
    }
    if (module instanceof SentenceModule.LayerNorm norm) {
      return List.of(
          vector("norm.weight", norm.dimension()), vector("norm.bias", norm.dimension()));
    }
    return List.of();
  }

  private static List<Parameter> lstm(SentenceModule.Lstm lstm) {
    List<Parameter> list = new ArrayList<>();
    long gates = 4L * lstm.hiddenDimension();
    int directions = lstm.bidirectional() ? 2 : 1;
    for (int layer = 0; layer < lstm.layers(); layer++) {
      long input = layer == 0 ? lstm.inputDimension() : directions * lstm.hiddenDimension();
      for (int direction = 0; direction < directions; direction++) {
        String suffix = "_l" + layer + (direction == 1 ? "_reverse" : "");
        list.add(matrix("encoder.weight_ih" + suffix, gates, input));
        list.add(matrix("encoder.weight_hh" + suffix, gates, lstm.hiddenDimension()));
        list.add(vector("encoder.bias_ih" + suffix, gates));
        list.add(vector("encoder.bias_hh" + suffix, gates));
      }
    }
    return list;
  }

  private static List<Parameter> dense(SentenceModule.Dense dense) {
    List<Parameter> list = new ArrayList<>();
    list.add(matrix("linear.weight", dense.outputDimension(), dense.inputDimension()));
    if (dense.bias()) {
      list.add(vector("linear.bias", dense.outputDimension()));
    }
    if (dense.residual() && dense.inputDimension() != dense.outputDimension()) {
      list.add(matrix("residual.weight", dense.outputDimension(), dense.inputDimension()));
    }
    return list;
  }

  private static Parameter matrix(String name, long rows, long columns) {
    return new Parameter(name, List.of(rows, columns));
  }

  private static Parameter vector(String name, long size) {
    return new Parameter(name, List.of(size));
  }
}
