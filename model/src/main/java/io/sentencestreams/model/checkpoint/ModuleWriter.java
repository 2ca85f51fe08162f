package io.sentencestreams.model.checkpoint;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes the configuration of modules as the reference's current generation does: what {@link
 * ModulesReader} and {@link ModuleReader} read.
 */
final class ModuleWriter {
  private static final String BASE = "sentence_transformers.base.modules.";
  private static final String SENTENCE = "sentence_transformers.sentence_transformer.modules.";

  private ModuleWriter() {}

  /** Writes {@code modules.json}. */
  static void writeList(List<SentenceModule> modules, Path root) throws IOException {
    ArrayNode list = JsonFile.MAPPER.createArrayNode();
    for (int i = 0; i < modules.size(); i++) {
      list.addObject()
          .put("idx", i)
          .put("name", Integer.toString(i))
          .put("path", folder(modules.get(i), i))
          .put("type", type(modules.get(i)));
    }
    write(list, root.resolve("modules.json"));
  }

  /** A module's folder in the checkpoint: the root itself for most that come first. */
  static String folder(SentenceModule module, int index) {
    boolean inRoot = index == 0 && module instanceof SentenceModule.Weighted;
    return inRoot ? "" : index + "_" + module.typeName();
  }

  /** A module's class in the reference. */
  static String type(SentenceModule module) {
    String name = module.typeName();
    String in =
        switch (name) {
          case "Transformer" -> BASE + "transformer";
          case "Dense" -> BASE + "dense";
          case "Normalize" -> BASE + "normalize";
          case "WordEmbeddings" -> SENTENCE + "word_embeddings";
          case "StaticEmbedding" -> SENTENCE + "static_embedding";
          case "BoW" -> SENTENCE + "bow";
          case "WordWeights" -> SENTENCE + "word_weights";
          case "LSTM" -> SENTENCE + "lstm";
          case "CNN" -> SENTENCE + "cnn";
          case "WeightedLayerPooling" -> SENTENCE + "weighted_layer_pooling";
          case "Pooling" -> SENTENCE + "pooling";
          case "LayerNorm" -> SENTENCE + "layer_norm";
          case "Dropout" -> SENTENCE + "dropout";
          // It was in the reference up to version 0.4.
          case "WKPooling" -> "sentence_transformers.models";
          default -> throw new IllegalArgumentException("no reference has " + name);
        };
    return in + "." + name;
  }

  /** Writes a module's own configuration, if it is all in the module's description. */
  static void writeConfig(SentenceModule module, Path directory) throws IOException {
    ObjectNode json = JsonFile.MAPPER.createObjectNode();
    String file = "config.json";
    if (module instanceof SentenceModule.Lstm lstm) {
      file = "lstm_config.json";
      json.put("embedding_dimension", lstm.inputDimension())
          .put("hidden_dim", lstm.hiddenDimension())
          .put("num_layers", lstm.layers())
          .put("dropout", lstm.dropout())
          .put("bidirectional", lstm.bidirectional());
    } else if (module instanceof SentenceModule.Cnn cnn) {
      file = "cnn_config.json";
      json.put("in_embedding_dimension", cnn.inputDimension());
      json.put("out_channels", cnn.channels());
      cnn.kernelSizes().forEach(json.putArray("kernel_sizes")::add);
      ArrayNode strides = json.putArray("stride_sizes");
      cnn.kernelSizes().forEach(size -> strides.add(1));
    } else if (module instanceof SentenceModule.WeightedLayerPooling layers) {
      json.put("embedding_dimension", layers.dimension())
          .put("layer_start", layers.firstLayer())
          .put("num_hidden_layers", layers.layers());
    } else if (module instanceof SentenceModule.WkPooling wk) {
      json.put("word_embedding_dimension", wk.dimension())
          .put("layer_start", wk.firstLayer())
          .put("context_window_size", wk.window());
    } else if (module instanceof SentenceModule.Pooling pooling) {
      json.put("embedding_dimension", pooling.dimension());
      if (pooling.modes().size() == 1) {
        json.put("pooling_mode", pooling.modes().get(0).key());
      } else {
        ArrayNode modes = json.putArray("pooling_mode");
        pooling.modes().forEach(mode -> modes.add(mode.key()));
      }
      json.put("include_prompt", pooling.includePrompt());
    } else if (module instanceof SentenceModule.Dense dense) {
      json.put("in_features", dense.inputDimension())
          .put("out_features", dense.outputDimension())
          .put("bias", dense.bias())
          .put("activation_function", dense.activation().className());
      putFeatures(json, dense.onTokens());
      if (dense.residual()) {
        json.put("use_residual", true); // older readers do not know the key
      }
    } else if (module instanceof SentenceModule.Normalize normalize) {
      putFeatures(json, normalize.onTokens());
    } else if (module instanceof SentenceModule.LayerNorm norm) {
      json.put("dimension", norm.dimension());
    } else if (module instanceof SentenceModule.Dropout dropout) {
      json.put("dropout", dropout.share());
    } else {
      return;
    }
    write(json, directory.resolve(file));
  }

  private static void putFeatures(ObjectNode json, boolean onTokens) {
    String features = onTokens ? "token_embeddings" : "sentence_embedding";
    json.put("module_input_name", features).put("module_output_name", features);
  }

  static void write(Object json, Path file) throws IOException {
    Files.write(file, JsonFile.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(json));
  }
}
