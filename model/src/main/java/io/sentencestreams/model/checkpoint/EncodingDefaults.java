package io.sentencestreams.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Settings of a whole model, from {@code config_sentence_transformers.json}.
 *
 * @param prompts what is put before a text, by names such as {@code query}
 * @param defaultPromptName of the prompt that is used where none is asked for
 * @param similarityFunction {@code cosine}, {@code dot}, {@code euclidean} or {@code manhattan}
 * @param truncateDimension length to which embeddings are cut
 */
public record EncodingDefaults(
    Map<String, String> prompts,
    Optional<String> defaultPromptName,
    Optional<String> similarityFunction,
    OptionalInt truncateDimension) {
  static final String FILE = "config_sentence_transformers.json";

  public EncodingDefaults {
    prompts = Collections.unmodifiableMap(new LinkedHashMap<>(prompts));
  }

  /** The text of the default prompt; empty if there is none. */
  public String defaultPrompt() {
    return defaultPromptName.map(prompts::get).orElse("");
  }

  /**
   * The text of a prompt.
   *
   * @throws IllegalArgumentException if there is none of this name; the message lists those that
   *     are
   */
  public String prompt(String name) {
    String prompt = prompts.get(name);
    if (prompt == null) {
      throw new IllegalArgumentException(
          "the model has no prompt '%s'; it has %s".formatted(name, prompts.keySet()));
    }
    return prompt;
  }

  static EncodingDefaults read(Path root) {
    Path file = root.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      return new EncodingDefaults(
          Map.of(), Optional.empty(), Optional.empty(), OptionalInt.empty());
    }
    JsonFile json = JsonFile.read(file);
    Map<String, String> prompts = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> prompt : json.root().path("prompts").properties()) {
      if (!prompt.getValue().isTextual()) {
        throw json.error("the prompt '%s' must be a text".formatted(prompt.getKey()));
      }
      prompts.put(prompt.getKey(), prompt.getValue().asText());
    }
    JsonNode name = json.root().path("default_prompt_name");
    if (name.isTextual() && !prompts.containsKey(name.asText())) {
      throw json.error(
          "default_prompt_name '%s' is none of the prompts %s"
              .formatted(name.asText(), prompts.keySet()));
    }
    JsonNode similarity = json.root().path("similarity_fn_name");
    JsonNode truncate = json.root().path("truncate_dim");
    boolean cut = !truncate.isMissingNode() && !truncate.isNull();
    return new EncodingDefaults(
        prompts,
        name.isTextual() ? Optional.of(name.asText()) : Optional.empty(),
        similarity.isTextual() ? Optional.of(similarity.asText()) : Optional.empty(),
        cut ? OptionalInt.of(json.positive("truncate_dim")) : OptionalInt.empty());
  }
}
