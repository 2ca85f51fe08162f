package io.sentencestreams.trainer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.internal.Torch;
import io.sentencestreams.model.training.TrainableEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where a trained model comes from: what it was, what it learned from, and how. */
final class Provenance {
  /** What a run must have in common with the one that it goes on with. */
  private static final List<String> BINDING =
      List.of("base_model", "objectives", "validation", "settings", "arithmetic");

  private Provenance() {}

  static ObjectNode describe(
      ObjectMapper mapper,
      TrainableEncoder encoder,
      List<Objective> objectives,
      Optional<Validation> validation,
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
          .put("batch_size", objective.batchSize())
          .put("mini_batch", objective.loss().miniBatch());
    }
    ObjectNode chosen = root.putObject("validation");
    validation.ifPresent(by -> chosen.put("name", by.name()).put("sha256", by.digest()));
    root.set("settings", settings(mapper, settings));
    root.putObject("arithmetic")
        .put("layers", encoder.bf16() ? "bf16" : "fp32")
        .put("device", encoder.device())
        .put("threads", encoder.threads())
        .put("max_sequence_length", encoder.maxSequenceLength());
    String version = Provenance.class.getPackage().getImplementationVersion();
    root.putObject("versions")
        .put("sentence_streams", version == null ? "not packaged" : version)
        .put("libtorch", Torch.version())
        .put("java", Runtime.version().toString());
    return root;
  }

  /** How a run differs from an earlier one that it cannot go on with, such as in its data. */
  static List<String> differences(JsonNode then, JsonNode now) {
    List<String> found = new ArrayList<>();
    BINDING.forEach(part -> compare(part, then.path(part), now.path(part), found));
    return found;
  }

  private static void compare(String path, JsonNode then, JsonNode now, List<String> found) {
    if (then.isArray() && now.isArray() && then.size() == now.size()) {
      for (int i = 0; i < now.size(); i++) {
        compare("%s[%d]".formatted(path, i), then.path(i), now.path(i), found);
      }
    } else if (then.isObject() && now.isObject()) {
      ObjectNode all = ((ObjectNode) now).deepCopy().setAll((ObjectNode) then);
      for (Map.Entry<String, JsonNode> entry : all.properties()) {
        String name = entry.getKey();
        compare(path + "." + name, then.path(name), now.path(name), found);
      }
    } else if (!then.toString().equals(now.toString())) {
      // As text: a number that was read back has another node than one that was put.
      found.add("%s was %s and is %s now".formatted(path, shown(then), shown(now)));
    }
  }

  private static String shown(JsonNode node) {
    return node.isMissingNode() ? "not there" : node.toString();
  }

  private static ObjectNode settings(ObjectMapper mapper, TrainingSettings settings) {
    ObjectNode node =
        mapper
            .createObjectNode()
            .put("epochs", settings.epochs())
            .put("mixing", settings.mixing().name())
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
