package io.sentencestreams.app.cli;

import io.sentencestreams.model.CrossEncoder;
import io.sentencestreams.model.EncodeOptions;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.repository.ModelRepository;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Which model encodes, and how. */
final class ModelOptions {
  @Option(
      names = "--model",
      defaultValue = ModelRepository.DEFAULT_MODEL,
      paramLabel = "M",
      description =
          "A name of models list, the folder or zip archive of a checkpoint, the address of an archive, or a model of the Hugging Face hub (organization/name, @revision if wanted); default: ${DEFAULT-VALUE}.")
  private String model;

  @Option(
      names = "--precision",
      defaultValue = "auto",
      paramLabel = "P",
      description =
          "fp32, bf16, fp16, int8 (x86 processors, less exact) or auto, the fastest here but for"
              + " int8; default: ${DEFAULT-VALUE}.")
  private String precision;

  @Option(
      names = "--batch-tokens",
      paramLabel = "N",
      description = "Most tokens in one batch; default: 4096.")
  private Integer batchTokens;

  /** Loads the model, importing it at its first use; the caller closes it. */
  SentenceEncoder load(CommandLine command) {
    return SentenceEncoder.load(resolve(model, command), options(command));
  }

  /**
   * Loads a cross-encoder that gives a score, in the same precision, but for int8; the caller
   * closes it.
   */
  CrossEncoder loadRanker(String name, CommandLine command) {
    EncoderOptions options = options(command);
    CrossEncoder ranker =
        CrossEncoder.load(
            resolve(name, command),
            options.precision() == Precision.INT8
                ? options.withPrecision(Precision.AUTO)
                : options);
    if (ranker.labels().size() != 1) {
      ranker.close();
      throw new CommandException(
          "%s gives classes (%s), and no score to rank by"
              .formatted(name, String.join(", ", ranker.labels())));
    }
    return ranker;
  }

  /** Loads the model as a cross-encoder; the caller closes it. */
  CrossEncoder loadCrossEncoder(CommandLine command) {
    EncoderOptions options = options(command);
    if (options.precision() == Precision.INT8) {
      throw new ParameterException(command, "--precision: int8 is for sentence encoders");
    }
    return CrossEncoder.load(resolve(model, command), options);
  }

  private static Checkpoint resolve(String name, CommandLine command) {
    return ModelRepository.ofUser().resolve(name, new ImportBars(command.getErr()::println));
  }

  private EncoderOptions options(CommandLine command) {
    try {
      return EncoderOptions.DEFAULT.withPrecision(Precision.parse(precision));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command, "--precision: " + e.getMessage(), e);
    }
  }

  EncodeOptions encodeOptions(CommandLine command) {
    if (batchTokens == null) {
      return EncodeOptions.DEFAULT;
    }
    try {
      return EncodeOptions.DEFAULT.withBatchTokens(batchTokens);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command, "--batch-tokens: " + e.getMessage(), e);
    }
  }
}
