package io.sentencestreams.app.cli;

import io.sentencestreams.model.EncodeOptions;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
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
    EncoderOptions options;
    try {
      options = EncoderOptions.DEFAULT.withPrecision(Precision.parse(precision));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command, "--precision: " + e.getMessage(), e);
    }
    return SentenceEncoder.load(
        ModelRepository.ofUser().resolve(model, new ImportBars(command.getErr()::println)),
        options);
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
