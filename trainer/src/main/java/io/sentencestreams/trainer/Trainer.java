package io.sentencestreams.trainer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.checkpoint.CheckpointWriter;
import io.sentencestreams.model.training.Dropout;
import io.sentencestreams.model.training.NamedArrays;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.trainer.RunState.Cursor;
import io.sentencestreams.trainer.TrainingReport.Evaluation;
import io.sentencestreams.trainer.data.TrainingExample;
import io.sentencestreams.trainer.optimization.AdamW;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Trains an encoder on one objective or several, mixed as the settings say.
 *
 * <p>Writes into its folder: {@code model}, the best model by the validation or, without one, the
 * last, with its provenance in {@code training.json}; {@code checkpoints}, from which a run that
 * was killed goes on as if it had not been; and {@code report.json} and {@code report.html}. With
 * one seed and number of threads, on one machine, a run gives the same weights, bit for bit.
 *
 * <p>Borrows the encoder and the losses. For one thread; the engine differentiates for one at a
 * time in a process.
 */
public final class Trainer {
  private static final int SHOWN_EXAMPLES = 8;

  private final ObjectMapper mapper = new ObjectMapper();
  private final TrainableEncoder encoder;
  private final List<Objective> objectives;
  private final Optional<Validation> validation;
  private final TrainingSettings settings;
  private final RunFolder folder;
  private final ObjectNode provenance;
  private final Turns turns;

  /** Batches of the epoch that each objective is in. */
  private final Map<Integer, List<int[]>> batches = new HashMap<>();

  private RunState state;
  private AdamW optimizer;
  private long samples;
  private long nanos;

  /**
   * A run.
   *
   * @param objectives at least one, with different names
   * @param validation decides which model is the best, when to stop early; it does not train
   * @param output the run's folder
   * @throws IllegalArgumentException if the objectives share a name, the model has no parameter, a
   *     loss is for another kind of model, or no parameter has a name that is to be frozen
   */
  public Trainer(
      TrainableEncoder encoder,
      List<Objective> objectives,
      Optional<Validation> validation,
      TrainingSettings settings,
      Path output) {
    this.encoder = encoder;
    this.objectives = List.copyOf(objectives);
    this.validation = validation;
    this.settings = settings;
    this.folder = new RunFolder(output);
    if (objectives.stream().map(Objective::name).distinct().count() != objectives.size()
        || objectives.isEmpty()) {
      throw new IllegalArgumentException("objectives are needed, each with a name of its own");
    }
    if (encoder.parameters().isEmpty()) {
      throw new IllegalArgumentException(
          "%s has nothing that learns: its word embeddings stay as they are, and no module behind them has weights; let training change them, or add a Dense"
              .formatted(encoder.checkpoint().directory()));
    }
    requireFittingLosses();
    freeze();
    long[] steps = new long[objectives.size()];
    for (int i = 0; i < objectives.size(); i++) {
      long count = batches(i, 0).size();
      steps[i] = (count + settings.accumulation() - 1) / settings.accumulation();
    }
    this.turns = new Turns(settings.mixing(), steps, settings.seed());
    this.provenance = Provenance.describe(mapper, encoder, objectives, validation, settings);
  }

  private void requireFittingLosses() {
    boolean pairs = encoder.checkpoint().scoring().isPresent();
    for (Objective objective : objectives) {
      if (objective.loss().scoresPairs() != pairs) {
        throw new IllegalArgumentException(
            "%s: %s is for %s, but %s is %s"
                .formatted(
                    objective.name(),
                    objective.loss().name(),
                    pairs ? "sentence encoders" : "cross-encoders",
                    encoder.checkpoint().directory(),
                    pairs ? "a cross-encoder" : "a sentence encoder"));
      }
    }
  }

  private void freeze() {
    for (String prefix : settings.frozen()) {
      if (encoder.parameters().keySet().stream().noneMatch(name -> isBelow(name, prefix))) {
        throw new IllegalArgumentException(
            "no parameter's name is or begins with the parts '%s', so it cannot be frozen; names are like %s"
                .formatted(prefix, encoder.parameters().keySet().stream().limit(6).toList()));
      }
    }
    encoder
        .parameters()
        .forEach(
            (name, array) ->
                array.setRequiresGradient(
                    settings.frozen().stream().noneMatch(prefix -> isBelow(name, prefix))));
  }

  /** By whole parts of the name: encoder.layer.1 is not the beginning of encoder.layer.10. */
  private static boolean isBelow(String name, String prefix) {
    return name.equals(prefix) || name.startsWith(prefix.endsWith(".") ? prefix : prefix + ".");
  }

  /** Steps of the whole run. */
  public long totalSteps() {
    return turns.stepsPerEpoch() * settings.epochs();
  }

  /**
   * Trains from the start.
   *
   * @throws TrainingException if the folder has an earlier run, or is in the folder of the model
   *     that is trained; if a loss or a gradient is not finite, or a file cannot be written
   */
  public TrainingReport run(TrainingListener listener) {
    folder.requireNew();
    return train(listener, Optional.empty());
  }

  /**
   * Checks, before a trainer is made, that {@link #run} may begin in a folder.
   *
   * @param base folder of the model that is trained
   * @throws TrainingException as {@link #run} for what is in the folder
   */
  public static void requireNew(Path output, Path base) {
    requireApart(output, base);
    new RunFolder(output).requireNew();
  }

  /**
   * Checks, before a trainer is made, that a run would not write over the model that it begins
   * with.
   *
   * @throws TrainingException if it would
   */
  public static void requireApart(Path output, Path base) {
    new RunFolder(output).prepare(base);
  }

  /**
   * Trains from the start in a folder that may have an earlier run. Its checkpoints and its report
   * go first, its model when there is a new one.
   *
   * @throws TrainingException as {@link #run}, but for the earlier run
   */
  public TrainingReport overwrite(TrainingListener listener) {
    folder.prepare(encoder.checkpoint().directory());
    folder.clear();
    return train(listener, Optional.empty());
  }

  /**
   * Goes on from the newest checkpoint, or from the start if there is none, to the result that an
   * undisturbed run has.
   *
   * @throws TrainingException as {@link #run}, and if the checkpoint is of other data, settings or
   *     another model, or there is a finished run and no checkpoint
   */
  public TrainingReport resume(TrainingListener listener) {
    Optional<Path> last = folder.lastCheckpoint();
    if (last.isEmpty() && folder.isFinished()) {
      throw new TrainingException(
          "%s has a finished run and no checkpoint to go on from; overwrite it, or choose another output folder"
              .formatted(folder.root()));
    }
    return train(listener, last);
  }

  /**
   * Whether {@link #resume} would go on or begin, and not refuse what is there.
   *
   * @throws TrainingException if the newest checkpoint cannot be read
   */
  public boolean canResume() {
    return folder
        .lastCheckpoint()
        .map(last -> differences(folder.readState(last)).isEmpty())
        .orElseGet(() -> !folder.isFinished());
  }

  private List<String> differences(JsonNode checkpoint) {
    return Provenance.differences(checkpoint.path("provenance"), provenance);
  }

  private TrainingReport train(TrainingListener listener, Optional<Path> checkpoint) {
    // Now, and not at the end of an epoch.
    folder.prepare(encoder.checkpoint().directory());
    CheckpointWriter.prepare(encoder.checkpoint(), folder.model());
    Map<String, NDArray> parameters = new LinkedHashMap<>(encoder.parameters());
    for (Objective objective : objectives) {
      // Sorted: in a map without an order it differs from process to process, and sums follow it.
      new TreeMap<>(objective.loss().parameters())
          .forEach((name, array) -> parameters.put(objective.name() + "." + name, array));
    }
    try (NDManager memory = encoder.newManager();
        AdamW adamw = new AdamW(memory, parameters, settings.weightDecay(), encoder.threads())) {
      optimizer = adamw;
      state = new RunState(objectives.size());
      checkpoint.ifPresent(from -> restore(from, parameters));
      return loop(listener, parameters);
    }
  }

  private TrainingReport loop(TrainingListener listener, Map<String, NDArray> parameters) {
    long total = totalSteps();
    boolean stop = isOutOfPatience();
    while (state.step < total && !stop) {
      double rate =
          settings.learningRate()
              * settings
                  .schedule()
                  .factor(state.step, (long) Math.ceil(settings.warmup() * total), total);
      long start = System.nanoTime();
      double sum = 0;
      int[] chosen = turns.of(state.step);
      for (int i : chosen) {
        sum += step(i, rate);
      }
      nanos += System.nanoTime() - start;
      state.step++;
      state.losses.add(sum / chosen.length);
      listener.stepped(state.step, total, sum / chosen.length);
      long interval =
          settings.evaluationSteps() > 0 ? settings.evaluationSteps() : turns.stepsPerEpoch();
      if (validation.isPresent() && (state.step % interval == 0 || state.step == total)) {
        evaluate(validation.get(), listener);
        stop = isOutOfPatience();
      }
      if (settings.checkpointSteps() > 0 && state.step % settings.checkpointSteps() == 0) {
        writeCheckpoint(parameters);
      }
    }
    return finish(stop);
  }

  private boolean isOutOfPatience() {
    return settings.patience() > 0 && state.evaluationsSinceBest >= settings.patience();
  }

  /** One step on one objective; its loss. */
  private double step(int index, double rate) {
    Objective objective = objectives.get(index);
    double sum = 0;
    int parts = batchesOfStep(index);
    for (int part = 0; part < parts; part++) {
      int[] indices = nextBatch(index);
      List<TrainingExample> batch =
          Arrays.stream(indices).mapToObj(objective.data().examples()::get).toList();
      float[][] labels = objective.labels(batch);
      try {
        objective.loss().checkLabels(labels);
      } catch (IllegalArgumentException e) {
        throw new TrainingException(place(objective, indices) + ": " + e.getMessage(), e);
      }
      Dropout dropout = Dropout.NONE;
      if (settings.dropout()) {
        long seed = Seeds.mix(Seeds.mix(settings.seed(), state.step), index * 1000L + part);
        dropout = Dropout.of(encoder.checkpoint(), seed);
      }
      double loss =
          new TrainingStep(encoder, objective.loss(), 1.0 / parts, dropout).run(batch, labels);
      requireFinite("loss", loss, objective, indices, batch);
      sum += loss;
      samples += batch.size();
      if (part == parts - 1) {
        double norm = optimizer.step(names(objective), rate, settings.maxGradientNorm());
        requireFinite("norm of the gradients", norm, objective, indices, batch);
      }
    }
    return sum / parts;
  }

  /** The last step of an epoch has what is left of it, as in the reference. */
  private int batchesOfStep(int index) {
    Cursor cursor = state.cursors.get(index);
    int left = batches(index, cursor.epoch()).size() - cursor.batch();
    return left > 0 ? Math.min(settings.accumulation(), left) : settings.accumulation();
  }

  private List<String> names(Objective objective) {
    List<String> names = new ArrayList<>();
    for (String name : optimizer.names()) {
      boolean own =
          name.startsWith(objective.name() + ".")
              && objective
                  .loss()
                  .parameters()
                  .containsKey(name.substring(objective.name().length() + 1));
      if (own || encoder.parameters().containsKey(name)) {
        names.add(name);
      }
    }
    return names;
  }

  private void requireFinite(
      String what, double value, Objective objective, int[] indices, List<TrainingExample> batch) {
    if (!Double.isFinite(value)) {
      throw new TrainingException(
          "%s: the %s is %s; the first text is \"%s\". %s; a lower learning rate or other data may help"
              .formatted(
                  place(objective, indices), what, value, batch.get(0).texts().get(0), lastGood()));
    }
  }

  private String lastGood() {
    return folder
        .lastCheckpoint()
        .map(last -> "The last good checkpoint is " + last)
        .orElse("There is no checkpoint yet");
  }

  private String place(Objective objective, int[] indices) {
    String shown =
        Arrays.toString(Arrays.copyOf(indices, Math.min(indices.length, SHOWN_EXAMPLES)));
    return "step %d, %s, batch of %d examples (of %s: %s%s)"
        .formatted(
            state.step + 1,
            objective.name(),
            indices.length,
            objective.data().name(),
            shown,
            indices.length > SHOWN_EXAMPLES ? " ..." : "");
  }

  private int[] nextBatch(int index) {
    Cursor cursor = state.cursors.get(index);
    List<int[]> epoch = batches(index, cursor.epoch());
    if (cursor.batch() >= epoch.size()) {
      cursor = new Cursor(cursor.epoch() + 1, 0);
      batches.remove(index);
      epoch = batches(index, cursor.epoch());
    }
    state.cursors.set(index, new Cursor(cursor.epoch(), cursor.batch() + 1));
    return epoch.get(cursor.batch());
  }

  private List<int[]> batches(int index, int epoch) {
    return batches.computeIfAbsent(
        index,
        any -> {
          Objective objective = objectives.get(index);
          return objective
              .sampling()
              .batches(
                  objective.data(),
                  objective.batchSize(),
                  Seeds.mix(settings.seed(), index),
                  epoch);
        });
  }

  private void evaluate(Validation chosen, TrainingListener listener) {
    double score = chosen.score().applyAsDouble(encoder);
    if (!Double.isFinite(score)) {
      throw new TrainingException(
          "step %d: %s is %s, so no model can be chosen by it; the embeddings may have collapsed: lower the learning rate. %s"
              .formatted(state.step, chosen.name(), score, lastGood()));
    }
    boolean best = state.bestScore().isEmpty() || score > state.bestScore().getAsDouble();
    state.evaluations.add(new Evaluation(state.step, score));
    state.evaluationsSinceBest = best ? 0 : state.evaluationsSinceBest + 1;
    if (best) {
      saveModel();
    }
    listener.evaluated(state.step, score, best);
  }

  private void saveModel() {
    ObjectNode described = provenance.deepCopy().put("step", state.step);
    state.bestScore().ifPresent(score -> described.put("score", score));
    encoder.save(folder.model(), Map.of("training.json", folder.bytes(described)));
  }

  private TrainingReport finish(boolean stoppedEarly) {
    if (validation.isEmpty()) {
      saveModel();
    }
    double seconds = nanos / 1e9;
    TrainingReport report =
        new TrainingReport(
            state.step,
            state.losses,
            state.evaluations,
            seconds > 0 ? samples / seconds : 0,
            stoppedEarly);
    ObjectNode json = report.toJson(mapper);
    json.set("provenance", provenance);
    folder.writeReport(json, new ReportPage(report, provenance).html());
    return report;
  }

  private Map<String, NDArray> arrays(Map<String, NDArray> parameters) {
    Map<String, NDArray> arrays = new LinkedHashMap<>(parameters);
    arrays.putAll(optimizer.moments());
    return arrays;
  }

  private void writeCheckpoint(Map<String, NDArray> parameters) {
    ObjectNode json = state.toJson(mapper);
    json.set("provenance", provenance);
    json.set("optimizer_steps", mapper.valueToTree(optimizer.steps()));
    folder.writeCheckpoint(state.step, json, file -> NamedArrays.write(file, arrays(parameters)));
  }

  private void restore(Path checkpoint, Map<String, NDArray> parameters) {
    JsonNode json = folder.readState(checkpoint);
    List<String> differences = differences(json);
    if (!differences.isEmpty()) {
      throw new TrainingException(
          "%s cannot be resumed: %s".formatted(checkpoint, String.join("; ", differences)));
    }
    state = RunState.of(json);
    batches.clear();
    NamedArrays.restore(RunFolder.arrays(checkpoint), arrays(parameters));
    Map<String, Long> steps = new HashMap<>();
    json.path("optimizer_steps")
        .properties()
        .forEach(entry -> steps.put(entry.getKey(), entry.getValue().asLong()));
    optimizer.restoreSteps(steps);
  }
}
