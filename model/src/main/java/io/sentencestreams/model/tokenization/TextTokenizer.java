package io.sentencestreams.model.tokenization;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.internal.Torch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A model's tokenizer, from its {@code tokenizer.json}. Padding is off and the maximum length is
 * ours, whatever the file says; normalization and special tokens are the file's.
 *
 * <p>Thread-safe; {@link #close} must not run while texts are tokenized. Owns the native tokenizer.
 */
public final class TextTokenizer implements AutoCloseable {
  /**
   * Characters of a text that are tokenized at first, for each token that it may have. Real text
   * has under ten; only where so many characters give too few tokens is the whole text tokenized.
   */
  private static final int CHARACTERS_PER_TOKEN = 64;

  private final HuggingFaceTokenizer tokenizer;
  private final long handle;
  private final int maxLength;
  private final boolean lowerCase;

  private TextTokenizer(HuggingFaceTokenizer tokenizer, int maxLength, boolean lowerCase) {
    this.tokenizer = tokenizer;
    this.handle = tokenizer.getHandle();
    this.maxLength = maxLength;
    this.lowerCase = lowerCase;
  }

  /**
   * Opens a tokenizer.
   *
   * @param maxLength the most tokens of a text, special tokens included
   * @param lowerCase whether texts are lower-cased first, beyond what the file does
   * @throws CheckpointException if the file is not a tokenizer
   */
  public static TextTokenizer open(Path file, int maxLength, boolean lowerCase) {
    Torch.forbidDownloads();
    Map<String, String> options =
        Map.of(
            "padding", "do_not_pad",
            "truncation", "longest_first",
            "stride", "0",
            "maxLength", Integer.toString(maxLength),
            "modelMaxLength", Integer.toString(maxLength));
    try (InputStream in = Files.newInputStream(file)) {
      return new TextTokenizer(HuggingFaceTokenizer.newInstance(in, options), maxLength, lowerCase);
    } catch (IOException | RuntimeException e) {
      throw new CheckpointException(
          "%s is not a tokenizer that can be used: %s".formatted(file, e.getMessage()), e);
    }
  }

  /**
   * Tokenizes texts in one native call. A lone surrogate, which no UTF-8 can carry, becomes U+FFFD.
   *
   * @return one result for each text, in the order given
   * @throws NullPointerException if a text is null; the message has its index
   */
  public List<TokenizedText> tokenize(List<String> texts) {
    String[] prepared = new String[texts.size()];
    boolean[] cut = new boolean[prepared.length];
    for (int i = 0; i < prepared.length; i++) {
      String text = texts.get(i);
      if (text == null) {
        throw new NullPointerException("text %d is null".formatted(i));
      }
      int end = cutAt(text);
      cut[i] = end < text.length();
      prepared[i] = prepare(cut[i] ? text.substring(0, end) : text);
    }
    TokenizedText[] results = encode(prepared);
    for (int i = 0; i < results.length; i++) {
      if (cut[i] && !results[i].truncated()) {
        results[i] = encode(new String[] {prepare(texts.get(i))})[0];
      }
    }
    return Arrays.asList(results);
  }

  private TokenizedText[] encode(String[] texts) {
    TokenizedText[] results = new TokenizedText[texts.length];
    if (texts.length == 0) {
      return results;
    }
    long[] encodings = TokenizersLibrary.LIB.batchEncode(handle, texts, true);
    for (int i = 0; i < results.length; i++) {
      long[] ids = TokenizersLibrary.LIB.getTokenIds(encodings[i]);
      boolean truncated = TokenizersLibrary.LIB.getOverflowCount(encodings[i]) > 0;
      TokenizersLibrary.LIB.deleteEncoding(encodings[i]);
      results[i] = new TokenizedText(narrow(ids), truncated);
    }
    return results;
  }

  private static int[] narrow(long[] ids) {
    int[] result = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      result[i] = (int) ids[i];
    }
    return result;
  }

  /** Where a text far too long is cut, so that no word before it is tokenized otherwise. */
  private int cutAt(String text) {
    long limit = (long) maxLength * CHARACTERS_PER_TOKEN;
    if (text.length() <= limit) {
      return text.length();
    }
    for (int i = (int) limit; i > limit / 2; i--) {
      if (standsAlone(text.charAt(i - 1)) || standsAlone(text.charAt(i))) {
        return i;
      }
    }
    return text.length();
  }

  /** Whether a character is never part of a longer word: a space, a sign of ASCII, an ideograph. */
  private static boolean standsAlone(char c) {
    return c < 128 ? !Character.isLetterOrDigit(c) : Character.isIdeographic(c);
  }

  private String prepare(String text) {
    String wellFormed = replaceLoneSurrogates(text);
    return lowerCase ? wellFormed.toLowerCase(Locale.ROOT) : wellFormed;
  }

  private static String replaceLoneSurrogates(String text) {
    StringBuilder repaired = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      boolean pair =
          Character.isHighSurrogate(c)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1));
      if (pair) {
        i++;
      } else {
        if (repaired == null) {
          repaired = new StringBuilder(text);
        }
        repaired.setCharAt(i, '\uFFFD');
      }
    }
    return repaired == null ? text : repaired.toString();
  }

  /** Frees the native tokenizer. */
  @Override
  public void close() {
    tokenizer.close();
  }
}
