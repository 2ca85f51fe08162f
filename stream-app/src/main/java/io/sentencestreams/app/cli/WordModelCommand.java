package io.sentencestreams.app.cli;

import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.PoolingMode;
import io.sentencestreams.model.checkpoint.WordVocabulary;
import io.sentencestreams.model.composition.ModelBuilder;
import io.sentencestreams.model.repository.ImportProgress;
import io.sentencestreams.model.repository.ModelRepository;
import io.sentencestreams.model.words.DocumentFrequencies;
import io.sentencestreams.model.words.StopWords;
import io.sentencestreams.model.words.WordVectorOptions;
import io.sentencestreams.model.words.WordVectors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
    name = "from-words",
    description = {
      "Makes a model of a file of word vectors: the embedding of a text is the mean of its words'."
          + " GloVe's text and word2vec's text and binary are read, packed by gzip or not."
    },
    footer = {
      "",
      "Examples:",
      "  sentence-streams models from-words glove glove.6B.300d.txt.gz --stop-words english",
      "  sentence-streams evaluate sts --model glove sts-test.csv"
    })
final class WordModelCommand implements Callable<Integer> {
  private static final String ENGLISH = "english";
  private static final int BAR_STEPS = 1000;

  /** How a text is cut into words. */
  enum Tokenizer {
    WHITESPACE(WordVocabulary.Kind.WHITESPACE),
    PHRASE(WordVocabulary.Kind.PHRASE);

    private final WordVocabulary.Kind kind;

    Tokenizer(WordVocabulary.Kind kind) {
      this.kind = kind;
    }
  }

  @Spec private CommandSpec spec;

  @ParentCommand private ModelsCommand models;

  @Parameters(
      paramLabel = "NAME|DIR",
      description = "The new model's name, or a folder for it: what has a / in it.")
  private String name;

  @Parameters(paramLabel = "VECTORS", description = "A file of word vectors.")
  private Path vectors;

  @Option(
      names = "--tokenizer",
      paramLabel = "KIND",
      defaultValue = "whitespace",
      description =
          "whitespace: words are what is between white space. phrase: as the Penn Treebank has"
              + " them, and words in a row that the vectors have as one, such as New_York."
              + " Default: ${DEFAULT-VALUE}.")
  private Tokenizer tokenizer;

  @Option(
      names = "--stop-words",
      paramLabel = "FILE",
      description =
          "Leave these words out of every text: a file of words, or english for the list here.")
  private String stopWords;

  @Option(names = "--lower-case", description = "Lower-case texts before anything else.")
  private boolean lowerCase;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Take the first N words only, as a rule the most frequent ones.")
  private Integer limit;

  @Option(
      names = "--skip-damaged",
      description = "Leave out words that cannot be used, instead of refusing the file.")
  private boolean skipDamaged;

  @Option(
      names = "--idf",
      paramLabel = "FILE",
      description = "Weight each word by how few of the lines of this file have it.")
  private Path idf;

  @Option(
      names = "--trained",
      description = "Let training change the vectors, which otherwise stay as they are.")
  private boolean trained;

  @Override
  public Integer call() throws IOException {
    ImportProgress said = (model, step) -> spec.commandLine().getErr().println(model + ": " + step);
    try (WordVectors read = read()) {
      report(read);
      WordVocabulary vocabulary =
          WordVocabulary.of(read.words())
              .withKind(tokenizer.kind)
              .withStopWords(stopWords())
              .withLowerCase(lowerCase);
      ModelBuilder builder = ModelBuilder.wordEmbeddings(read, vocabulary, trained);
      if (idf != null) {
        DocumentFrequencies frequencies = count(idf);
        builder.wordWeights(frequencies.inverse(), frequencies.inverseOfUnknown());
      }
      builder.pooling(PoolingMode.MEAN);
      boolean folder = name.contains("/") || name.contains("\\");
      models.show(
          folder
              ? builder.save(Path.of(name))
              : ModelRepository.ofUser()
                  .create(name, "words:" + vectors.getFileName(), builder::writeTo, said));
    }
    return 0;
  }

  private WordVectors read() {
    WordVectorOptions options = WordVectorOptions.DEFAULT;
    if (limit != null) {
      if (limit < 1) {
        throw new ParameterException(spec.commandLine(), "--limit: must be at least 1");
      }
      options = options.withLimit(limit);
    }
    if (skipDamaged) {
      options = options.withDamaged(WordVectorOptions.Damaged.SKIP);
    }
    try (ProgressBar bar = Progress.bar("read", BAR_STEPS)) {
      return WordVectors.read(
          vectors,
          options.withProgress((words, share) -> bar.stepTo(Math.round(share * BAR_STEPS))));
    }
  }

  private void report(WordVectors read) {
    WordVectors.Source source = read.source();
    StringBuilder line = new StringBuilder();
    line.append(
        "%s: %s%s, %d words of %d dimensions"
            .formatted(
                vectors,
                source.format(),
                source.gzip() ? ", gzip" : "",
                read.words().size() - 1,
                read.dimension()));
    if (source.limited()) {
      line.append("; the file has more");
    }
    if (source.skipped() > 0) {
      line.append(
          "; %d left out, the first: %s"
              .formatted(source.skipped(), source.firstProblem().orElseThrow()));
    }
    spec.commandLine().getErr().println(line);
  }

  private Set<String> stopWords() {
    if (stopWords == null) {
      return Set.of();
    }
    return stopWords.equals(ENGLISH) ? StopWords.ofEnglish() : StopWords.read(Path.of(stopWords));
  }

  private static DocumentFrequencies count(Path corpus) throws IOException {
    try (Stream<String> lines = Files.lines(corpus)) {
      return DocumentFrequencies.count(lines);
    } catch (NoSuchFileException e) {
      throw new CheckpointException("there is no file " + corpus, e);
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof MalformedInputException) {
        throw new CheckpointException(corpus + " is not UTF-8", e);
      }
      throw e;
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(corpus + " is empty", e);
    }
  }
}
