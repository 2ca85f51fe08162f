package io.sentencestreams.tests.device;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * Models of the golden files with other settings, for what the kernels can and none of those has.
 */
final class ChangedModels {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path golden;
  private final Path folder;

  /**
   * Changes models.
   *
   * @param golden folder of the golden files' models
   * @param folder takes the changed ones
   */
  ChangedModels(Path golden, Path folder) {
    this.golden = golden;
    this.folder = folder;
  }

  List<Path> all() throws IOException {
    Path relu = copy("mpnet", "mpnet_relu");
    edit(relu.resolve("config.json")).put("hidden_act", "relu").save();
    Path near = copy("xlnet", "xlnet_clamped");
    edit(near.resolve("config.json")).put("clamp_len", 3).save();
    Path layers = copy("wk_pooling", "xlnet_wk_pooling");
    for (String file :
        List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
      Files.copy(
          golden.resolve("xlnet").resolve(file),
          layers.resolve(file),
          StandardCopyOption.REPLACE_EXISTING);
    }
    edit(layers.resolve("1_WKPooling/config.json"))
        .put("layer_start", 0)
        .put("context_window_size", 1)
        .save();
    return List.of(relu, near, layers);
  }

  private Path copy(String name, String copy) throws IOException {
    Path source = golden.resolve(name);
    List<Path> files;
    try (Stream<Path> walk = Files.walk(source)) {
      files = walk.toList(); // parents before their children
    }
    Path target = folder.resolve(copy);
    for (Path file : files) {
      Files.copy(file, target.resolve(source.relativize(file).toString()));
    }
    return target;
  }

  private static Edit edit(Path file) throws IOException {
    return new Edit(file, (ObjectNode) JSON.readTree(file.toFile()));
  }

  private record Edit(Path file, ObjectNode json) {
    Edit put(String key, String value) {
      json.put(key, value);
      return this;
    }

    Edit put(String key, int value) {
      json.put(key, value);
      return this;
    }

    void save() throws IOException {
      JSON.writeValue(file.toFile(), json);
    }
  }
}
