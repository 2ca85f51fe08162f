package io.sentencestreams.model.checkpoint;

import static io.sentencestreams.model.checkpoint.TinyCheckpoint.writeFile;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.model.checkpoint.SentenceModule.Normalize;
import io.sentencestreams.model.checkpoint.SentenceModule.Pooling;
import io.sentencestreams.model.checkpoint.SentenceModule.Transformer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointTest {
  @TempDir private Path folder;

  @Test
  void shouldReadTheSameModelFromTheLayoutsOfAllGenerations() throws IOException {
    Checkpoint usual = Checkpoint.open(TinyCheckpoint.write(folder.resolve("usual")));
    Checkpoint old = Checkpoint.open(TinyCheckpoint.write2020(folder.resolve("2020")));
    Checkpoint renamed = Checkpoint.open(TinyCheckpoint.writeRenamed(folder.resolve("renamed")));

    Pooling pooling = new Pooling(List.of(PoolingMode.MAX, PoolingMode.MEAN), 4, true);
    assertThat(usual.modules())
        .containsExactly(new Transformer(usual.directory(), 16, false), pooling);
    assertThat(old.modules())
        .containsExactly(
            new Transformer(old.directory().resolve("0_Transformer"), 16, false), pooling);
    assertThat(renamed.modules())
        .containsExactly(new Transformer(renamed.directory(), 16, false), pooling);
    assertThat(usual.dimension()).isEqualTo(8);
    assertThat(List.of(usual.digest(), old.digest(), renamed.digest()))
        .containsOnly(usual.digest());
  }

  @Test
  void shouldKeepTheOrderOfModesThatANewerCheckpointGives() throws IOException {
    Path root = TinyCheckpoint.writeRenamed(folder);
    writeFile(
        root,
        "1_Pooling/config.json",
        "{'embedding_dimension': 4, 'pooling_mode': ['mean', 'cls'], 'include_prompt': false}");
    assertThat(Checkpoint.open(root).modules().get(1))
        .isEqualTo(new Pooling(List.of(PoolingMode.MEAN, PoolingMode.CLS), 4, false));
  }

  @Test
  void shouldPoolByTheMeanWhereAFolderHasNoModules() throws IOException {
    Checkpoint checkpoint = Checkpoint.open(TinyCheckpoint.writeTransformer(folder));
    assertThat(checkpoint.modules())
        .containsExactly(
            new Transformer(folder.toAbsolutePath(), 32, false),
            new Pooling(List.of(PoolingMode.MEAN), 4, true));
    assertThat(checkpoint.config().layerNormEps()).isEqualTo(1e-12);
    assertThat(checkpoint.config().typeVocabSize()).isEqualTo(2);
  }

  @Test
  void shouldGiveWeightsTheNamesOfTheBaseModel() throws IOException {
    TinyCheckpoint.writeTransformer(folder);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("bert.embeddings.LayerNorm.bias", Tensor.of(new float[] {5}, 1));
    tensors.put("cls.predictions.bias", Tensor.of(new float[] {6}, 1));
    Safetensors.write(folder.resolve("model.safetensors"), tensors, Map.of());

    try (Weights weights = Checkpoint.open(folder).weights()) {
      assertThat(weights.names())
          .containsExactly("embeddings.LayerNorm.bias", "cls.predictions.bias");
      assertThat(weights.get("embeddings.LayerNorm.bias").data().getFloat(0)).isEqualTo(5);
    }
  }

  @Test
  void shouldGiveADigestThatFollowsContentAndNothingElse() throws IOException {
    Path root = TinyCheckpoint.write(folder);
    String digest = Checkpoint.open(root).digest();

    Files.setLastModifiedTime(root.resolve("model.safetensors"), FileTime.fromMillis(0));
    Files.writeString(root.resolve("README.md"), "a model");
    assertThat(Checkpoint.open(root).digest()).isEqualTo(digest);

    writeFile(root, "sentence_bert_config.json", "{'max_seq_length': 17}");
    assertThat(Checkpoint.open(root).digest()).isNotEqualTo(digest);
    TinyCheckpoint.write(folder);
    assertThat(Checkpoint.open(root).digest()).isEqualTo(digest);

    Files.writeString(root.resolve("tokenizer.json"), "{}");
    assertThat(Checkpoint.open(root).digest()).isNotEqualTo(digest);
    TinyCheckpoint.write(folder);

    Safetensors.write(
        root.resolve("model.safetensors"),
        Map.of("embeddings.LayerNorm.bias", Tensor.of(new float[] {1, 2, 3, 5}, 4)),
        Map.of());
    assertThat(Checkpoint.open(root).digest()).isNotEqualTo(digest);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "modules.json|[{'path': '', 'type': 'sentence_transformers.models.CLIPModel'}]|module type"
            + " \"sentence_transformers.models.CLIPModel\" is not supported",
        "modules.json|[{'path': '', 'type': 'mine.Transformer'}]|module type \"mine.Transformer\""
            + " is not supported",
        "modules.json|[{'path': '../..', 'type':"
            + " 'sentence_transformers.models.Transformer'}]|leaves the checkpoint",
        "modules.json|[{'path': '2_N', 'type': 'sentence_transformers.models.Normalize'}]|first"
            + " module must be a Transformer, WordEmbeddings",
        "modules.json|[]|at least one module",
        "modules.json|{|not valid JSON",
        "1_Pooling/config.json|{'embedding_dimension': 4, 'pooling_mode': 'median'}|pooling mode"
            + " median is not known",
        "1_Pooling/config.json|{'embedding_dimension': 5}|Pooling takes vectors of 5, but"
            + " Transformer gives token embeddings of 4",
        "1_Pooling/config.json|{}|embedding_dimension",
        "config.json|{'model_type': 'bert'}|max_position_embeddings is missing",
        "config.json|{'model_type': 'bert', 'max_position_embeddings': 8, 'hidden_size': 4,"
            + " 'num_attention_heads': 3}|not a multiple of",
        "config.json|{'model_type': 'bert', 'max_position_embeddings': -8}|must be a positive"
            + " integer, not -8",
        "sentence_bert_config.json|{'max_seq_length': 2}|leaves no room",
        "sentence_bert_config.json|{'transformer_task': 'fill-mask'}|task fill-mask is not"
            + " supported",
        "config_sentence_transformers.json|{'prompts': {'query': 'find: '}, 'default_prompt_name':"
            + " 'title'}|default_prompt_name 'title' is none of the prompts [query]",
      })
  void shouldNameTheFileAndTheFaultOfACheckpointItCannotUse(
      String file, String content, String problem) throws IOException {
    TinyCheckpoint.write(folder);
    writeFile(folder, file, content);
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining(problem);
  }

  @Test
  void shouldRefuseANormalizationOfAnotherFeature() throws IOException {
    TinyCheckpoint.write(folder);
    writeFile(
        folder,
        "modules.json",
        "[{'path': '', 'type': 'sentence_transformers.models.Transformer'},"
            + " {'path': '1_Pooling', 'type': 'sentence_transformers.models.Pooling'},"
            + " {'path': '2_Normalize', 'type': 'sentence_transformers.models.Normalize'}]");
    assertThat(Checkpoint.open(folder).modules()).contains(new Normalize());

    writeFile(folder, "2_Normalize/config.json", "{'module_input_name': 'attention'}");
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .hasMessageContaining("normalizing attention into attention is not supported");
  }

  @Test
  void shouldTakeAManifestOfAnotherProgramForNone() throws IOException {
    TinyCheckpoint.write(folder);
    writeFile(folder, "manifest.json", "{'name': 'an application', 'icons': []}");
    assertThat(Checkpoint.open(folder).manifest()).isEmpty();
  }

  @Test
  void shouldNameTheFileThatIsMissing() throws IOException {
    TinyCheckpoint.write(folder);
    Files.delete(folder.resolve("tokenizer.json"));
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .hasMessageContaining(folder.resolve("tokenizer.json").toAbsolutePath() + " is missing");
  }
}
