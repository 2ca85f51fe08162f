package io.sentencestreams.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.model.Golden;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checkpoints that were damaged in a hundred ways: each is refused with its file and the reason, or
 * holds the very numbers that it held before; nothing is executed, and no more is allocated than a
 * file has bytes.
 */
class DamagedCheckpointsTest {
  @TempDir private Path temporary;
  private Path folder;
  private String digest;

  @BeforeEach
  void copyAGoodModel() throws IOException {
    folder = Golden.copy("mean", temporary.resolve("model"));
    digest = Checkpoint.open(folder).digest();
  }

  private static byte[] form(String name) throws IOException, URISyntaxException {
    return Files.readAllBytes(
        Path.of(DamagedCheckpointsTest.class.getResource("/golden/forms/" + name).toURI()));
  }

  private Path withPickle(byte[] content) throws IOException {
    Files.deleteIfExists(folder.resolve("model.safetensors"));
    return Files.write(folder.resolve("pytorch_model.bin"), content);
  }

  private void assertRefused(Path file) {
    assertThatThrownBy(() -> Checkpoint.open(folder).digest())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(file.toString());
  }

  /** What is flipped may be in a number, or in what nobody reads: then it is another model. */
  private void assertRefusedOrWhole(Path file) {
    try {
      assertThat(Checkpoint.open(folder).digest()).hasSameSizeAs(digest);
    } catch (CheckpointException e) {
      assertThat(e).hasMessageContaining(file.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
  void shouldSurviveFlippedBitsInTheHeaderOfSafetensors(int seed) throws IOException {
    Path file = folder.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    flip(bytes, 3000, seed);
    Files.write(file, bytes);
    assertRefusedOrWhole(file);
  }

  @ParameterizedTest
  @CsvSource({
    "legacy.bin,1",
    "legacy.bin,2",
    "legacy.bin,3",
    "legacy.bin,4",
    "legacy.bin,5",
    "legacy.bin,6",
    "legacy.bin,7",
    "legacy.bin,8",
    "legacy.bin,9",
    "legacy.bin,10",
    "legacy.bin,11",
    "legacy.bin,12",
    "zip.bin,1",
    "zip.bin,2",
    "zip.bin,3",
    "zip.bin,4",
    "zip.bin,5",
    "zip.bin,6",
    "zip.bin,7",
    "zip.bin,8",
    "zip.bin,9",
    "zip.bin,10",
    "zip.bin,11",
    "zip.bin,12",
    "views.bin,1",
    "views.bin,2",
    "views.bin,3",
    "views.bin,4",
    "views.bin,5",
    "views.bin,6"
  })
  void shouldSurviveFlippedBitsInAPickle(String form, int seed)
      throws IOException, URISyntaxException {
    byte[] bytes = form(form);
    flip(bytes, 4000, seed);
    assertRefusedOrWhole(withPickle(bytes));
  }

  @Test
  void shouldRefuseAListThatHoldsItselfForAKey() {
    // {}, [] that is object 0, object 0 appended to it, None, and the list as a key for that
    byte[] pickle = {(byte) 0x80, 2, '}', ']', 'q', 0, 'h', 0, 'a', 'N', 's', '.'};
    assertThatThrownBy(() -> Unpickler.read(new ByteArrayInputStream(pickle)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a list for a key");
  }

  @ParameterizedTest
  @ValueSource(strings = {"config.json", "tokenizer.json", "1_Pooling/config.json"})
  void shouldNotReadAConfigurationThatFillsTheMemory(String name) throws IOException {
    Path file = folder.resolve(name);
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(1L << 34); // takes no room on the disk
    }
    assertRefused(file);
  }

  private static void flip(byte[] bytes, int within, int seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 3; i++) {
      bytes[random.nextInt(within)] ^= (byte) (1 << random.nextInt(8));
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999})
  void shouldRefuseAPickleThatIsCutOff(double share) throws IOException, URISyntaxException {
    for (String form : new String[] {"legacy.bin", "zip.bin"}) {
      byte[] bytes = form(form);
      assertRefused(withPickle(Arrays.copyOf(bytes, (int) (bytes.length * share))));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1L << 60, Long.MAX_VALUE, -1, 1L << 31, 0, 1, 99_999_999})
  void shouldRefuseAHeaderThatLiesAboutItsLength(long length) throws IOException {
    Path file = folder.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
    Files.write(file, bytes);
    assertRefused(file);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"shape\":[16]|\"shape\":[17]",
        "\"shape\":[16]|\"shape\":[-16]",
        "\"shape\":[16]|\"shape\":[9223372036854775807,4]",
        "\"shape\":[16]|\"shape\":[\"16\"]",
        "\"shape\":[16]|\"shape\":16",
        "\"dtype\":\"F32\"|\"dtype\":\"F64\"",
        "\"dtype\":\"F32\"|\"dtype\":\"\"",
        "\"data_offsets\":[0,|\"data_offsets\":[4,",
        "\"data_offsets\":[0,|\"data_offsets\":[-4,",
        "{\"__metadata__\"|{\"__metadata\"",
        "\"data_offsets\"|\"data_offset\"",
      })
  void shouldRefuseAHeaderThatLiesAboutATensor(String from, String to) throws IOException {
    Path file = folder.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    int length = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    String header = new String(bytes, 8, length, StandardCharsets.UTF_8);
    assertThat(header).contains(from);
    int at = header.indexOf(from);
    String lie = header.substring(0, at) + to + header.substring(at + from.length());
    byte[] changed = lie.getBytes(StandardCharsets.UTF_8);
    ByteBuffer out =
        ByteBuffer.allocate(8 + changed.length + bytes.length - 8 - length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(changed.length)
            .put(changed)
            .put(bytes, 8 + length, bytes.length - 8 - length);
    Files.write(file, out.array());
    assertRefused(file);
  }

  static Stream<String> programs() {
    return Stream.of(
        "cposix\nsystem\n(X\4\0\0\0true\u0085R.",
        "cbuiltins\neval\n.",
        "c__builtin__\nexec\n.",
        "csubprocess\nPopen\n.",
        "ctorch\nload\n.",
        "X\2\0\0\0osX\6\0\0\0system\u0093.",
        "(ios\nsystem\n.",
        "(S'x'\nios\nsystem\n.",
        "\u0080\u00ff.",
        "c" + "x".repeat(2000) + "\n\n.",
        "]((((.",
        "eeee.",
        ".",
        "N.",
        "K.",
        "}X\u00ff\u00ff\u00ff\u007fa.",
        "]j\u00ff\u00ff\u00ff\u00ff.",
        "}X\1\0\0\0aK\1s.",
        "ccollections\nOrderedDict\n)R}b]b.",
        "ccollections\nOrderedDict\nN\u0085R.",
        "]q\0h\0ah\0.");
  }

  @ParameterizedTest
  @MethodSource("programs")
  void shouldRefuseAPickleOfAnythingButTensors(String pickle) throws IOException {
    byte[] program = pickle.getBytes(StandardCharsets.ISO_8859_1);
    assertRefused(withPickle(program));
    assertRefused(withPickle(zip(program, ZipEntry.STORED)));
    assertRefused(withPickle(zip(program, ZipEntry.DEFLATED)));
  }

  /** A small program that copies a long list over and over. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ctorch._utils\n_rebuild_tensor_v2\nNNh\0h\0(tR",
        "ccollections\nOrderedDict\nh\0\u0085R"
      })
  void shouldRefuseAPickleThatMakesMuchOfLittle(String copy) throws IOException {
    String list = "](" + "K\1K\1\u0086".repeat(100_000) + "eq\0";
    byte[] program = (list + copy.repeat(2_000) + ".").getBytes(StandardCharsets.ISO_8859_1);
    assertRefused(withPickle(program));
  }

  private static byte[] zip(byte[] pickle, int method) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      ZipEntry entry = new ZipEntry("archive/data.pkl");
      entry.setMethod(method);
      if (method == ZipEntry.STORED) {
        CRC32 crc = new CRC32();
        crc.update(pickle);
        entry.setCrc(crc.getValue());
        entry.setSize(pickle.length);
      }
      zip.putNextEntry(entry);
      zip.write(pickle);
    }
    return bytes.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"J\0\0\0@\u0085", "J\u00f0\u00ff\u00ff\u00ff\u0085", "K\1K\1\u0086"})
  void shouldRefuseAPickleThatLiesAboutAShape(String shape) throws IOException, URISyntaxException {
    // The shape (16,) of the first LayerNorm's bias.
    String pickle = new String(form("legacy.bin"), StandardCharsets.ISO_8859_1);
    assertThat(pickle).contains("K\u0010\u0085");
    String lie = pickle.replaceFirst("K\u0010\u0085", Matcher.quoteReplacement(shape));
    assertRefused(withPickle(lie.getBytes(StandardCharsets.ISO_8859_1)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "config.json|\"hidden_size\": 16|\"hidden_size\": 1e99",
        "config.json|\"hidden_size\": 16|\"hidden_size\": \"16\"",
        "config.json|\"hidden_size\": 16|\"hidden_size\": -16",
        "config.json|\"num_attention_heads\": 2|\"num_attention_heads\": 0",
        "config.json|\"num_attention_heads\": 2|\"num_attention_heads\": 5",
        "config.json|\"model_type\": \"bert\"|\"model_type\": 7",
        "config.json|\"max_position_embeddings\": 32|\"max_position_embeddings\": null",
        "modules.json|1_Pooling|../../1_Pooling",
        "modules.json|1_Pooling|9_Pooling",
        "modules.json|[|[[[[[[[[",
        "1_Pooling/config.json|16|2147483648",
        "1_Pooling/config.json|mean|{}",
      })
  void shouldRefuseAConfigurationOfNoModel(String name, String from, String to) throws IOException {
    Path file = folder.resolve(name);
    String json = Files.readString(file);
    assertThat(json).contains(from);
    Files.writeString(file, json.replace(from, to));
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(folder.toString());
  }
}
