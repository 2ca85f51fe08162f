package io.sentencestreams.model.repository;

import io.sentencestreams.model.checkpoint.Manifest;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model on the hub.
 *
 * @param id its organization, a slash and its name; old models have a name only
 * @param revision a branch, a tag or a commit; empty for the newest
 */
record HubId(String id, Optional<String> revision) {
  static final String NEWEST = "main";

  private static final String WORD = "[A-Za-z0-9_][A-Za-z0-9._-]*";
  private static final Pattern FORM =
      Pattern.compile(
          "(?<id>" + WORD + "/" + WORD + ")(@(?<revision>[A-Za-z0-9][A-Za-z0-9._/-]*))?");
  private static final Pattern SHORT =
      Pattern.compile("(?<name>" + WORD + ")(@(?<revision>[A-Za-z0-9][A-Za-z0-9._/-]*))?");

  private static final String ORGANIZATION = "sentence-transformers";

  /** Models that Sentence Transformers had in 2020, which are in its organization now. */
  private static final List<String> OF_2020 =
      List.of(
          "LaBSE",
          "allenai-specter",
          "average_word_embeddings_glove.6B.300d",
          "average_word_embeddings_glove.840B.300d",
          "average_word_embeddings_komninos",
          "average_word_embeddings_levy_dependency",
          "bert-base-nli-cls-token",
          "bert-base-nli-max-tokens",
          "bert-base-nli-mean-tokens",
          "bert-base-nli-stsb-mean-tokens",
          "bert-base-wikipedia-sections-mean-tokens",
          "bert-large-nli-cls-token",
          "bert-large-nli-max-tokens",
          "bert-large-nli-mean-tokens",
          "bert-large-nli-stsb-mean-tokens",
          "distilbert-base-nli-max-tokens",
          "distilbert-base-nli-mean-tokens",
          "distilbert-base-nli-stsb-mean-tokens",
          "distilbert-base-nli-stsb-quora-ranking",
          "distilbert-multilingual-nli-stsb-quora-ranking",
          "distilroberta-base-msmarco-v1",
          "distilroberta-base-msmarco-v2",
          "distilroberta-base-paraphrase-v1",
          "distiluse-base-multilingual-cased",
          "distiluse-base-multilingual-cased-v1",
          "distiluse-base-multilingual-cased-v2",
          "msmarco-distilbert-base-v2",
          "msmarco-distilroberta-base-v2",
          "msmarco-roberta-base-v2",
          "nli-bert-base",
          "nli-bert-large",
          "nq-distilbert-base-v1",
          "paraphrase-distilroberta-base-v1",
          "paraphrase-xlm-r-multilingual-v1",
          "quora-distilbert-base",
          "quora-distilbert-multilingual",
          "roberta-base-nli-mean-tokens",
          "roberta-base-nli-stsb-mean-tokens",
          "roberta-large-nli-mean-tokens",
          "roberta-large-nli-stsb-mean-tokens",
          "stsb-bert-base",
          "stsb-bert-large",
          "stsb-distilbert-base",
          "stsb-roberta-base",
          "stsb-roberta-large",
          "stsb-xlm-r-multilingual",
          "xlm-r-100langs-bert-base-nli-mean-tokens",
          "xlm-r-100langs-bert-base-nli-stsb-mean-tokens",
          "xlm-r-base-en-ko-nli-ststb",
          "xlm-r-bert-base-nli-mean-tokens",
          "xlm-r-bert-base-nli-stsb-mean-tokens",
          "xlm-r-distilroberta-base-paraphrase-v1",
          "xlm-r-large-en-ko-nli-ststb");

  /** Transformers of no organization, as the examples of 2020 name them. */
  private static final List<String> TRANSFORMERS =
      List.of(
          "albert-base-v1",
          "albert-base-v2",
          "albert-large-v2",
          "bert-base-cased",
          "bert-base-german-cased",
          "bert-base-multilingual-cased",
          "bert-base-multilingual-uncased",
          "bert-base-uncased",
          "bert-large-cased",
          "bert-large-uncased",
          "camembert-base",
          "distilbert-base-cased",
          "distilbert-base-multilingual-cased",
          "distilbert-base-uncased",
          "distilroberta-base",
          "roberta-base",
          "roberta-large",
          "xlm-mlm-en-2048",
          "xlm-roberta-base",
          "xlm-roberta-large",
          "xlnet-base-cased",
          "xlnet-large-cased");

  /** The model that a text names, if it has the form of one, or is a short name of old. */
  static Optional<HubId> parse(String text) {
    Matcher whole = FORM.matcher(text);
    if (whole.matches() && !text.contains("..")) {
      return Optional.of(
          new HubId(whole.group("id"), Optional.ofNullable(whole.group("revision"))));
    }
    Matcher brief = SHORT.matcher(text);
    if (brief.matches()) {
      Optional<String> revision = Optional.ofNullable(brief.group("revision"));
      String name = brief.group("name");
      if (OF_2020.contains(name)) {
        return Optional.of(new HubId(ORGANIZATION + "/" + name, revision));
      }
      if (TRANSFORMERS.contains(name)) {
        return Optional.of(new HubId(name, revision));
      }
    }
    return Optional.empty();
  }

  /** Where the revision is not said, the newest. */
  String revisionOrNewest() {
    return revision.orElse(NEWEST);
  }

  /** Its name in a repository on this machine, where one is a folder; no two have the same. */
  String localName() {
    // The name of a revision has no two dots after each other.
    return id.replace("/", "--") + revision.map(name -> "--" + name.replace("/", "..")).orElse("");
  }

  /** Its folder in the Python library's cache. */
  String cacheFolder() {
    return "models--" + id.replace("/", "--");
  }

  /** Whether a model in a repository came from here, by what its manifest says. */
  boolean isSource(String source) {
    return source.startsWith(Manifest.HUB + id + "@");
  }

  /** What the manifest of a model says that came from here. */
  String source(String commit) {
    return Manifest.HUB + id + "@" + commit;
  }

  @Override
  public String toString() {
    return id + revision.map(name -> "@" + name).orElse("");
  }
}
