package io.sentencestreams.model.tokenization;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.TransformerConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes a {@code tokenizer.json} of the files that tokenizers had before there was one: a list of
 * words for WordPiece, a list and merges for byte-level BPE, a SentencePiece model for Unigram.
 */
final class SlowTokenizers {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path directory;
  private final TransformerConfig config;
  private final JsonNode settings;

  private SlowTokenizers(Path directory, TransformerConfig config) {
    this.directory = directory;
    this.config = config;
    Path file = directory.resolve("tokenizer_config.json");
    this.settings = Files.isRegularFile(file) ? json(file) : JSON.createObjectNode();
  }

  /**
   * Converts what is in a folder.
   *
   * @throws CheckpointException if its files are damaged, or the family's tokenizer is not
   *     supported
   */
  static byte[] convert(Path directory, TransformerConfig config) {
    SlowTokenizers tokenizers = new SlowTokenizers(directory, config);
    ObjectNode tokenizer =
        switch (config.modelType()) {
          case "bert", "distilbert", "electra", "mpnet" -> tokenizers.wordPiece();
          case "roberta" -> tokenizers.byteLevel();
          case "xlm-roberta", "camembert" -> tokenizers.fairseqPieces();
          case "albert", "xlnet" -> tokenizers.pieces();
          default ->
              throw new CheckpointException(
                  "%s has no tokenizer.json, and the older tokenizer of %s is not supported"
                      .formatted(directory, config.modelType()));
        };
    return tokenizer.toString().getBytes(StandardCharsets.UTF_8);
  }

  private ObjectNode wordPiece() {
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    // A line end within a word is none: lines end with \n only, as Python reads the file.
    for (String line : text("vocab.txt").split("\n", -1)) {
      vocabulary.put(
          line.endsWith("\r") ? line.substring(0, line.length() - 1) : line, vocabulary.size());
    }
    vocabulary.remove("", vocabulary.size() - 1); // behind the last line end
    boolean mpnet = config.modelType().equals("mpnet");
    String begin = mpnet ? "<s>" : "[CLS]";
    String end = mpnet ? "</s>" : "[SEP]";
    ObjectNode model =
        JSON.createObjectNode()
            .put("type", "WordPiece")
            .put("unk_token", "[UNK]")
            .put("continuing_subword_prefix", "##")
            .put("max_input_chars_per_word", 100);
    model.set("vocab", JSON.valueToTree(vocabulary));
    ObjectNode normalizer =
        JSON.createObjectNode()
            .put("type", "BertNormalizer")
            .put("clean_text", true)
            .put("handle_chinese_chars", settings.path("tokenize_chinese_chars").asBoolean(true));
    normalizer.set(
        "strip_accents",
        settings.path("strip_accents").isBoolean() ? settings.path("strip_accents") : null);
    normalizer.put("lowercase", settings.path("do_lower_case").asBoolean(true));
    List<String> special =
        mpnet
            ? List.of("<s>", "<pad>", "</s>", "[UNK]", "<mask>")
            : List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");
    return tokenizer(
        model,
        normalizer,
        JSON.createObjectNode().put("type", "BertPreTokenizer"),
        template(vocabulary, List.of(begin), List.of(end), mpnet),
        special(vocabulary, special));
  }

  private ObjectNode byteLevel() {
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    json(directory.resolve("vocab.json"))
        .properties()
        .forEach(entry -> vocabulary.put(entry.getKey(), entry.getValue().asInt()));
    ObjectNode model =
        JSON.createObjectNode()
            .put("type", "BPE")
            .put("continuing_subword_prefix", "")
            .put("end_of_word_suffix", "")
            .put("fuse_unk", false);
    model.set("vocab", JSON.valueToTree(vocabulary));
    ArrayNode merges = model.putArray("merges");
    for (String line : text("merges.txt").split("\n", -1)) {
      String merge = line.strip();
      if (!merge.isEmpty() && !merge.startsWith("#version")) {
        merges.add(merge);
      }
    }
    boolean prefix = settings.path("add_prefix_space").asBoolean(false);
    return tokenizer(
        model,
        null,
        JSON.createObjectNode()
            .put("type", "ByteLevel")
            .put("add_prefix_space", prefix)
            .put("trim_offsets", true)
            .put("use_regex", true),
        template(vocabulary, List.of("<s>"), List.of("</s>"), true),
        special(vocabulary, List.of("<s>", "<pad>", "</s>", "<unk>", "<mask>")));
  }

  /** Models of fairseq have their own first ids, and so other ids than their SentencePiece file. */
  private ObjectNode fairseqPieces() {
    SentencePieceModel file = SentencePieceModel.read(directory.resolve("sentencepiece.bpe.model"));
    boolean camembert = config.modelType().equals("camembert");
    List<SentencePieceModel.Piece> pieces = new ArrayList<>();
    List<String> first =
        camembert
            ? List.of("<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>")
            : List.of("<s>", "<pad>", "</s>", "<unk>");
    first.forEach(text -> pieces.add(new SentencePieceModel.Piece(text, 0)));
    if (camembert) {
      pieces.add(new SentencePieceModel.Piece("<unk>NOTUSED", -100));
    }
    pieces.addAll(file.pieces().subList(camembert ? 1 : 3, file.pieces().size()));
    pieces.add(new SentencePieceModel.Piece("<mask>", 0));
    Map<String, Integer> vocabulary = ids(pieces);
    return tokenizer(
        unigram(pieces, 3),
        normalizer(List.of(), file),
        metaspace(),
        template(vocabulary, List.of("<s>"), List.of("</s>"), true),
        special(vocabulary, List.of("<s>", "<pad>", "</s>", "<unk>", "<mask>")));
  }

  private ObjectNode pieces() {
    boolean xlnet = config.modelType().equals("xlnet");
    SentencePieceModel file = SentencePieceModel.read(directory.resolve("spiece.model"));
    List<SentencePieceModel.Piece> pieces = new ArrayList<>();
    for (SentencePieceModel.Piece piece : file.pieces()) {
      // Both families cut a comma off the number before it.
      boolean number = piece.text().matches("(?s).*\\p{Nd},");
      pieces.add(new SentencePieceModel.Piece(piece.text(), piece.score() - (number ? 100 : 0)));
    }
    Map<String, Integer> vocabulary = ids(pieces);
    List<ObjectNode> before = new ArrayList<>();
    before.add(replace("String", "``", "\""));
    before.add(replace("String", "''", "\""));
    if (!settings.path("keep_accents").asBoolean(false)) {
      before.add(JSON.createObjectNode().put("type", "NFKD"));
      before.add(JSON.createObjectNode().put("type", "StripAccents"));
    }
    if (settings.path("do_lower_case").asBoolean(!xlnet)) {
      before.add(JSON.createObjectNode().put("type", "Lowercase"));
    }
    List<String> special =
        xlnet
            ? List.of("<unk>", "<s>", "</s>", "<cls>", "<sep>", "<pad>", "<mask>")
            : List.of("<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]");
    return tokenizer(
        unigram(pieces, vocabulary.getOrDefault("<unk>", 0)),
        normalizer(before, file),
        metaspace(),
        xlnet
            ? template(vocabulary, List.of(), List.of("<sep>", "<cls>"), false)
            : template(vocabulary, List.of("[CLS]"), List.of("[SEP]"), false),
        special(vocabulary, special));
  }

  private static ObjectNode unigram(List<SentencePieceModel.Piece> pieces, int unknown) {
    ObjectNode model = JSON.createObjectNode().put("type", "Unigram").put("unk_id", unknown);
    ArrayNode list = model.putArray("vocab");
    pieces.forEach(piece -> list.addArray().add(piece.text()).add(piece.score()));
    return model.put("byte_fallback", false);
  }

  private static Map<String, Integer> ids(List<SentencePieceModel.Piece> pieces) {
    Map<String, Integer> ids = new LinkedHashMap<>();
    pieces.forEach(piece -> ids.putIfAbsent(piece.text(), ids.size()));
    return ids;
  }

  private static ObjectNode normalizer(List<ObjectNode> before, SentencePieceModel file) {
    ObjectNode sequence = JSON.createObjectNode().put("type", "Sequence");
    ArrayNode list = sequence.putArray("normalizers");
    before.forEach(list::add);
    if (!file.characterMap().isEmpty()) {
      list.addObject()
          .put("type", "Precompiled")
          .put(
              "precompiled_charsmap",
              Base64.getEncoder().encodeToString(file.characterMap().toByteArray()));
    }
    list.add(replace("Regex", " {2,}", " "));
    return sequence;
  }

  private static ObjectNode replace(String kind, String pattern, String content) {
    ObjectNode node = JSON.createObjectNode().put("type", "Replace");
    node.putObject("pattern").put(kind, pattern);
    return node.put("content", content);
  }

  /** White space at the ends is gone before words get their mark. */
  private static ObjectNode metaspace() {
    ObjectNode sequence = JSON.createObjectNode().put("type", "Sequence");
    ArrayNode list = sequence.putArray("pretokenizers");
    list.addObject().put("type", "WhitespaceSplit");
    list.addObject()
        .put("type", "Metaspace")
        .put("replacement", "\u2581")
        .put("prepend_scheme", "always")
        .put("split", true);
    return sequence;
  }

  /**
   * Where special tokens go.
   *
   * @param twice RoBERTa's pairs have two separators, and their tokens one type
   */
  private ObjectNode template(
      Map<String, Integer> vocabulary, List<String> before, List<String> after, boolean twice) {
    ObjectNode node = JSON.createObjectNode().put("type", "TemplateProcessing");
    ArrayNode single = node.putArray("single");
    before.forEach(text -> addSpecial(single, text, 0));
    addSequence(single, "A", 0);
    after.forEach(text -> addSpecial(single, text, 0));
    ArrayNode pair = node.putArray("pair");
    int second = twice ? 0 : 1;
    before.forEach(text -> addSpecial(pair, text, 0));
    addSequence(pair, "A", 0);
    for (int i = 0; i < (twice ? 2 : 1); i++) {
      addSpecial(pair, after.get(0), 0);
    }
    addSequence(pair, "B", second);
    after.forEach(text -> addSpecial(pair, text, second));
    ObjectNode tokens = node.putObject("special_tokens");
    for (List<String> side : List.of(before, after)) {
      for (String text : side) {
        ObjectNode token = tokens.putObject(text).put("id", text);
        token.putArray("ids").add(id(vocabulary, text));
        token.putArray("tokens").add(text);
      }
    }
    return node;
  }

  private static void addSequence(ArrayNode list, String id, int type) {
    list.addObject().putObject("Sequence").put("id", id).put("type_id", type);
  }

  private static void addSpecial(ArrayNode list, String text, int type) {
    list.addObject().putObject("SpecialToken").put("id", text).put("type_id", type);
  }

  private int id(Map<String, Integer> vocabulary, String token) {
    return Optional.ofNullable(vocabulary.get(token))
        .orElseThrow(
            () ->
                new CheckpointException(
                    "%s: the vocabulary lacks the token %s".formatted(directory, token)));
  }

  private ArrayNode special(Map<String, Integer> vocabulary, List<String> tokens) {
    // The space before a mask belongs to it, but for byte-level BPE.
    boolean maskTakesSpace = !config.modelType().equals("roberta");
    ArrayNode list = JSON.createArrayNode();
    for (String text : tokens) {
      if (vocabulary.containsKey(text)) {
        list.addObject()
            .put("id", vocabulary.get(text))
            .put("content", text)
            .put("single_word", false)
            .put("lstrip", maskTakesSpace && text.equals("<mask>"))
            .put("rstrip", false)
            .put("normalized", false)
            .put("special", true);
      }
    }
    return list;
  }

  private static ObjectNode tokenizer(
      ObjectNode model,
      ObjectNode normalizer,
      ObjectNode preTokenizer,
      ObjectNode postProcessor,
      ArrayNode addedTokens) {
    ObjectNode root = JSON.createObjectNode().put("version", "1.0");
    root.putNull("truncation").putNull("padding");
    root.set("added_tokens", addedTokens);
    root.set("normalizer", normalizer);
    root.set("pre_tokenizer", preTokenizer);
    root.set("post_processor", postProcessor);
    root.putNull("decoder");
    root.set("model", model);
    return root;
  }

  private String text(String name) {
    Path file = directory.resolve(name);
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new CheckpointException("cannot read %s: %s".formatted(file, e), e);
    }
  }

  private static JsonNode json(Path file) {
    try {
      return JSON.readTree(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new CheckpointException("%s is not valid JSON: %s".formatted(file, e.getMessage()), e);
    }
  }
}
