package io.sentencestreams.model.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes checkpoints of a few bytes, in the layouts that the reference has had. */
public final class TinyCheckpoint {
  private static final String TRANSFORMER = "sentence_transformers.models.Transformer";
  private static final String POOLING = "sentence_transformers.models.Pooling";

  private TinyCheckpoint() {}

  /** The layout of 2.0 to 5.3: the transformer in the root. */
  public static Path write(Path root) throws IOException {
    writeModules(root, "", TRANSFORMER, "1_Pooling", POOLING);
    writeTransformer(root);
    writeFile(root, "sentence_bert_config.json", "{'max_seq_length': 16, 'do_lower_case': false}");
    writeFile(
        root,
        "1_Pooling/config.json",
        "{'word_embedding_dimension': 4, 'pooling_mode_cls_token': false,"
            + " 'pooling_mode_mean_tokens': true, 'pooling_mode_max_tokens': true}");
    return root;
  }

  /** The layout of 2020: the transformer in a folder of its own. */
  static Path write2020(Path root) throws IOException {
    write(root);
    writeModules(root, "0_Transformer", TRANSFORMER, "1_Pooling", POOLING);
    Path transformer = Files.createDirectories(root.resolve("0_Transformer"));
    for (String file :
        new String[] {
          "config.json", "tokenizer.json", "model.safetensors", "sentence_bert_config.json"
        }) {
      Files.move(root.resolve(file), transformer.resolve(file));
    }
    return root;
  }

  /** The layout from 5.4: other types and keys, the length in the tokenizer's configuration. */
  static Path writeRenamed(Path root) throws IOException {
    write(root);
    writeModules(
        root,
        "",
        "sentence_transformers.base.modules.transformer.Transformer",
        "1_Pooling",
        "sentence_transformers.sentence_transformer.modules.pooling.Pooling");
    writeFile(
        root,
        "sentence_bert_config.json",
        "{'transformer_task': 'feature-extraction', 'module_output_name': 'token_embeddings'}");
    writeFile(root, "tokenizer_config.json", "{'model_max_length': 16}");
    writeFile(
        root,
        "1_Pooling/config.json",
        "{'embedding_dimension': 4, 'pooling_mode': ['max', 'mean'], 'include_prompt': true}");
    return root;
  }

  /** A plain Hugging Face folder. */
  static Path writeTransformer(Path root) throws IOException {
    writeFile(
        root,
        "config.json",
        "{'model_type': 'bert', 'vocab_size': 3, 'hidden_size': 4, 'num_hidden_layers': 1,"
            + " 'num_attention_heads': 2, 'intermediate_size': 8, 'max_position_embeddings': 32}");
    writeFile(root, "tokenizer.json", "{'model': {'vocab': {'a': 0, 'b': 1, 'c': 2}}}");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("embeddings.word_embeddings.weight", Tensor.of(new float[12], 3, 4));
    tensors.put("embeddings.LayerNorm.bias", Tensor.of(new float[] {1, 2, 3, 4}, 4));
    Safetensors.write(root.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
    return root;
  }

  /** Writes a file of JSON, in which apostrophes stand for quotation marks. */
  static void writeFile(Path root, String name, String json) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, json.replace('\'', '"'));
  }

  private static void writeModules(Path root, String... pathsAndTypes) throws IOException {
    StringBuilder json = new StringBuilder();
    for (int i = 0; i < pathsAndTypes.length; i += 2) {
      json.append(json.isEmpty() ? "[" : ",")
          .append(
              "{'idx': %d, 'name': '%d', 'path': '%s', 'type': '%s'}"
                  .formatted(i / 2, i / 2, pathsAndTypes[i], pathsAndTypes[i + 1]));
    }
    writeFile(root, "modules.json", json.append("]").toString());
  }
}
