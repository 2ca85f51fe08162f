package io.sentencestreams.trainer;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.internal.Torch;
import io.sentencestreams.model.training.TrainableEncoder;
import java.util.List;

/** Where a trained model comes from: what it was, what it learned from, and how. */
final class Provenance {
  private Provenance() {}

  static ObjectNode describe(
      ObjectMapper mapper,
      TrainableEncoder encoder,
      List<Objective> objectives,
      TrainingSettings settings) {
    ObjectNode root = mapper.createObjectNode();
    root.putObject("base_model")
        .put("name", encoder.checkpoint().name())
        .put("digest", encoder.checkpoint().digest());
    ArrayNode data = root.putArray("objectives");
    for (Objective objective : objectives) {
      data.addObject()
          .put("name", objective.name())
          .put("data", objective.data().name())
          .put("examples", objective.data().examples().size())
          .put("sha256", objective.data().digest())
          .put("loss", objective.loss().name())
          .put("sampling", objective.sampling().name())
          .put("batch_size", objective.batchSize());
    }
    root.set("settings", settings(mapper, settings));
    root.putObject("arithmetic")
        .put("layers", encoder.bf16() ? "bf16" : "fp32")
        .put("threads", encoder.threads());
    String version = Provenance.class.getPackage().getImplementationVersion();
    root.putObject("versions")
        .put("sentence_streams", version == null ? "not packaged" : version)
        .put("libtorch", Torch.version())
        .put("java", Runtime.version().toString());
    return root;
  }

  private static ObjectNode settings(ObjectMapper mapper, TrainingSettings settings) {
    ObjectNode node =
        mapper
            .createObjectNode()
            .put("epochs", settings.epochs())
            .put("learning_rate", settings.learningRate())
            .put("schedule", settings.schedule().name())
            .put("warmup", settings.warmup())
            .put("weight_decay", settings.weightDecay())
            .put("max_gradient_norm", settings.maxGradientNorm())
            .put("accumulation", settings.accumulation())
            .put("dropout", settings.dropout())
            .put("seed", settings.seed())
            .put("evaluation_steps", settings.evaluationSteps())
            .put("patience", settings.patience())
            .put("checkpoint_steps", settings.checkpointSteps());
    ArrayNode frozen = node.putArray("frozen");
    settings.frozen().forEach(frozen::add);
    return node;
  }
}
