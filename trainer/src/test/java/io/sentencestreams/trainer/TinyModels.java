package io.sentencestreams.trainer;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.model.training.TrainableOptions;
import io.sentencestreams.trainer.data.TrainingData;
import io.sentencestreams.trainer.data.TrainingExample;
import java.nio.file.Path;
import java.util.List;

/** The tiny random models of module model's golden files, and data for them. */
public final class TinyModels {
  static final TrainingData SCORED =
      new TrainingData(
          "scored",
          List.of(
              TrainingExample.labelled(0.9, "the cat sits", "a cat sits on the mat"),
              TrainingExample.labelled(0.1, "two red dogs", "kafka streams of text"),
              TrainingExample.labelled(0.4, "the stream is fast", "the topic is slow"),
              TrainingExample.labelled(0.6, "a dog", "two dogs, three cats"),
              TrainingExample.labelled(0.8, "kafka topic", "topic of kafka"),
              TrainingExample.labelled(0.0, "blue mat", "fast stream"),
              TrainingExample.labelled(0.5, "three cats", "three dogs"),
              TrainingExample.labelled(0.2, "text is embedded", "the mat is red"),
              TrainingExample.labelled(1.0, "slow cat", "a slow cat"),
              TrainingExample.labelled(0.3, "red text", "blue text")));

  static final TrainingData CLASSES =
      new TrainingData(
          "classes",
          List.of(
              TrainingExample.labelled(0, "the cat sits", "a cat sits"),
              TrainingExample.labelled(1, "two dogs", "kafka streams"),
              TrainingExample.labelled(2, "the stream", "the topic is slow"),
              TrainingExample.labelled(0, "a dog", "the dog"),
              TrainingExample.labelled(1, "red mat", "fast text"),
              TrainingExample.labelled(2, "a cat", "three cats"),
              TrainingExample.labelled(1, "blue", "slow")));

  private TinyModels() {}

  /** The folder of one. */
  public static Path folder(String name) {
    return Path.of(
        System.getProperty("sentencestreams.root"), "model/src/test/resources/golden", name);
  }

  static TrainableEncoder load() {
    return load(1);
  }

  static TrainableEncoder load(int threads) {
    return TrainableEncoder.load(
        Checkpoint.open(folder("mean")), TrainableOptions.DEFAULT.withThreads(threads));
  }
}
