package io.sentencestreams.model.checkpoint;

/** What the output of a linear layer goes through; the names are PyTorch's. */
public enum Activation {
  IDENTITY("torch.nn.modules.linear.Identity"),
  TANH("torch.nn.modules.activation.Tanh"),
  RELU("torch.nn.modules.activation.ReLU"),
  GELU("torch.nn.modules.activation.GELU"),
  SIGMOID("torch.nn.modules.activation.Sigmoid"),
  SILU("torch.nn.modules.activation.SiLU"),
  LEAKY_RELU("torch.nn.modules.activation.LeakyReLU"),
  ELU("torch.nn.modules.activation.ELU"),
  SELU("torch.nn.modules.activation.SELU"),
  RELU6("torch.nn.modules.activation.ReLU6"),
  SOFTPLUS("torch.nn.modules.activation.Softplus"),
  SOFTSIGN("torch.nn.modules.activation.Softsign"),
  HARDTANH("torch.nn.modules.activation.Hardtanh"),
  MISH("torch.nn.modules.activation.Mish");

  private final String className;

  Activation(String className) {
    this.className = className;
  }

  /** PyTorch's class, as configuration files name it. */
  public String className() {
    return className;
  }
}
