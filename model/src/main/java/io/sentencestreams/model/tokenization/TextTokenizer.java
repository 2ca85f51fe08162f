package io.sentencestreams.model.tokenization;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.internal.Torch;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model's tokenizer, from its {@code tokenizer.json}. Padding is off and the maximum length is
 * ours, whatever the file says; normalization and special tokens are the file's.
 *
 * <p>Thread-safe; {@link #close} must not run while texts are tokenized. Owns the native tokenizer.
 */
public final class TextTokenizer implements ModelTokenizer {
  private static final Logger log = LoggerFactory.getLogger(TextTokenizer.class);

  /** One whole sequence lies behind the tokens that are kept, and the cut is in a later one. */
  private static final int OVERFLOWS_BEFORE_CUT = 2;

  /** More than any tokenizer puts behind a text. */
  private static final int SPECIAL_TOKENS = 8;

  /**
   * What has fewer characters is tokenized by the calling thread alone. To spread texts over
   * threads costs up to 16 us a text, beside 23 for a text of 50 characters itself, which are
   * missing where the encoder is at work.
   */
  private static final int FEWEST_CHARACTERS_SPREAD = 64 * 50;

  /** Texts on which both ways to tokenize must agree, or the library goes alone. */
  private static final List<String> PROBES =
      List.of("", "a", "A quick-brown fox, 1.5 times [over] it's\tlazy dog. ".repeat(40));

  private final HuggingFaceTokenizer tokenizer;
  private final long handle;
  private final int maxLength;
  private final int kept;
  private final boolean lowerCase;
  private final OptionalInt emptyToken;
  private final AsciiWordPiece asciiWordPiece; // null: the tokenizer is of another kind
  private final int[] begin; // special tokens before a text's own
  private final int[] end;

  /**
   * @param maxLength where the native tokenizer cuts, with special tokens behind the cut
   * @param kept where what is left is cut, whatever is there
   */
  private TextTokenizer(
      HuggingFaceTokenizer tokenizer,
      int maxLength,
      int kept,
      boolean lowerCase,
      OptionalInt emptyToken,
      AsciiWordPiece asciiWordPiece) {
    this.tokenizer = tokenizer;
    this.handle = tokenizer.getHandle();
    this.maxLength = maxLength;
    this.kept = kept;
    this.lowerCase = lowerCase;
    this.emptyToken = emptyToken;
    int[][] around = asciiWordPiece == null ? new int[2][0] : specialTokens();
    this.begin = around[0];
    this.end = around[1];
    boolean agree =
        asciiWordPiece != null && PROBES.stream().allMatch(text -> agree(asciiWordPiece, text));
    this.asciiWordPiece = agree ? asciiWordPiece : null;
    if (asciiWordPiece != null && !agree) {
      log.warn(
          "All texts are tokenized by the library, which is slower: on a probe, WordPiece in Java"
              + " gives other tokens for this tokenizer.json.");
    }
  }

  private boolean agree(AsciiWordPiece wordPiece, String text) {
    Encoded own = encodeAscii(wordPiece, text);
    if (own == null) {
      return true;
    }
    Encoded expected = take(TokenizersLibrary.LIB.encode(handle, text, emptyToken.isEmpty()));
    return Arrays.equals(own.ids(), expected.ids()) && own.overflows() == expected.overflows();
  }

  /** The special tokens before a text's own and behind them. */
  private int[][] specialTokens() {
    long encoding = TokenizersLibrary.LIB.encode(handle, "a", emptyToken.isEmpty());
    try {
      int[] ids = narrow(TokenizersLibrary.LIB.getTokenIds(encoding));
      long[] special = TokenizersLibrary.LIB.getSpecialTokenMask(encoding);
      int first = 0;
      while (first < ids.length && special[first] == 1) {
        first++;
      }
      int last = ids.length;
      while (last > first && special[last - 1] == 1) {
        last--;
      }
      return new int[][] {
        Arrays.copyOfRange(ids, 0, first), Arrays.copyOfRange(ids, last, ids.length)
      };
    } finally {
      TokenizersLibrary.LIB.deleteEncoding(encoding);
    }
  }

  /**
   * Opens a transformer's tokenizer, from {@code tokenizer.json} or, where there is none, from the
   * files that tokenizers had before it.
   *
   * @throws CheckpointException if the files are damaged, or of a kind that is not supported
   */
  static TextTokenizer open(Checkpoint checkpoint, int maxLength, boolean lowerCase) {
    Path file = checkpoint.tokenizerFile();
    if (Files.isRegularFile(file)) {
      return open(file, maxLength, lowerCase);
    }
    Path directory = checkpoint.tokenizerDirectory();
    byte[] json = SlowTokenizers.convert(directory, checkpoint.config());
    return open(json, directory, maxLength, maxLength, lowerCase, OptionalInt.empty());
  }

  /**
   * Opens a tokenizer that adds no special tokens. As in the reference, where the file says how
   * many tokens a text may have, that counts.
   *
   * @param emptyToken the one token of a text that has none
   * @throws CheckpointException if the file is not a tokenizer, or cuts texts at their beginning
   */
  static TextTokenizer withoutSpecialTokens(Path file, int maxLength, int emptyToken) {
    try {
      byte[] json = Files.readAllBytes(file);
      int length = Math.min(maxLength, ownLength(file, json));
      return open(json, file, length, length, false, OptionalInt.of(emptyToken));
    } catch (IOException e) {
      throw new CheckpointException("cannot read %s: %s".formatted(file, e), e);
    }
  }

  private static int ownLength(Path file, byte[] json) throws IOException {
    JsonNode truncation = new ObjectMapper().readTree(json).path("truncation");
    if (!truncation.isObject()) {
      return Integer.MAX_VALUE;
    }
    int length = truncation.path("max_length").asInt();
    if (length <= 0 || !truncation.path("direction").asText("Right").equals("Right")) {
      throw new CheckpointException(
          "%s: a truncation of %s is not supported".formatted(file, truncation));
    }
    return length;
  }

  /**
   * Opens a tokenizer that cuts a text whatever is there: what stands behind a text is lost with
   * its end.
   *
   * @throws CheckpointException if the file is not a tokenizer
   */
  static TextTokenizer cuttingSpecialTokens(Path file, int maxLength) {
    try {
      int length = Math.addExact(maxLength, SPECIAL_TOKENS);
      return open(Files.readAllBytes(file), file, length, maxLength, false, OptionalInt.empty());
    } catch (IOException e) {
      throw new CheckpointException("cannot read %s: %s".formatted(file, e), e);
    }
  }

  /**
   * Opens a tokenizer.
   *
   * @param maxLength the most tokens of a text, special tokens included
   * @param lowerCase whether texts are lower-cased first, beyond what the file does
   * @throws CheckpointException if the file is not a tokenizer
   */
  public static TextTokenizer open(Path file, int maxLength, boolean lowerCase) {
    try {
      byte[] json = Files.readAllBytes(file);
      return open(json, file, maxLength, maxLength, lowerCase, OptionalInt.empty());
    } catch (IOException e) {
      throw new CheckpointException("cannot read %s: %s".formatted(file, e), e);
    }
  }

  private static TextTokenizer open(
      byte[] json, Path file, int maxLength, int kept, boolean lowerCase, OptionalInt emptyToken) {
    Torch.forbidDownloads();
    try {
      AsciiWordPiece wordPiece = asciiWordPiece(json);
      HuggingFaceTokenizer tokenizer =
          HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options(maxLength));
      try {
        return new TextTokenizer(tokenizer, maxLength, kept, lowerCase, emptyToken, wordPiece);
      } catch (RuntimeException e) {
        tokenizer.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      throw new CheckpointException(
          "%s is not a tokenizer that can be used: %s".formatted(file, e.getMessage()), e);
    }
  }

  /** The library's options: nothing is padded, and the end is cut. */
  static Map<String, String> options(int maxLength) {
    return Map.of(
        "padding", "do_not_pad",
        "truncation", "longest_first",
        "stride", "0",
        "maxLength", Integer.toString(maxLength),
        "modelMaxLength", Integer.toString(maxLength));
  }

  private static AsciiWordPiece asciiWordPiece(byte[] json) throws IOException {
    // Files of other kinds can have many megabytes, which take far longer to read than to look at.
    return new String(json, StandardCharsets.ISO_8859_1).contains("\"BertPreTokenizer\"")
        ? AsciiWordPiece.of(new ObjectMapper().readTree(json)).orElse(null)
        : null;
  }

  /**
   * {@inheritDoc}
   *
   * <p>A text far too long is not tokenized whole, which would take minutes and gigabytes for tens
   * of megabytes. Its beginning gives the same tokens if what is cut off cannot reach back into
   * them: if more than a whole length of tokens lies between the last one kept and the cut. Only
   * where the beginning gives fewer (a word or a gap of many thousand characters) is more of the
   * text read, and never beyond its first {@value TextCut#MOST_CHARACTERS} characters: a text that
   * has fewer tokens than fit even there, and goes on, counts as truncated.
   */
  @Override
  public List<TokenizedText> tokenize(List<String> texts) {
    int most = TextCut.firstCharacters(maxLength);
    String[] beginnings = new String[texts.size()];
    for (int i = 0; i < beginnings.length; i++) {
      String text = texts.get(i);
      if (text == null) {
        throw new NullPointerException("text %d is null".formatted(i));
      }
      beginnings[i] = TextCut.beginning(text, most);
    }
    TokenizedText[] results = new TokenizedText[beginnings.length];
    Encoded[] encoded = encode(beginnings);
    for (int i = 0; i < results.length; i++) {
      boolean cut = beginnings[i].length() < texts.get(i).length();
      results[i] =
          cut && encoded[i].overflows() < OVERFLOWS_BEFORE_CUT
              ? tokenizeLong(texts.get(i))
              : encoded[i].result();
    }
    return Arrays.asList(results);
  }

  @Override
  public List<TokenizedText> tokenizePairs(List<String> first, List<String> second) {
    String[] firsts = first.stream().map(this::partOfPair).toArray(String[]::new);
    String[] seconds = second.stream().map(this::partOfPair).toArray(String[]::new);
    long[] encodings =
        TokenizersLibrary.LIB.batchEncodePair(handle, firsts, seconds, emptyToken.isEmpty());
    TokenizedText[] pairs = new TokenizedText[encodings.length];
    for (int i = 0; i < pairs.length; i++) {
      boolean cut = firsts[i].length() < first.get(i).length();
      cut |= seconds[i].length() < second.get(i).length();
      pairs[i] = takePair(encodings[i], cut);
    }
    return Arrays.asList(pairs);
  }

  /**
   * As much of a text as can matter in a pair: no more of its tokens count than of a text alone, so
   * the beginning does that has as many.
   */
  private String partOfPair(String text) {
    int most = TextCut.firstCharacters(maxLength);
    if (text.length() <= most) {
      return prepare(text);
    }
    String beginning = TextCut.beginning(text, most);
    boolean enough = encode(new String[] {beginning})[0].overflows() >= OVERFLOWS_BEFORE_CUT;
    return prepare(enough ? beginning : TextCut.beginning(text, TextCut.MOST_CHARACTERS));
  }

  /** Reads a native encoding of a pair and frees it. */
  private static TokenizedText takePair(long encoding, boolean cut) {
    try {
      int[] ids = narrow(TokenizersLibrary.LIB.getTokenIds(encoding));
      long[] types = TokenizersLibrary.LIB.getTypeIds(encoding);
      int secondFrom = 0;
      while (secondFrom < ids.length && types[secondFrom] == 0) {
        secondFrom++;
      }
      boolean truncated = cut || TokenizersLibrary.LIB.getOverflowCount(encoding) > 0;
      return new TokenizedText(ids, truncated, 0, secondFrom);
    } finally {
      TokenizersLibrary.LIB.deleteEncoding(encoding);
    }
  }

  @Override
  public int promptTokens(String prompt) {
    String beginning = prepare(TextCut.beginning(prompt, TextCut.MOST_CHARACTERS));
    boolean special = emptyToken.isEmpty();
    long encoding = TokenizersLibrary.LIB.encode(handle, beginning, special);
    try {
      long[] mask = TokenizersLibrary.LIB.getSpecialTokenMask(encoding);
      boolean ends = mask.length > 0 && mask[mask.length - 1] == 1;
      return ends ? mask.length - 1 : mask.length;
    } finally {
      TokenizersLibrary.LIB.deleteEncoding(encoding);
    }
  }

  private TokenizedText tokenizeLong(String text) {
    String beginning = TextCut.beginning(text, TextCut.MOST_CHARACTERS);
    TokenizedText result = encode(new String[] {beginning})[0].result();
    boolean cut = beginning.length() < text.length();
    return cut ? new TokenizedText(result.ids(), true) : result;
  }

  /**
   * A text's tokens.
   *
   * @param overflows how many more sequences of the maximum length the rest of the text would fill,
   *     the last one in part
   * @param kept how many of the tokens count
   */
  private record Encoded(int[] ids, int overflows, int kept) {
    TokenizedText result() {
      return ids.length > kept
          ? new TokenizedText(Arrays.copyOf(ids, kept), true)
          : new TokenizedText(ids, overflows > 0);
    }
  }

  private Encoded[] encode(String[] texts) {
    Encoded[] results = new Encoded[texts.length];
    List<Integer> left = new ArrayList<>();
    long characters = 0;
    String[] prepared = new String[texts.length];
    for (int i = 0; i < texts.length; i++) {
      prepared[i] = prepare(texts[i]);
      results[i] = encodeAscii(asciiWordPiece, prepared[i]);
      if (results[i] == null) {
        left.add(i);
        characters += prepared[i].length();
      }
    }
    boolean special = emptyToken.isEmpty();
    if (left.size() == 1 || characters < FEWEST_CHARACTERS_SPREAD) {
      for (int i : left) {
        results[i] = take(TokenizersLibrary.LIB.encode(handle, prepared[i], special));
      }
    } else {
      String[] rest = left.stream().map(i -> prepared[i]).toArray(String[]::new);
      long[] encodings = TokenizersLibrary.LIB.batchEncode(handle, rest, special);
      for (int i = 0; i < encodings.length; i++) {
        results[left.get(i)] = take(encodings[i]);
      }
    }
    return results;
  }

  /** A text's tokens as the library would give them, or null if it has to be asked. */
  private Encoded encodeAscii(AsciiWordPiece wordPiece, String text) {
    int room = maxLength - begin.length - end.length;
    AsciiWordPiece.Tokens tokens =
        wordPiece == null || room < 1 ? null : wordPiece.tokenize(text, room);
    if (tokens == null) {
      return null;
    }
    int[] own = tokens.ids();
    int[] ids = Arrays.copyOf(begin, begin.length + own.length + end.length);
    System.arraycopy(own, 0, ids, begin.length, own.length);
    System.arraycopy(end, 0, ids, begin.length + own.length, end.length);
    int overflows = Math.max(0, (tokens.count() - 1) / room);
    return new Encoded(orEmptyToken(ids), overflows, kept);
  }

  /** Reads a native encoding and frees it. */
  private Encoded take(long encoding) {
    try {
      long[] ids = TokenizersLibrary.LIB.getTokenIds(encoding);
      int overflows = TokenizersLibrary.LIB.getOverflowCount(encoding);
      return new Encoded(orEmptyToken(narrow(ids)), overflows, kept);
    } finally {
      TokenizersLibrary.LIB.deleteEncoding(encoding);
    }
  }

  private int[] orEmptyToken(int[] ids) {
    return ids.length == 0 && emptyToken.isPresent() ? new int[] {emptyToken.getAsInt()} : ids;
  }

  private static int[] narrow(long[] ids) {
    return Arrays.stream(ids).mapToInt(Math::toIntExact).toArray();
  }

  private String prepare(String text) {
    String wellFormed = TextCut.replaceLoneSurrogates(text);
    return lowerCase ? wellFormed.toLowerCase(Locale.ROOT) : wellFormed;
  }

  /** Frees the native tokenizer. */
  @Override
  public void close() {
    tokenizer.close();
  }
}
