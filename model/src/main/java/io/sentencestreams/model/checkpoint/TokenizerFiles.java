package io.sentencestreams.model.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The files that a tokenizer is made of, in the forms that checkpoints have had. */
public final class TokenizerFiles {
  /** One complete file of a fast tokenizer. */
  public static final String FAST = "tokenizer.json";

  private static final String SETTINGS = "tokenizer_config.json";

  /** Files of slow tokenizers; those of one entry belong together. */
  private static final List<List<String>> SLOW =
      List.of(
          List.of("vocab.txt"),
          List.of("vocab.json", "merges.txt"),
          List.of("sentencepiece.bpe.model"),
          List.of("spiece.model"),
          List.of("spm.model"));

  private static final List<List<String>> WORDS =
      List.of(
          List.of(WordVocabulary.Kind.WHITESPACE.file()),
          List.of(WordVocabulary.Kind.PHRASE.file()));

  /**
   * The files of XLM's tokenizer, which has no complete file, and FlauBERT's: the first two must
   * be.
   */
  private static final List<String> XLM =
      List.of("vocab.json", "merges.txt", SETTINGS, "special_tokens_map.json", "added_tokens.json");

  private TokenizerFiles() {}

  /** The folder of a first module. */
  static Path directory(SentenceModule first) {
    if (first instanceof SentenceModule.BagOfWords bag) {
      return bag.directory();
    }
    return ((SentenceModule.Weighted) first).directory();
  }

  /**
   * Checks that there is a tokenizer.
   *
   * @throws CheckpointException if there is none, or one that would fill the memory
   */
  static void requirePresent(SentenceModule first) {
    List<Path> files = read(first);
    files.forEach(JsonFile::requireReadable);
    if (!(first instanceof SentenceModule.BagOfWords) && files.isEmpty()) {
      Path directory = directory(first);
      boolean words = first instanceof SentenceModule.WordEmbeddings;
      throw new CheckpointException(
          words
              ? "%s is missing, and so is %s"
                  .formatted(directory.resolve(WORDS.get(0).get(0)), WORDS.get(1).get(0))
              : "%s is missing, and so are the files of an older tokenizer: %s"
                  .formatted(directory.resolve(FAST), SLOW));
    }
  }

  /**
   * The class that the reference would open a transformer's files with, if that is XLM's or
   * FlauBERT's: they have Moses' rules, which no {@link #FAST} can tell, and do not read one.
   *
   * @return {@code XLMTokenizer}, {@code FlaubertTokenizer}, or empty for any other
   */
  public static Optional<String> xlmClass(Path directory) {
    Path config = directory.resolve("config.json");
    if (!Files.isRegularFile(directory.resolve(XLM.get(0)))
        || !Files.isRegularFile(directory.resolve(XLM.get(1)))
        || !Files.isRegularFile(config)) {
      return Optional.empty();
    }
    String type = JsonFile.read(config).root().path("model_type").asText();
    String ofModel =
        switch (type) {
          case "xlm" -> "XLMTokenizer";
          case "flaubert" -> "FlaubertTokenizer";
          default -> "";
        };
    Path settings = directory.resolve(SETTINGS);
    String named =
        Files.isRegularFile(settings)
            ? JsonFile.read(settings).root().path("tokenizer_class").asText(ofModel)
            : ofModel;
    return Optional.of(named)
        .filter(name -> name.equals("XLMTokenizer") || name.equals("FlaubertTokenizer"));
  }

  /** Whether two first modules cut texts into the same tokens, because their files are the same. */
  static boolean same(SentenceModule one, SentenceModule other) throws IOException {
    if (one instanceof SentenceModule.BagOfWords bag
        && other instanceof SentenceModule.BagOfWords another) {
      return WordList.read(bag).words().equals(WordList.read(another).words());
    }
    List<Path> files = read(one);
    List<Path> others = read(other);
    if (files.isEmpty() || files.size() != others.size()) {
      return false;
    }
    for (int i = 0; i < files.size(); i++) {
      Path name = directory(one).relativize(files.get(i));
      if (!name.equals(directory(other).relativize(others.get(i)))
          || Files.mismatch(files.get(i), others.get(i)) >= 0) {
        return false;
      }
    }
    return true;
  }

  /** The files that make up the tokenizer of a first module; empty if there are none. */
  static List<Path> read(SentenceModule first) {
    Path directory = directory(first);
    if (first instanceof SentenceModule.BagOfWords) {
      return List.of(); // its words are in its configuration
    }
    if (first instanceof SentenceModule.Transformer && xlmClass(directory).isPresent()) {
      return XLM.stream().map(directory::resolve).filter(Files::isRegularFile).toList();
    }
    if (Files.isRegularFile(directory.resolve(FAST))) {
      return List.of(directory.resolve(FAST));
    }
    List<List<String>> kinds = first instanceof SentenceModule.WordEmbeddings ? WORDS : SLOW;
    for (List<String> names : kinds) {
      List<Path> files = names.stream().map(directory::resolve).toList();
      if (files.stream().allMatch(Files::isRegularFile)) {
        Path settings = directory.resolve(SETTINGS);
        return Files.isRegularFile(settings)
            ? Stream.concat(files.stream(), Stream.of(settings)).toList()
            : files;
      }
    }
    return List.of();
  }
}
