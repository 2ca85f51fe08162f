  # Stands for onednn.py where libtorch was built without oneDNN; the fused path is not offered there.
  def half_support(self: __torch__.Kernel) -> List[bool]:
    return annotate(List[bool], [])
  def reorder(self: __torch__.Kernel, t: Tensor) -> Tensor:
    return t
  def linear(self: __torch__.Kernel, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return torch.linear(x, w, b)
  def linear_add(self: __torch__.Kernel, x: Tensor, residual: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return torch.add_(torch.linear(x, w, b), residual)
  def linear_activation(self: __torch__.Kernel, x: Tensor, w: Tensor, b: Tensor, activation: str) -> Tensor:
    return torch.gelu(torch.linear(x, w, b))
