package io.sentencestreams.model.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
  @TempDir private Path folder;

  @Test
  void shouldReadWhatThePythonLibraryWrote() {
    Path file =
        Path.of("src/test/resources/io/sentencestreams/model/checkpoint/python.safetensors");
    try (Weights weights = Safetensors.open(file)) {
      assertThat(weights.names()).containsExactlyInAnyOrder("a.f32", "b.bf16", "scalar", "empty");
      Tensor matrix = weights.get("a.f32");
      assertThat(matrix.dtype()).isEqualTo(DType.F32);
      assertThat(matrix.shape()).containsExactly(2, 3);
      float[] values = new float[6];
      matrix.data().asFloatBuffer().get(values);
      assertThat(values).containsExactly(0, 1, 2, 3, 4, 5);
      assertThat(weights.get("b.bf16").data().getShort(0)).isEqualTo((short) 0x3FC0);
      assertThat(weights.get("scalar").shape()).isEmpty();
      assertThat(weights.get("scalar").data().getLong(0)).isEqualTo(7);
      assertThat(weights.get("empty").shape()).containsExactly(0, 4);
    }
  }

  @Test
  void shouldReadBackWhatItWrote() throws IOException {
    Path file = folder.resolve("model.safetensors");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("second in the alphabet", Tensor.of(new float[] {1, 2, 3}, 3));
    tensors.put("first \"quoted\" é", Tensor.of(new float[] {4}));

    Safetensors.write(file, tensors, Map.of("format", "pt"));

    try (Weights weights = Safetensors.open(file)) {
      assertThat(weights.names()).containsExactlyElementsOf(tensors.keySet());
      assertThat(weights.get("second in the alphabet").data().getFloat(8)).isEqualTo(3);
      assertThat(weights.get("first \"quoted\" é").data().getFloat(0)).isEqualTo(4);
    }
    long header =
        ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN).getLong();
    assertThat(header % 8).isZero();
    assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
  }

  @Test
  void shouldLeaveTheOldFileWhenWritingFails() throws IOException {
    Path file = folder.resolve("model.safetensors");
    Safetensors.write(file, Map.of("a", Tensor.of(new float[] {1}, 1)), Map.of());
    byte[] before = Files.readAllBytes(file);

    Map<String, TensorType> types = Map.of("a", Tensor.of(new float[] {1}, 1).type());
    assertThatThrownBy(
            () ->
                Safetensors.write(file, types, name -> Tensor.of(new float[] {1, 2}, 2), Map.of()))
        .hasMessage("tensor a is F32[2], not F32[1]");

    assertThat(file).hasBinaryContent(before);
    assertThat(folder.toFile().list()).containsExactly("model.safetensors");
  }

  @Test
  void shouldNameSimilarTensorsWhenOneIsMissing() {
    Path file = folder.resolve("model.safetensors");
    Safetensors.write(file, Map.of("layer.weight", Tensor.of(new float[] {1}, 1)), Map.of());
    try (Weights weights = Safetensors.open(file)) {
      assertThatThrownBy(() -> weights.get("layer.weights"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("has no tensor layer.weights; nearest: [layer.weight]");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,4]}}|takes 8 bytes, but its range has 4",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,0]}}|byte range",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0]}}|byte range",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}|it is cut off",
        "{'a':{'dtype':'I8','shape':[2],'data_offsets':[0,2]}}|has a tail",
        "{'a':{'dtype':'I8','shape':[2],'data_offsets':[2,4]}}|a gap or an overlap",
        "{'a':{'dtype':'I8','shape':[3],'data_offsets':[0,3]},'b':{'dtype':'I8','shape':[2],'data_offsets':[2,4]}}|a gap or an overlap",
        "{'a':{'dtype':'I8','shape':[4],'data_offsets':[0,4]},'a':{'dtype':'I8','shape':[4],'data_offsets':[0,4]}}|Duplicate",
        "{'a':{'dtype':'F1','shape':[4],'data_offsets':[0,4]}}|unknown type \"F1\"",
        "{'a':{'dtype':'F32','shape':[-1],'data_offsets':[0,4]}}|has -1 in its shape",
        "{'a':{'dtype':'F32','shape':[1.0],'data_offsets':[0,4]}}|has 1.0 in its shape",
        "{'a':{'dtype':'F32','shape':[9223372036854775807,2],'data_offsets':[0,4]}}|impossible shape",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,99999999999999999999]}}|in its data_offsets",
        "{'a':{'dtype':'F32','data_offsets':[0,4]}}|has no shape",
        "{'a':3}|unknown type",
        "[1]|not a JSON object",
        "{} {}|header",
        "{'a':|header",
      })
  void shouldRefuseAHeaderThatDoesNotFitTheFile(String header, String problem) throws IOException {
    byte[] json = header.replace('\'', '"').getBytes(UTF_8);
    Path file = file(json.length, json, new byte[4]);
    assertThatThrownBy(() -> Safetensors.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(problem);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 100, 99_999_999, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE, -1})
  void shouldNotBelieveALengthThatTheFileDoesNotHave(long length) throws IOException {
    Path file = file(length, "{}".getBytes(UTF_8), new byte[4]);
    assertThatThrownBy(() -> Safetensors.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("in a file of 14");
  }

  @Test
  void shouldRefuseAFileTooShortForAHeader() throws IOException {
    Path file = Files.write(folder.resolve("x"), new byte[7]);
    assertThatThrownBy(() -> Safetensors.open(file)).hasMessageContaining("it has 7 bytes");
  }

  private Path file(long length, byte[] header, byte[] data) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + header.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(length).put(header).put(data);
    return Files.write(folder.resolve("crafted.safetensors"), bytes.array());
  }
}
