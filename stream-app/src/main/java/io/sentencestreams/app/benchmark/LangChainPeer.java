package io.sentencestreams.app.benchmark;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.onnx.AbstractInProcessEmbeddingModel;
import dev.langchain4j.model.embedding.onnx.OnnxBertBiEncoder;
import dev.langchain4j.model.embedding.onnx.PoolingMode;
import java.util.List;

/**
 * LangChain4j's in-process embedding model, loaded as its {@code AllMiniLmL6V2EmbeddingModel} loads
 * itself. It tokenizes, and encodes each text apart, as many at once as there are cores.
 */
final class LangChainPeer extends AbstractInProcessEmbeddingModel {
  private final OnnxBertBiEncoder model =
      loadFromJar("all-minilm-l6-v2.onnx", "all-minilm-l6-v2-tokenizer.json", PoolingMode.MEAN);

  LangChainPeer() {
    super(null); // its default executor
  }

  @Override
  protected OnnxBertBiEncoder model() {
    return model;
  }

  float[][] encode(List<String> texts) {
    List<TextSegment> segments = texts.stream().map(TextSegment::from).toList();
    return embedAll(segments).content().stream().map(Embedding::vector).toArray(float[][]::new);
  }
}
