package io.sentencestreams.model.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Finds and opens the weights of a transformer's folder. */
final class WeightFiles {
  private static final String SAFETENSORS = "model.safetensors";

  private WeightFiles() {}

  static Weights open(Path directory, String modelType) {
    Path file = directory.resolve(SAFETENSORS);
    if (Files.isRegularFile(file)) {
      return withoutPrefix(Safetensors.open(file), modelType + ".");
    }
    if (Files.isRegularFile(directory.resolve("pytorch_model.bin"))) {
      throw new CheckpointException(
          "%s has its weights only as a pickle, pytorch_model.bin, which cannot be read;"
                  .formatted(directory)
              + " save the model with safe_serialization=True to have "
              + SAFETENSORS);
    }
    if (Files.isRegularFile(directory.resolve(SAFETENSORS + ".index.json"))) {
      throw new CheckpointException(
          "%s has its weights in several files, which cannot be read; save the model as one "
                  .formatted(directory)
              + SAFETENSORS);
    }
    throw new CheckpointException("%s is missing".formatted(file));
  }

  /** A model saved with a head has its base model's tensors under a prefix, which is cut. */
  private static Weights withoutPrefix(Weights weights, String prefix) {
    if (weights.names().stream().noneMatch(name -> name.startsWith(prefix))) {
      return weights;
    }
    Map<String, String> names = new LinkedHashMap<>();
    for (String name : weights.names()) {
      names.put(name.startsWith(prefix) ? name.substring(prefix.length()) : name, name);
    }
    return new Weights() {
      @Override
      public Set<String> names() {
        return names.keySet();
      }

      @Override
      public Tensor get(String name) {
        return weights.get(names.getOrDefault(name, name));
      }

      @Override
      public void close() {
        weights.close();
      }
    };
  }
}
