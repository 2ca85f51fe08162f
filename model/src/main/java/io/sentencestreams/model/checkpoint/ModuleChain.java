package io.sentencestreams.model.checkpoint;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Checks that each module of a list can take what the one before it gives. */
public final class ModuleChain {
  private final Object where;
  private final Optional<TransformerConfig> config;

  /**
   * What flows from one module to the next.
   *
   * @param tokens whether it is an embedding for each token, instead of one for the sentence
   * @param dimension length of an embedding
   * @param from the module that gives it
   */
  public record Flow(boolean tokens, int dimension, SentenceModule from) {
    private String description() {
      return "%s gives %s embeddings of %d"
          .formatted(from.typeName(), tokens ? "token" : "sentence", dimension);
    }
  }

  private ModuleChain(Object where, Optional<TransformerConfig> config) {
    this.where = where;
    this.config = config;
  }

  /**
   * Checks the modules of a model.
   *
   * @param config of the transformer, if the list begins with one
   * @param where the modules are, for errors
   * @return length of the sentence embedding
   * @throws CheckpointException if two neighbours do not fit; names both
   */
  static int check(List<SentenceModule> modules, Optional<TransformerConfig> config, Object where) {
    Flow flow = flow(modules, config, where);
    if (flow.tokens()) {
      throw new ModuleChain(where, config)
          .error(
              flow.description()
                  + ", and no Pooling follows that makes a sentence embedding of them");
    }
    return flow.dimension();
  }

  /**
   * Checks the first modules of a model.
   *
   * @param modules at least one
   * @param config of the transformer, if the list begins with one
   * @param where the modules are, for errors
   * @return what the last of them gives
   * @throws CheckpointException if two neighbours do not fit; names both
   */
  public static Flow flow(
      List<SentenceModule> modules, Optional<TransformerConfig> config, Object where) {
    ModuleChain chain = new ModuleChain(where, config);
    Flow flow = chain.first(modules.get(0));
    for (SentenceModule module : modules.subList(1, modules.size())) {
      flow = chain.next(module, flow, modules);
    }
    return flow;
  }

  private Flow first(SentenceModule module) {
    if (module instanceof SentenceModule.Transformer) {
      return new Flow(true, config.orElseThrow().hiddenSize(), module);
    }
    if (module instanceof SentenceModule.WordEmbeddings words) {
      return new Flow(true, words.dimension(), module);
    }
    if (module instanceof SentenceModule.StaticEmbedding table) {
      return new Flow(false, table.dimension(), module);
    }
    if (module instanceof SentenceModule.BagOfWords bag) {
      return new Flow(false, bag.vocabularySize(), module);
    }
    throw error(
        "the first module must be a Transformer, WordEmbeddings, StaticEmbedding or BoW, not "
            + module.typeName());
  }

  private Flow next(SentenceModule module, Flow flow, List<SentenceModule> all) {
    if (module instanceof SentenceModule.WordWeights weights) {
      requireWords(weights, all.get(0));
      return tokens(module, flow, OptionalInt.empty(), flow.dimension());
    }
    if (module instanceof SentenceModule.Lstm lstm) {
      int directions = lstm.bidirectional() ? 2 : 1;
      return tokens(module, flow, lstm.inputDimension(), directions * lstm.hiddenDimension());
    }
    if (module instanceof SentenceModule.Cnn cnn) {
      return tokens(module, flow, cnn.inputDimension(), cnn.channels() * cnn.kernelSizes().size());
    }
    if (module instanceof SentenceModule.WeightedLayerPooling layers) {
      requireLayers(module, all.get(0), flow, layers.firstLayer());
      if (layers.layers() != config.orElseThrow().layers()) {
        throw error(
            "WeightedLayerPooling takes %d layers, but the Transformer has %d"
                .formatted(layers.layers(), config.orElseThrow().layers()));
      }
      return tokens(module, flow, layers.dimension(), layers.dimension());
    }
    if (module instanceof SentenceModule.WkPooling wk) {
      requireLayers(module, all.get(0), flow, wk.firstLayer());
      requireTokens(module, flow, OptionalInt.of(wk.dimension()));
      return new Flow(false, wk.dimension(), module);
    }
    if (module instanceof SentenceModule.Pooling pooling) {
      requireTokens(module, flow, OptionalInt.of(pooling.dimension()));
      return new Flow(false, pooling.dimension() * pooling.modes().size(), module);
    }
    if (module instanceof SentenceModule.Dense dense) {
      return dense.onTokens()
          ? tokens(module, flow, dense.inputDimension(), dense.outputDimension())
          : sentence(module, flow, dense.inputDimension(), dense.outputDimension());
    }
    if (module instanceof SentenceModule.HeadLayer layer) {
      return sentence(module, flow, layer.inputDimension(), layer.outputDimension());
    }
    if (module instanceof SentenceModule.LayerNorm norm) {
      return sentence(module, flow, norm.dimension(), norm.dimension());
    }
    if (module instanceof SentenceModule.Normalize normalize && normalize.onTokens()) {
      return tokens(module, flow, OptionalInt.empty(), flow.dimension());
    }
    if (module instanceof SentenceModule.Normalize || module instanceof SentenceModule.Dropout) {
      requireSentence(module, flow);
      return new Flow(false, flow.dimension(), module);
    }
    throw error(module.typeName() + " must be the first module");
  }

  private Flow tokens(SentenceModule module, Flow flow, int input, int output) {
    return tokens(module, flow, OptionalInt.of(input), output);
  }

  private Flow tokens(SentenceModule module, Flow flow, OptionalInt input, int output) {
    requireTokens(module, flow, input);
    return new Flow(true, output, module);
  }

  private Flow sentence(SentenceModule module, Flow flow, int input, int output) {
    requireSentence(module, flow);
    requireDimension(module, flow, input);
    return new Flow(false, output, module);
  }

  private void requireTokens(SentenceModule module, Flow flow, OptionalInt dimension) {
    if (!flow.tokens()) {
      throw error(
          "%s takes token embeddings, but %s".formatted(module.typeName(), flow.description()));
    }
    if (dimension.isPresent()) {
      requireDimension(module, flow, dimension.getAsInt());
    }
  }

  private void requireSentence(SentenceModule module, Flow flow) {
    if (flow.tokens()) {
      throw error(
          "%s takes a sentence embedding, but %s".formatted(module.typeName(), flow.description()));
    }
  }

  private void requireDimension(SentenceModule module, Flow flow, int dimension) {
    if (dimension != flow.dimension()) {
      throw error(
          "%s takes vectors of %d, but %s"
              .formatted(module.typeName(), dimension, flow.description()));
    }
  }

  private void requireWords(SentenceModule.WordWeights weights, SentenceModule first) {
    if (!(first instanceof SentenceModule.WordEmbeddings words)) {
      throw error("WordWeights needs WordEmbeddings first, not " + first.typeName());
    }
    if (words.vocabularySize() != weights.vocabularySize()) {
      throw error(
          "WordWeights has weights for %d words, but WordEmbeddings has %d words"
              .formatted(weights.vocabularySize(), words.vocabularySize()));
    }
  }

  /** The layers are the transformer's own only right behind it. */
  private void requireLayers(
      SentenceModule module, SentenceModule first, Flow flow, int firstLayer) {
    boolean reaches =
        flow.from() instanceof SentenceModule.Transformer
            || (module instanceof SentenceModule.WkPooling && flow.tokens());
    if (!(first instanceof SentenceModule.Transformer) || !reaches) {
      throw error(
          "%s takes the layers of a Transformer, but follows %s"
              .formatted(module.typeName(), flow.from().typeName()));
    }
    if (firstLayer > config.orElseThrow().layers()) {
      throw error(
          "%s begins with layer %d, but the Transformer has %d"
              .formatted(module.typeName(), firstLayer, config.orElseThrow().layers()));
    }
  }

  private CheckpointException error(String problem) {
    return new CheckpointException("%s: %s".formatted(where, problem));
  }
}
