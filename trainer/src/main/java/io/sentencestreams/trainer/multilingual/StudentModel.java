package io.sentencestreams.trainer.multilingual;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.CheckpointWriter;
import io.sentencestreams.model.checkpoint.Tensor;
import io.sentencestreams.model.internal.FileTrees;
import io.sentencestreams.model.tokenization.TextTokenizer;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.model.training.TrainableOptions;
import io.sentencestreams.trainer.data.TrainingData;
import io.sentencestreams.trainer.data.TrainingExample;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A student for a further language: the teacher, with tokens of that language in its vocabulary.
 *
 * <p>Tokens are learned from the translations. The embedding of a new one begins as the mean of
 * those of the teacher's tokens that stand for it in the parallel sentences, weighted by how likely
 * they do (IBM Model 1), or, where that is not known, of those that it is made of. All else is the
 * teacher's, so that the student gives texts of the teacher's language their embeddings before it
 * has learned anything, as far as no new token is in them.
 */
public final class StudentModel {
  /** Below, a translation is chance. */
  private static final double LEAST_PROBABILITY = 0.05;

  /** Sentence pairs that the alignment is estimated from; more hardly change it. */
  private static final int ALIGNED = 200_000;

  private static final String WORD_EMBEDDINGS = "embeddings.word_embeddings.weight";
  private static final int LONGEST = 256;

  private final ObjectMapper mapper = new ObjectMapper();
  private final Checkpoint teacher;
  private final TrainingData parallel;

  private StudentModel(Checkpoint teacher, TrainingData parallel) {
    this.teacher = teacher;
    this.parallel = parallel;
  }

  /**
   * What was made.
   *
   * @param tokens that are new
   * @param translated how many of them began as what they are translated by
   */
  public record Result(List<String> tokens, int translated) {
    /** Copies the tokens. */
    public Result {
      tokens = List.copyOf(tokens);
    }
  }

  /**
   * Makes a student and saves it.
   *
   * @param parallel texts in a language of the teacher's, and after them, in each example, their
   *     translations
   * @param tokens the most new tokens
   * @param target a folder that is not there yet, or is empty
   * @throws IllegalArgumentException if the teacher's tokenizer is not WordPiece
   * @throws CheckpointException if the target cannot be written or has files
   */
  public static Result create(Checkpoint teacher, TrainingData parallel, int tokens, Path target) {
    try {
      return new StudentModel(teacher, parallel).write(tokens, target);
    } catch (IOException e) {
      throw new CheckpointException("cannot write the student %s: %s".formatted(target, e), e);
    }
  }

  private Result write(int most, Path target) throws IOException {
    if (Files.exists(target) && (!Files.isDirectory(target) || !isEmpty(target))) {
      throw new CheckpointException(target + " has files; choose another folder");
    }
    ObjectNode tokenizer = (ObjectNode) read(teacher.tokenizerFile());
    if (!tokenizer.at("/model/type").asText().equals("WordPiece")
        || !tokenizer.at("/normalizer/type").asText().equals("BertNormalizer")) {
      throw new IllegalArgumentException(
          "%s has a tokenizer of type %s; a student can be made of one with WordPiece and BERT's normalizer"
              .formatted(teacher.name(), tokenizer.at("/model/type")));
    }
    ObjectNode vocabulary = (ObjectNode) tokenizer.at("/model/vocab");
    Map<String, Integer> known = new LinkedHashMap<>();
    vocabulary.properties().forEach(entry -> known.put(entry.getKey(), entry.getValue().asInt()));
    int first = known.values().stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
    boolean lowerCase = tokenizer.at("/normalizer/lowercase").asBoolean();
    List<String> learned = WordPieces.learn(translations(), known.keySet(), lowerCase, most);
    for (int i = 0; i < learned.size(); i++) {
      vocabulary.put(learned.get(i), first + i);
    }
    // Accents tell words apart in other languages.
    ((ObjectNode) tokenizer.at("/normalizer")).put("strip_accents", false);

    Path to = target.toAbsolutePath().normalize();
    Path staging = to.resolveSibling(".%s.%s.tmp".formatted(to.getFileName(), UUID.randomUUID()));
    try (TrainableEncoder encoder = TrainableEncoder.load(teacher, TrainableOptions.DEFAULT)) {
      Path file = Files.createTempFile("student-tokenizer", ".json");
      try {
        mapper.writeValue(file.toFile(), tokenizer);
        Embeddings embeddings = embeddings(encoder, file, first, learned);
        CheckpointWriter.write(
            teacher, staging, Map.of(WORD_EMBEDDINGS, embeddings.all()), Map.of());
        configure(staging, tokenizer, first, learned);
        FileTrees.force(staging);
        if (Files.exists(to)) {
          Files.delete(to);
        }
        Files.move(staging, to, StandardCopyOption.ATOMIC_MOVE);
        return new Result(learned, embeddings.translated());
      } finally {
        Files.deleteIfExists(file);
        FileTrees.delete(staging);
      }
    }
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.findAny().isEmpty();
    }
  }

  private JsonNode read(Path file) throws IOException {
    return mapper.readTree(Files.readAllBytes(file));
  }

  private List<String> translations() {
    return parallel.examples().stream()
        .flatMap(example -> example.texts().stream().skip(1))
        .toList();
  }

  /**
   * The word embeddings of the student.
   *
   * @param translated new tokens that began as what they are translated by
   */
  private record Embeddings(Tensor all, int translated) {}

  private Embeddings embeddings(
      TrainableEncoder encoder, Path studentTokenizer, int first, List<String> learned) {
    NDArray old = encoder.parameters().get(WORD_EMBEDDINGS);
    int dimension = (int) old.getShape().get(1);
    float[] values = Arrays.copyOf(old.toFloatArray(), (first + learned.size()) * dimension);
    int translated = 0;
    try (TextTokenizer theirs = TextTokenizer.open(teacher.tokenizerFile(), LONGEST, false);
        TextTokenizer ours = TextTokenizer.open(studentTokenizer, LONGEST, false)) {
      WordAlignment alignment = align(theirs, ours);
      for (int i = 0; i < learned.size(); i++) {
        Map<Integer, Double> parts = alignment.translations(first + i, LEAST_PROBABILITY);
        if (parts.isEmpty()) {
          parts = pieces(theirs, learned.get(i));
        } else {
          translated++;
        }
        mix(values, first + i, parts, dimension);
      }
    }
    return new Embeddings(Tensor.of(values, first + learned.size(), dimension), translated);
  }

  private WordAlignment align(TextTokenizer theirs, TextTokenizer ours) {
    List<String> sources = new ArrayList<>();
    List<String> targets = new ArrayList<>();
    for (TrainingExample example : parallel.examples()) {
      for (int i = 1; i < example.texts().size() && sources.size() < ALIGNED; i++) {
        sources.add(example.texts().get(0));
        targets.add(example.texts().get(i));
      }
    }
    return WordAlignment.of(ids(ours, targets), ids(theirs, sources));
  }

  private static List<int[]> ids(TextTokenizer tokenizer, List<String> texts) {
    return tokenizer.tokenize(texts).stream().map(StudentModel::withoutEnds).toList();
  }

  private static int[] withoutEnds(TokenizedText text) {
    return Arrays.copyOfRange(text.ids(), 1, text.length() - 1);
  }

  /** What the teacher reads in place of a token, each part with the same weight. */
  private static Map<Integer, Double> pieces(TextTokenizer theirs, String token) {
    String word = token.startsWith(WordPieces.PREFIX) ? token.substring(2) : token;
    Map<Integer, Double> parts = new LinkedHashMap<>();
    for (int id : withoutEnds(theirs.tokenize(List.of(word)).get(0))) {
      parts.merge(id, 1.0, Double::sum);
    }
    return parts;
  }

  private static void mix(float[] values, int row, Map<Integer, Double> parts, int dimension) {
    double sum = parts.values().stream().mapToDouble(Double::doubleValue).sum();
    parts.forEach(
        (part, weight) -> {
          for (int d = 0; d < dimension; d++) {
            values[row * dimension + d] += (float) (weight / sum * values[part * dimension + d]);
          }
        });
  }

  /** Brings the files that describe the tokenizer and the vocabulary up to date. */
  private void configure(Path student, ObjectNode tokenizer, int first, List<String> learned)
      throws IOException {
    Path transformer =
        student.resolve(
            teacher
                .directory()
                .relativize(Objects.requireNonNull(teacher.tokenizerFile().getParent()))
                .toString());
    mapper.writeValue(transformer.resolve("tokenizer.json").toFile(), tokenizer);
    Path config = transformer.resolve("config.json");
    ObjectNode described = (ObjectNode) read(config);
    mapper.writeValue(config.toFile(), described.put("vocab_size", first + learned.size()));
    Path options = transformer.resolve("tokenizer_config.json");
    if (Files.exists(options)) {
      mapper.writeValue(options.toFile(), ((ObjectNode) read(options)).put("strip_accents", false));
    }
    Path words = transformer.resolve("vocab.txt");
    if (Files.exists(words)) {
      List<String> lines = new ArrayList<>(Files.readAllLines(words, StandardCharsets.UTF_8));
      lines.addAll(learned);
      Files.write(words, lines, StandardCharsets.UTF_8);
    }
  }
}
