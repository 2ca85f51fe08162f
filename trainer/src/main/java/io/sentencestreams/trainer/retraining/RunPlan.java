package io.sentencestreams.trainer.retraining;

import io.sentencestreams.schemas.labels.Label;
import io.sentencestreams.schemas.labels.LabelKind;
import io.sentencestreams.schemas.releases.TrainingRunRecord;
import io.sentencestreams.trainer.data.TrainingData;
import io.sentencestreams.trainer.data.TrainingExample;
import io.sentencestreams.trainer.retraining.LabelMemory.Known;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a run trains on and is judged by. It follows from the labels, not from the order in which
 * they came, so that a run that is done again is done alike.
 */
final class RunPlan {
  /** A task's part, both sides in the order of their keys. */
  record Part(LabelTask task, List<Label> trained, List<Label> heldOut, int fresh, int replayed) {
    /** Examples of a form, such as triplets, that are trained on with one loss. */
    List<TrainingData> data() {
      return Examples.of(task, trained);
    }
  }

  private final List<Part> parts = new ArrayList<>();

  /**
   * Plans a run.
   *
   * @param salt chooses what is replayed, such as the version of the model that is trained
   */
  RunPlan(List<LabelTask> tasks, LabelMemory memory, RetrainConfig config, String salt) {
    for (LabelTask task : tasks) {
      TreeMap<String, Label> trained = new TreeMap<>();
      TreeMap<String, Label> heldOut = new TreeMap<>();
      split(task, memory.fresh(), config.heldOutShare(), trained, heldOut);
      int fresh = trained.size();
      TreeMap<String, Label> old = new TreeMap<>();
      split(task, memory.replayable(), config.heldOutShare(), old, heldOut);
      // By command there may be no new label at all: then all old ones are trained on again.
      double most = memory.fresh().isEmpty() ? old.size() : Math.ceil(config.replayRatio() * fresh);
      List<String> chosen =
          old.keySet().stream()
              .sorted(Comparator.comparing(key -> LabelIdentity.shuffled(salt, key)))
              .limit((long) Math.min(most, old.size()))
              .toList();
      chosen.forEach(key -> trained.put(key, old.get(key)));
      parts.add(
          new Part(
              task,
              List.copyOf(trained.values()),
              List.copyOf(heldOut.values()),
              fresh,
              chosen.size()));
    }
  }

  private static void split(
      LabelTask task,
      Map<String, Known> labels,
      double share,
      Map<String, Label> trained,
      Map<String, Label> heldOut) {
    labels.forEach(
        (key, known) -> {
          if (known.task().equals(task.name())) {
            boolean judges = LabelIdentity.isHeldOut(known.label(), share);
            (judges ? heldOut : trained).put(key, known.label());
          }
        });
  }

  List<Part> parts() {
    return parts;
  }

  /** Labels to judge by. */
  int heldOut() {
    return parts.stream().mapToInt(part -> part.heldOut().size()).sum();
  }

  /** Data sets to train on, by the names of their objectives. */
  Map<String, TrainingData> data() {
    Map<String, TrainingData> data = new TreeMap<>();
    parts.forEach(part -> part.data().forEach(set -> data.put(set.name(), set)));
    return data;
  }

  /** What each task gave, for the run's record. */
  List<TrainingRunRecord.Task> accounts(LabelMemory memory) {
    return parts.stream()
        .map(
            part -> {
              String name = part.task().name();
              LabelMemory.Counts counts = memory.counts(name);
              long fresh =
                  memory.fresh().values().stream().filter(k -> k.task().equals(name)).count();
              return new TrainingRunRecord.Task(
                  name,
                  (int) fresh,
                  counts.repeated(),
                  counts.contradicted(),
                  counts.invalid(),
                  part.replayed(),
                  part.trained().size(),
                  part.heldOut().size(),
                  digest(part.task(), part.trained()).orElse(null),
                  digest(part.task(), part.heldOut()).orElse(null));
            })
        .toList();
  }

  private static Optional<String> digest(LabelTask task, List<Label> labels) {
    if (labels.isEmpty()) {
      return Optional.empty();
    }
    List<TrainingExample> examples = new ArrayList<>();
    for (Label label : labels) {
      List<String> texts = new ArrayList<>(label.texts());
      texts.add(LabelIdentity.statement(label));
      // A triplet's third text would look like a pair's statement.
      texts.add(Integer.toString(label.texts().size()));
      while (task.kind() == LabelKind.POSITIVES && texts.size() < 5) {
        texts.add("");
      }
      examples.add(new TrainingExample(texts, new float[0]));
    }
    return Optional.of(new TrainingData(task.name(), examples).digest());
  }
}
