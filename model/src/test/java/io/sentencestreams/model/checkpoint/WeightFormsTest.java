package io.sentencestreams.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.model.Golden;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One model's weights in every form of file: tests/golden/make_checkpoint_golden.py. */
class WeightFormsTest {
  @TempDir private Path temporary;

  private static Path form(String name) throws URISyntaxException {
    return Path.of(WeightFormsTest.class.getResource("/golden/forms").toURI()).resolve(name);
  }

  private Path withoutWeights() throws IOException {
    Path copy = Golden.copy("mean", temporary.resolve("model"));
    Files.delete(copy.resolve("model.safetensors"));
    return copy;
  }

  @ParameterizedTest
  @ValueSource(strings = {"zip.bin", "legacy.bin", "prefixed.bin", "views.bin", "parameters.bin"})
  void shouldReadTheSameTensorsFromAPickle(String name) throws IOException, URISyntaxException {
    Path copy = withoutWeights();
    Files.copy(form(name), copy.resolve("pytorch_model.bin"));
    assertThat(Checkpoint.open(copy).digest()).isEqualTo(Golden.of("mean").checkpoint().digest());
  }

  @Test
  void shouldReadTheSameTensorsFromSeveralFiles() throws IOException, URISyntaxException {
    Path copy = withoutWeights();
    for (String name :
        List.of(
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "model.safetensors.index.json")) {
      Files.copy(form(name), copy.resolve(name));
    }
    assertThat(Checkpoint.open(copy).digest()).isEqualTo(Golden.of("mean").checkpoint().digest());
    Path index = copy.resolve("model.safetensors.index.json");
    Files.writeString(index, Files.readString(index).replace("model-00002", "../model-00002"));
    assertThatThrownBy(() -> Checkpoint.open(copy))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(index.toString())
        .hasMessageContaining("outside of the folder");
    Files.writeString(index, Files.readString(index).replace("../model-00002", "model-00003"));
    assertThatThrownBy(() -> Checkpoint.open(copy)).hasMessageContaining("model-00003");
  }

  @ParameterizedTest
  @ValueSource(strings = {"attack_zip.bin", "attack_legacy.bin"})
  void shouldRunNothingOfAPickle(String name) throws IOException, URISyntaxException {
    Path copy = withoutWeights();
    Path file = copy.resolve("pytorch_model.bin");
    Files.copy(form(name), file);
    assertThatThrownBy(() -> Checkpoint.open(copy))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("posix.system")
        .hasMessageContaining("nothing of it was run");
    assertThat(Path.of("/tmp/sentence-streams-was-attacked")).doesNotExist();
  }

  @Test
  void shouldTellTheFamilyWhereTheConfigurationDoesNotYet() throws IOException {
    Path copy = Golden.copy("roberta", temporary.resolve("model"));
    Path config = copy.resolve("config.json");
    String older = Files.readString(config).replaceAll("\"(model_type|pad_token_id)\": [^,]+,", "");
    Files.writeString(config, older);
    Path settings = copy.resolve("sentence_roberta_config.json");
    Files.move(copy.resolve("sentence_bert_config.json"), temporary.resolve("settings"));
    assertThatThrownBy(() -> Checkpoint.open(copy))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("model_type");
    Files.move(temporary.resolve("settings"), settings);
    TransformerConfig read = Checkpoint.open(copy).config();
    assertThat(read.modelType()).isEqualTo("roberta");
    assertThat(read.padTokenId()).isEqualTo(1); // from which its positions are counted
  }

  @ParameterizedTest
  @CsvSource({"0_Transformer,Transformer", "0_BERT,BERT"})
  void shouldReadACheckpointOf2020(String folder, String type)
      throws IOException, URISyntaxException {
    Path copy = withoutWeights();
    Path transformer = Files.createDirectories(copy.resolve(folder));
    for (String name : List.of("config.json", "tokenizer.json", "tokenizer_config.json")) {
      Files.move(copy.resolve(name), transformer.resolve(name));
    }
    Files.delete(copy.resolve("sentence_bert_config.json"));
    Files.delete(copy.resolve("config_sentence_transformers.json"));
    Files.writeString(
        transformer.resolve("sentence_bert_config.json"),
        "{\"max_seq_length\": 24, \"do_lower_case\": false}");
    Files.copy(form("legacy.bin"), transformer.resolve("pytorch_model.bin"));
    Files.writeString(
        copy.resolve("1_Pooling/config.json"),
        "{\"word_embedding_dimension\": 16, \"pooling_mode_cls_token\": false,"
            + " \"pooling_mode_mean_tokens\": true, \"pooling_mode_max_tokens\": false}");
    String prefix = "sentence_transformers.models.";
    Files.writeString(
        copy.resolve("modules.json"),
        """
        [{"idx": 0, "name": "0", "path": "%s", "type": "%s%s"},
         {"idx": 1, "name": "1", "path": "1_Pooling", "type": "%sPooling"},
         {"idx": 2, "name": "2", "path": "2_Normalize", "type": "%sNormalize"}]
        """
            .formatted(folder, prefix, type, prefix, prefix));
    Checkpoint old = Checkpoint.open(copy);
    assertThat(old.digest()).isEqualTo(Golden.of("mean").checkpoint().digest());

    Path saved = temporary.resolve("saved");
    CheckpointWriter.write(old, saved, Map.of(), Map.of());
    assertThat(Checkpoint.open(saved).digest()).isEqualTo(old.digest());
    assertThat(saved.resolve(folder + "/model.safetensors")).exists();
    assertThat(saved.resolve(folder + "/pytorch_model.bin")).doesNotExist();
    assertThat(saved.resolve("modules.json"))
        .content()
        .contains("sentence_transformers.base.modules.transformer.Transformer")
        .doesNotContain(prefix);
    assertThat(saved.resolve("1_Pooling/config.json"))
        .content()
        .contains("\"embedding_dimension\"", "\"pooling_mode\" : \"mean\"")
        .doesNotContain("word_embedding_dimension");
    assertThat(saved.resolve("config_sentence_transformers.json")).exists();
  }
}
