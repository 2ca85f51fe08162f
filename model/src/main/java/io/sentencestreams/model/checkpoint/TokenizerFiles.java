package io.sentencestreams.model.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

  /** The files that make up the tokenizer of a first module; empty if there are none. */
  static List<Path> read(SentenceModule first) {
    Path directory = directory(first);
    if (first instanceof SentenceModule.BagOfWords) {
      return List.of(); // its words are in its configuration
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
