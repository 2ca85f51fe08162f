  # Linear layers of oneDNN with the activation or the residual fused, on weights that it packed.
  def half_support(self: __torch__.Kernel) -> List[bool]:
    return [ops.mkldnn._is_mkldnn_bf16_supported(), ops.mkldnn._is_mkldnn_fp16_supported()]
  def reorder(self: __torch__.Kernel, t: Tensor) -> Tensor:
    return ops.mkldnn._reorder_linear_weight(t)
  def linear(self: __torch__.Kernel, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return ops.mkldnn._linear_pointwise(x, w, b, "none", [], "")
  def linear_add(self: __torch__.Kernel, x: Tensor, residual: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return ops.mkldnn._linear_pointwise(x, residual, w, b, "add")
  def linear_activation(self: __torch__.Kernel, x: Tensor, w: Tensor, b: Tensor, activation: str) -> Tensor:
    if activation == "relu":
      r = ops.mkldnn._linear_pointwise(x, w, b, "relu", [], "")
    elif activation == "gelu_tanh":
      r = ops.mkldnn._linear_pointwise(x, w, b, "gelu", [], "tanh")
    else:
      r = ops.mkldnn._linear_pointwise(x, w, b, "gelu", [], "none")
    return r
