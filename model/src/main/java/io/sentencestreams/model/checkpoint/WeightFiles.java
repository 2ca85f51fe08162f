package io.sentencestreams.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds and opens the weights of a module's folder: safetensors, or else a pickle. */
final class WeightFiles {
  private static final String SAFETENSORS = "model.safetensors";
  private static final String PICKLE = "pytorch_model.bin";
  private static final String INDEX = ".index.json";

  private WeightFiles() {}

  /** The weights of a transformer, under the names of its base model. */
  static Weights open(Path directory, String modelType) {
    return underBaseNames(open(directory), prefix(modelType));
  }

  /** The weights of a folder, under the names that they have there. */
  static Weights open(Path directory) {
    Path file = directory.resolve(SAFETENSORS);
    if (Files.isRegularFile(file)) {
      return Safetensors.open(file);
    }
    if (Files.isRegularFile(directory.resolve(SAFETENSORS + INDEX))) {
      return sharded(directory.resolve(SAFETENSORS + INDEX));
    }
    if (Files.isRegularFile(directory.resolve(PICKLE))) {
      return TorchFile.open(directory.resolve(PICKLE));
    }
    if (Files.isRegularFile(directory.resolve(PICKLE + INDEX))) {
      return sharded(directory.resolve(PICKLE + INDEX));
    }
    throw new CheckpointException("%s is missing, and so is %s".formatted(file, PICKLE));
  }

  private static String baseName(String name, String prefix) {
    String base = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    if (base.endsWith(".gamma")) {
      return base.substring(0, base.length() - "gamma".length()) + "weight";
    }
    if (base.endsWith(".beta")) {
      return base.substring(0, base.length() - "beta".length()) + "bias";
    }
    return base;
  }

  /** A tensor's name in a classifier, which has its base model's under a prefix, the pooler too. */
  static String nameInClassifier(String base, String modelType) {
    boolean head = base.startsWith("classifier.") || base.startsWith("pre_classifier.");
    return head ? base : prefix(modelType) + base;
  }

  /** What a model with a head, or a task's model, has before the names of its base model. */
  private static String prefix(String modelType) {
    return switch (modelType) {
      case "xlm-roberta", "camembert" -> "roberta.";
      case "xlnet", "xlm", "flaubert" -> "transformer.";
      default -> modelType + ".";
    };
  }

  /** Weights in several files, each tensor in the one that the index names. */
  private static Weights sharded(Path index) {
    JsonFile json = JsonFile.read(index);
    JsonNode map = json.root().path("weight_map");
    if (!map.isObject() || map.isEmpty()) {
      throw json.error("weight_map must name the file of each tensor");
    }
    Map<String, Weights> shards = new HashMap<>();
    Map<String, Weights> owners = new LinkedHashMap<>();
    try {
      for (Map.Entry<String, JsonNode> entry : map.properties()) {
        Weights shard =
            shards.computeIfAbsent(entry.getValue().asText(), name -> shard(json, name));
        if (!shard.names().contains(entry.getKey())) {
          throw json.error("%s is not in %s".formatted(entry.getKey(), entry.getValue().asText()));
        }
        owners.put(entry.getKey(), shard);
      }
    } catch (RuntimeException e) {
      shards.values().forEach(Weights::close);
      throw e;
    }
    return new ShardedWeights(index, owners, List.copyOf(shards.values()));
  }

  private static Weights shard(JsonFile index, String name) {
    Path file = index.file().resolveSibling(name).normalize();
    if (name.isEmpty() || name.equals("..") || name.contains("/") || name.contains("\\")) {
      throw index.error("the file %s lies outside of the folder".formatted(name));
    }
    if (!Files.isRegularFile(file)) {
      throw index.error("the file %s is missing".formatted(name));
    }
    return name.endsWith(".bin") ? TorchFile.open(file) : Safetensors.open(file);
  }

  private record ShardedWeights(Path index, Map<String, Weights> owners, List<Weights> shards)
      implements Weights {
    @Override
    public Set<String> names() {
      return owners.keySet();
    }

    @Override
    public Tensor get(String name) {
      Weights owner = owners.get(name);
      if (owner == null) {
        throw new CheckpointException(
            "%s has no tensor %s; nearest: %s"
                .formatted(index, name, Names.nearest(name, owners.keySet(), 3)));
      }
      return owner.get(name);
    }

    @Override
    public void close() {
      shards.forEach(Weights::close);
    }
  }

  /**
   * A model saved with a head has its base model's tensors under a prefix, which is cut; the first
   * converters called the weights of a LayerNorm gamma and beta.
   */
  private static Weights underBaseNames(Weights weights, String prefix) {
    Map<String, String> names = new LinkedHashMap<>();
    boolean changed = false;
    List<String> all = new ArrayList<>(weights.names());
    for (String name : all) {
      String base = baseName(name, prefix);
      changed |= !base.equals(name);
      names.put(base, name);
    }
    if (!changed) {
      return weights;
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
