package io.sentencestreams.model.words;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.words.WordVectorOptions.Damaged;
import io.sentencestreams.model.words.WordVectors.Format;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class WordVectorsTest {
  private static final List<String> WORDS = List.of("the", ",", "New_York", "caf\u00e9", "42");
  private static final float[][] VECTORS = {
    {0.5f, -1, 2e-5f}, {1, 0, 0}, {-0.25f, 3, 7}, {0, 0, 0}, {1.5f, 2.5f, 3.5f}
  };

  @TempDir private Path folder;

  private static byte[] text(String header) {
    StringBuilder text = new StringBuilder(header);
    for (int i = 0; i < WORDS.size(); i++) {
      text.append(WORDS.get(i));
      for (float value : VECTORS[i]) {
        text.append(' ').append(value);
      }
      text.append('\n');
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] binary(String header, boolean lineEnds) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(header.getBytes(StandardCharsets.UTF_8));
    for (int i = 0; i < WORDS.size(); i++) {
      bytes.writeBytes((WORDS.get(i) + " ").getBytes(StandardCharsets.UTF_8));
      ByteBuffer vector = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
      vector.asFloatBuffer().put(VECTORS[i]);
      bytes.writeBytes(vector.array());
      if (lineEnds) {
        bytes.write('\n');
      }
    }
    return bytes.toByteArray();
  }

  private static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return packed.toByteArray();
  }

  private Path file(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("vectors"), bytes);
  }

  private Path file(String text) throws IOException {
    return file(text.getBytes(StandardCharsets.UTF_8));
  }

  private static float[] floats(WordVectors vectors) {
    FloatBuffer buffer = vectors.table().data().asFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }

  static Stream<Arguments> formats() {
    String bom = "\ufeff";
    String windows = new String(text(""), StandardCharsets.UTF_8).replace("\n", " \r\n");
    return Stream.of(
            Arguments.of("GloVe", text(""), Format.GLOVE),
            Arguments.of("GloVe, Windows", bytes(bom + windows), Format.GLOVE),
            Arguments.of("GloVe, blank end", bytes(windows + "\n"), Format.GLOVE),
            Arguments.of("word2vec", text("5 3\n"), Format.WORD2VEC_TEXT),
            Arguments.of("word2vec binary", binary("5 3\n", false), Format.WORD2VEC_BINARY),
            Arguments.of("the same by lines", binary("5 3\n", true), Format.WORD2VEC_BINARY))
        .flatMap(
            plain ->
                Stream.of(
                    plain,
                    Arguments.of(
                        plain.get()[0] + ", gzip", gzip((byte[]) plain.get()[1]), plain.get()[2])));
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("formats")
  void shouldReadEveryFormatByItsContent(String name, byte[] bytes, Format format)
      throws IOException {
    try (WordVectors vectors = WordVectors.read(file(bytes))) {
      List<String> expected = new ArrayList<>(List.of(WordVectors.PADDING));
      expected.addAll(WORDS);
      assertThat(vectors.words()).isEqualTo(expected);
      assertThat(vectors.dimension()).isEqualTo(3);
      float[] table = new float[18];
      for (int i = 0; i < VECTORS.length; i++) {
        System.arraycopy(VECTORS[i], 0, table, 3 * i + 3, 3);
      }
      assertThat(floats(vectors)).isEqualTo(table);
      assertThat(vectors.source().format()).isEqualTo(format);
      assertThat(vectors.source().gzip()).isEqualTo(name.endsWith("gzip"));
      assertThat(vectors.source().limited()).isFalse();
      assertThat(vectors.source().skipped()).isZero();
    }
  }

  static Stream<Arguments> damages() {
    byte[] binary = binary("5 3\n", false);
    byte[] nan = binary.clone();
    ByteBuffer.wrap(nan).order(ByteOrder.LITTLE_ENDIAN).putFloat(8, Float.NaN);
    byte[] packed = gzip(text(""));
    byte[] flipped = gzip(bytes("the 1 2 3\n" + "x".repeat(999)));
    flipped[flipped.length - 8] ^= 1; // its checksum
    String lines = "the 1 2\nof 3 4\n";
    return Stream.of(
        Arguments.of(new byte[0], "is empty"),
        Arguments.of(gzip(new byte[0]), "is empty once it is unpacked"),
        Arguments.of(bytes("5 3\n"), "line 1: it says that there are 5 words, but 0 follow"),
        Arguments.of(bytes(lines + "to 5\n"), "line 3: 1 numbers, but vectors have 2"),
        Arguments.of(bytes(lines + "to 5 6 7\n"), "line 3: 3 numbers, but vectors have 2"),
        Arguments.of(bytes(lines + "\nto 5 6\n"), "line 3: it is empty"),
        Arguments.of(bytes(lines + "to\n"), "line 3: there are no numbers behind the word"),
        Arguments.of(bytes(lines + " 5 6\n"), "line 3: there is no word before the numbers"),
        Arguments.of(bytes(lines + "to 5 six\n"), "line 3: 'six' is no number"),
        Arguments.of(bytes(lines + "to 5 0x6\n"), "line 3: '0x6' is no number"),
        Arguments.of(bytes(lines + "to 5 6f\n"), "line 3: '6f' is no number"),
        Arguments.of(bytes(lines + "to 5 nan\n"), "line 3: number 2 of 'to' is NaN"),
        Arguments.of(bytes(lines + "to -1e99 5\n"), "line 3: number 1 of 'to' is -Infinity"),
        Arguments.of(
            bytes(lines + "the 5 6\n"), "line 3: the word 'the' is there already, as word 1"),
        Arguments.of(
            bytes(lines + "PADDING_TOKEN 5 6\n"),
            "line 3: the word 'PADDING_TOKEN' is the name of the row for padding"),
        Arguments.of(
            bytes("the " + "1".repeat(1 << 20)), "line 1: a line of more than 1048576 bytes"),
        Arguments.of(
            new byte[] {'a', ' ', '1', '\n', (byte) 0xc3, ' ', '2', '\n'},
            "line 2: the word is not UTF-8"),
        Arguments.of(bytes("PK\u0003\u0004glove"), "is a zip archive; unpack it"),
        Arguments.of(text("4 3\n"), "line 1: it says that there are 4 words, but 5 follow"),
        Arguments.of(text("6 3\n"), "line 1: it says that there are 6 words, but 5 follow"),
        Arguments.of(text("5 4\n"), "line 2: 3 numbers, but vectors have 4"),
        Arguments.of(bytes("1 0\nthe\n"), "line 1: vectors of 0 numbers; 1 to 65536"),
        Arguments.of(bytes("1 99999999999\n"), "line 1: vectors of 99999999999 numbers"),
        Arguments.of(
            binary("6 3\n", false),
            "offset %d: the file ends after 5 words, but line 1 says that there are 6"
                .formatted(binary.length)),
        Arguments.of(
            binary("1000000000000000 3\n", false),
            "the file ends after 5 words, but line 1 says that there are 1000000000000000"),
        Arguments.of(
            binary("3 3\n", false), "there is more behind the 3 words that line 1 says there are"),
        Arguments.of(
            Arrays.copyOf(binary, binary.length - 2),
            "word 5 of 5: the file ends within the vector"),
        Arguments.of(binary("5 4\n", false), "word 2 of 5: the word is not UTF-8"),
        Arguments.of(
            concat(Arrays.copyOf(binary, 20), bytes("nospace")),
            "offset 20, word 2 of 5: no space ends the word"),
        Arguments.of(nan, "offset 4, word 1 of 5: number 1 of 'the' is NaN"),
        Arguments.of(
            Arrays.copyOf(packed, packed.length / 2),
            "is cut off: its gzip stream ends within the data"),
        Arguments.of(Arrays.copyOf(packed, 5), "is cut off: it ends within the header of gzip"),
        Arguments.of(flipped, "is damaged: its gzip stream cannot be unpacked"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("damages")
  void shouldRefuseADamagedFileAndSayWhereAndWhy(byte[] bytes, String message) throws IOException {
    Path file = file(bytes);
    assertThatThrownBy(() -> WordVectors.read(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(message);
  }

  @Test
  void shouldSayThatThereIsNoSuchFile() {
    assertThatThrownBy(() -> WordVectors.read(folder.resolve("none")))
        .hasMessage("there is no file " + folder.resolve("none"));
    assertThatThrownBy(() -> WordVectors.read(folder)).hasMessageContaining("is a folder");
  }

  @Test
  void shouldLeaveOutWhatCannotBeUsedIfAskedTo() throws IOException {
    Path file = file("the 1 2\nof 3\nto 5 6\nthe 7 8\nat nan 9\n");
    WordVectorOptions options = WordVectorOptions.DEFAULT.withDamaged(Damaged.SKIP);
    try (WordVectors vectors = WordVectors.read(file, options)) {
      assertThat(vectors.words()).containsExactly(WordVectors.PADDING, "the", "to");
      assertThat(floats(vectors)).containsExactly(0, 0, 1, 2, 5, 6);
      assertThat(vectors.source().skipped()).isEqualTo(3);
      assertThat(vectors.source().firstProblem()).contains("line 2: 1 numbers, but vectors have 2");
    }
    Path none = file("the x\nof y\n");
    assertThatThrownBy(() -> WordVectors.read(none, options))
        .hasMessage(none + ", line 1: 'x' is no number");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("formats")
  void shouldTakeTheFirstWordsOnlyAndSaySo(String name, byte[] bytes, Format format)
      throws IOException {
    Path file = file(bytes);
    try (WordVectors three = WordVectors.read(file, WordVectorOptions.DEFAULT.withLimit(3));
        WordVectors five = WordVectors.read(file, WordVectorOptions.DEFAULT.withLimit(5))) {
      assertThat(three.words()).containsExactly(WordVectors.PADDING, "the", ",", "New_York");
      assertThat(three.source().limited()).isTrue();
      assertThat(five.words()).hasSize(6);
      assertThat(five.source().limited()).isFalse();
    }
    assertThatThrownBy(() -> WordVectorOptions.DEFAULT.withLimit(0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldSayHowFarItHasCome() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 10_000; i++) {
      text.append("word").append(i).append(" 1 2 3\n");
    }
    List<Integer> words = new ArrayList<>();
    List<Double> shares = new ArrayList<>();
    WordVectorOptions.Progress progress =
        (count, share) -> {
          words.add(count);
          shares.add(share);
        };
    Path file = file(gzip(bytes(text.toString())));
    WordVectors.read(file, WordVectorOptions.DEFAULT.withProgress(progress)).close();
    assertThat(words).isSorted().endsWith(10_000).hasSizeGreaterThan(2);
    assertThat(shares).isSorted().endsWith(1.0).allMatch(share -> share > 0);
  }

  /** The reference reads Python floats, which are doubles, and makes floats of them. */
  @Test
  void shouldRoundNumbersAsTheReferenceDoes() {
    Random random = new Random(1);
    List<String> numbers =
        new ArrayList<>(List.of("0", "-0", "+1", "5.", ".5", "-.25", "1e3", "9007199254740993"));
    numbers.addAll(List.of("0.1", "1.17549435E-38", "1e-46", "3.4028235e38", "00012.50"));
    for (int i = 0; i < 20_000; i++) {
      double value = Float.intBitsToFloat(random.nextInt());
      numbers.add(Double.isFinite(value) ? Double.toString(value) : "1");
      numbers.add(String.format(Locale.ROOT, "%.6f", random.nextGaussian()));
      numbers.add(String.format(Locale.ROOT, "%.17f", random.nextDouble()));
    }
    for (String number : numbers) {
      byte[] bytes = bytes("x" + number + "y");
      assertThat(Decimals.parse(bytes, 1, bytes.length - 1))
          .as(number)
          .isEqualTo((float) Double.parseDouble(number));
    }
  }
}
