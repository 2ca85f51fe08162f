package io.sentencestreams.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.Safetensors;
import io.sentencestreams.model.checkpoint.Tensor;
import io.sentencestreams.model.checkpoint.Weights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders that hold no model, or a damaged one: each is refused with its file and its fault. */
class DamagedModelTest {
  @TempDir private Path temporary;
  private Path folder;

  @BeforeEach
  void copyAGoodModel() throws Exception {
    Path source = Path.of(DamagedModelTest.class.getResource("/golden/mean").toURI());
    folder = temporary.resolve("model");
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(source.relativize(file).toString()));
      }
    }
  }

  @Test
  void shouldLoadTheModelWhileNothingIsDamaged() {
    try (SentenceEncoder encoder = load()) {
      assertThat(encoder.encode("a cat")).hasSize(encoder.dimension());
    }
  }

  @Test
  void shouldNameAFolderThatIsMissing() {
    Path missing = temporary.resolve("nowhere");
    assertThatThrownBy(() -> SentenceEncoder.load(missing, options()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(missing.toString())
        .hasMessageContaining("does not exist");
  }

  @Test
  void shouldSayThatAFileIsNoFolder() {
    Path file = folder.resolve("config.json");
    assertThatThrownBy(() -> SentenceEncoder.load(file, options()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(file + " is not a folder");
  }

  @Test
  void shouldSayThatAnEmptyFolderIsNoCheckpoint() throws IOException {
    Path empty = Files.createDirectory(temporary.resolve("empty"));
    assertThatThrownBy(() -> SentenceEncoder.load(empty, options()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(empty.toString())
        .hasMessageContaining("neither modules.json nor config.json");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 300, -1})
  void shouldSayThatTheWeightsAreCutOff(int length) throws IOException {
    Path file = truncate("model.safetensors", length);
    assertThatThrownBy(this::load)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("not a valid safetensors file");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 700, -1})
  void shouldSayThatTheTokenizerIsCutOff(int length) throws IOException {
    Path file = truncate("tokenizer.json", length);
    assertThatThrownBy(this::load)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("not a tokenizer that can be used");
  }

  @ParameterizedTest
  @ValueSource(strings = {"config.json", "modules.json", "1_Pooling/config.json"})
  void shouldSayThatAConfigurationIsCutOff(String name) throws IOException {
    Path file = truncate(name, -5);
    assertThatThrownBy(this::load)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("not valid JSON");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'model_type':'t5','d_model':16,'num_heads':2,'num_layers':2,'d_ff':32,'vocab_size':108}",
        "{'model_type':'gpt2','n_embd':16,'n_head':2,'n_layer':2,'vocab_size':108}",
        "{'model_type':'clip'}"
      })
  void shouldNameAnotherArchitectureBeforeWhatItLacks(String config) throws IOException {
    Path file = folder.resolve("config.json");
    Files.writeString(file, config.replace('\'', '"'));
    assertThatThrownBy(this::load)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(file.toString())
        .hasMessageMatching(".*model_type '(t5|gpt2|clip)' is not supported; bert, .*");
  }

  @Test
  void shouldNameTheTensorThatTheArchitectureHasAndTheFileHasNot() throws IOException {
    Path file = folder.resolve("config.json");
    Files.writeString(
        file,
        Files.readString(file).replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3"));
    assertThatThrownBy(this::load)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("model.safetensors has no tensor encoder.layer.2.");
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.NEGATIVE_INFINITY})
  void shouldNameTheTensorWithAValueThatIsNotFinite(float value) throws IOException {
    String name = "encoder.layer.1.output.dense.weight";
    rewrite(name, 7, value);
    assertThatThrownBy(this::load)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining(name + " has NaN or infinity as its value 8");
  }

  private SentenceEncoder load() {
    return SentenceEncoder.load(folder, options());
  }

  private static EncoderOptions options() {
    return EncoderOptions.DEFAULT.withPrecision(Precision.FP32).withDevices("cpu");
  }

  /** Cuts a file to a length, or by so many bytes where it is negative. */
  private Path truncate(String name, int length) throws IOException {
    Path file = folder.resolve(name);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(length < 0 ? channel.size() + length : length);
    }
    return file;
  }

  private void rewrite(String name, int index, float value) throws IOException {
    Path file = folder.resolve("model.safetensors");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (Weights weights = Safetensors.open(file)) {
      for (String tensor : weights.names()) {
        ByteBuffer view = weights.get(tensor).data();
        ByteBuffer data = ByteBuffer.allocate(view.remaining()).order(view.order()).put(view);
        tensors.put(tensor, new Tensor(weights.get(tensor).type(), data.flip()));
      }
    }
    tensors.get(name).data().putFloat(index * Float.BYTES, value);
    Safetensors.write(file, tensors, Map.of("format", "pt"));
  }
}
