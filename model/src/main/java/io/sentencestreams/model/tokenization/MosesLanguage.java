package io.sentencestreams.model.tokenization;

import java.util.List;
import java.util.regex.Pattern;

/**
 * A language of Moses' rules: which words have a full stop that does not end a sentence, and how an
 * apostrophe parts a word. Single letters and what has a full stop within it are not listed: rules
 * see to them.
 */
enum MosesLanguage {
  ENGLISH(
      "[A-Z]",
      List.of(
          "Mr Mrs Ms MR MRS MS MM Messrs Mlle Mme Msgr Dr Drs DR Prof Ph Rev rev Hon Sr St Bart",
          "Adm Brig Capt Cmdr Col Comdr Cpl Ens Gen Lt Maj Pfc Pvt Sfc Sgt Surg",
          "Asst Con Gov Insp Ord Rep Reps Res Sen Sens Supt",
          "Jan Feb Mar Apr Jun Jul Aug Sep Oct Nov Dec",
          "Adj Adv Bldg Bros Corp Hosp Hr Nos Nr Op Rs Rt v vs"),
      List.of("No Art pp")),

  FRENCH(
      "[A-Zb-z]",
      List.of(
          "ann apr auj av ca env",
          "art boul cf chap contr dir \u00E9d etc ex fasc fig hab ibid id inf lib pl pp",
          "sec sect sq sqq suiv sup suppl vol vs",
          "al f\u00E9m fr masc ms sing vb MM SS t\u00E9l"),
      List.of());

  private final Pattern prefixes;
  private final Pattern beforeNumbers;

  MosesLanguage(String letters, List<String> prefixes, List<String> beforeNumbers) {
    this.prefixes = Pattern.compile(letters + "|" + anyOf(prefixes));
    this.beforeNumbers = Pattern.compile(anyOf(beforeNumbers));
  }

  private static String anyOf(List<String> lines) {
    return String.join(" ", lines).replace(' ', '|');
  }

  /** Whether a full stop behind a word belongs to it. */
  boolean keepsFullStop(String word) {
    return prefixes.matcher(word).matches();
  }

  /** Whether a full stop behind a word belongs to it where a number follows. */
  boolean keepsFullStopBeforeNumber(String word) {
    return beforeNumbers.matcher(word).matches();
  }
}
