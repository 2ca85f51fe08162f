package io.sentencestreams.model.repository;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.Manifest;
import io.sentencestreams.model.repository.HubClient.HubFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Chooses what is needed of a model on the hub: of each module's folder the configuration, the
 * tokenizer and the weights in one form, and none of the other exports.
 */
final class HubFiles {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String MODULES = "modules.json";

  /** The forms that weights have, the best first; those with an index are in several files. */
  private static final List<String> WEIGHTS =
      List.of(
          "model.safetensors",
          "model.safetensors.index.json",
          "pytorch_model.bin",
          "pytorch_model.bin.index.json");

  private static final Set<String> CONFIGURATION = Set.of("json", "txt", "model");
  private static final String INDEX = ".index.json";

  private final Map<String, HubFile> files;

  HubFiles(List<HubFile> all) {
    this.files =
        all.stream().collect(Collectors.toMap(HubFile::path, Function.identity(), (a, b) -> a));
  }

  /** Brings a file onto this machine. */
  @FunctionalInterface
  interface Fetch {
    /** Where it is then. */
    Path of(HubFile file) throws IOException;
  }

  /** Fetches all that is needed, small files before the weights. */
  void fetch(Fetch fetch) throws IOException {
    List<HubFile> weights = new ArrayList<>();
    for (String folder : folders(fetch)) {
      for (HubFile file : files.values()) {
        if (isConfiguration(file.path(), folder)) {
          fetch.of(file);
        }
      }
      for (String form : WEIGHTS) {
        HubFile file = files.get(folder + form);
        if (file != null) {
          if (form.endsWith(INDEX)) {
            weights.addAll(shards(fetch.of(file), folder));
          } else {
            weights.add(file);
          }
          break;
        }
      }
    }
    for (HubFile file : weights) {
      fetch.of(file);
    }
  }

  /** The modules' folders, each with a slash at its end, and the model's own, which is empty. */
  private Set<String> folders(Fetch fetch) throws IOException {
    Set<String> folders = new TreeSet<>();
    folders.add("");
    HubFile modules = files.get(MODULES);
    if (modules != null) {
      for (JsonNode module : JSON.readTree(Files.readAllBytes(fetch.of(modules)))) {
        String path = module.path("path").asText();
        if (!path.isEmpty()) {
          folders.add(path + "/");
        }
      }
    }
    return folders;
  }

  private static boolean isConfiguration(String path, String folder) {
    if (!path.startsWith(folder) || path.indexOf('/', folder.length()) >= 0) {
      return false;
    }
    String name = path.substring(folder.length());
    return !name.startsWith(".")
        && !path.equals(Manifest.FILE) // it would tell of another import
        && !name.endsWith(INDEX)
        && CONFIGURATION.contains(name.substring(name.lastIndexOf('.') + 1));
  }

  private Set<HubFile> shards(Path index, String folder) throws IOException {
    Set<String> names = new TreeSet<>();
    JSON.readTree(Files.readAllBytes(index))
        .path("weight_map")
        .forEach(name -> names.add(name.asText()));
    return names.stream()
        .map(
            name -> {
              HubFile file = files.get(folder + name);
              if (file == null) {
                throw new CheckpointException(
                    "%s names the file %s, which the hub does not have".formatted(index, name));
              }
              return file;
            })
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }
}
