  # Linear layers in int8 by oneDNN, for processors that multiply bytes (VNNI, AMX). Weights of 8 bits, a scale for each
  # output. The output projection stays as it is: it is small, and quantizing its input costs more than it saves; so does
  # attention, in bf16 where the processor has it. LayerNorm is in fp32, and so is the residual.
  # pack: weights of prepare and the ranges as scales and zero points -> embeddings, then per layer qkv, output, LayerNorm,
  #   up, down, LayerNorm, a quantized layer as its weight, scales, zero points and bias; scales and zero points.
  def quantize_weight(self: __torch__.Kernel, kept: List[Tensor], w: Tensor, b: Tensor) -> int:
    step = torch.clamp_min(torch.div(torch.amax(torch.abs(w), [1]), 127.), 1e-12)
    q = torch.to(torch.clamp(torch.round(torch.div(w, torch.unsqueeze(step, 1))), -127, 127), 1)
    _0 = torch.append(kept, ops.onednn.qlinear_prepack(q, None))
    _1 = torch.append(kept, step)
    _2 = torch.append(kept, torch.zeros([torch.size(w, 0)], dtype=3))
    _3 = torch.append(kept, b)
    return torch.len(kept)
  def pack(self: __torch__.Kernel, w: List[Tensor], layers: int, scales: List[float], zeros: List[int]) -> Tuple[List[Tensor], List[float], List[int]]:
    if (self).half_support()[0]:
      dtype = 15
    else:
      dtype = 6
    kept = annotate(List[Tensor], [])
    for k in range(4):
      _0 = torch.append(kept, w[k])
    for i in range(layers):
      j = 4 + i * 12
      _1 = (self).quantize_weight(kept, w[j], w[j + 1])
      _2 = torch.append(kept, (self).reorder(torch.to(w[j + 2], dtype)))
      for k in range(3):
        if k == 0:
          _3 = torch.append(kept, torch.to(w[j + 3], dtype))
        else:
          _4 = torch.append(kept, w[j + 3 + k])
      _5 = (self).quantize_weight(kept, w[j + 6], w[j + 7])
      _6 = (self).quantize_weight(kept, w[j + 8], w[j + 9])
      _7 = torch.append(kept, w[j + 10])
      _8 = torch.append(kept, w[j + 11])
    return (kept, scales, zeros)
  def bytes_of(self: __torch__.Kernel, x: Tensor, scale: float, zero: int) -> Tensor:
    return torch.int_repr(torch.quantize_per_tensor(x, scale, zero, 13))
  def forward_int8(self: __torch__.Kernel, q: Tuple[List[Tensor], List[float], List[int]], layout: Tensor, tokens: int, batch: int, groups: List[int], shared: bool, heads: int, layers: int, eps: float, activation: str, dtype: int, fused: bool, firstPosition: int, modes: List[int], normalize: bool) -> Tensor:
    w, s, z, = q
    H = torch.size(w[0], 1)
    half = ops.prim.dtype(w[9])
    a, gathers, masks, scatters, = (self).read(layout, w[0], tokens, batch, groups, shared, half)
    x = (self).embed(w, a, tokens, eps, firstPosition)
    if activation == "relu":
      unary = "relu"
      algorithm = ""
    elif activation == "gelu_tanh":
      unary = "gelu"
      algorithm = "tanh"
    else:
      unary = "gelu"
      algorithm = "none"
    for i in range(layers):
      k = i * 4
      j = 4 + i * 18
      xq = (self).bytes_of(x, s[k], z[k])
      qkv = ops.onednn.qlinear_pointwise(xq, s[k], z[k], w[j], w[j + 1], w[j + 2], w[j + 3], 1., 0, half, "none", [], "")
      c = (self).attention(qkv, groups, shared, gathers, masks, scatters, heads)
      o = torch.add(x, (self).linear(c, w[j + 4], w[j + 5]))
      y = torch.layer_norm(o, [H], w[j + 6], w[j + 7], eps)
      yq = (self).bytes_of(y, s[k + 2], z[k + 2])
      f = ops.onednn.qlinear_pointwise(yq, s[k + 2], z[k + 2], w[j + 8], w[j + 9], w[j + 10], w[j + 11], s[k + 3], z[k + 3], 0, unary, [], algorithm)
      d = ops.onednn.qlinear_pointwise(f, s[k + 3], z[k + 3], w[j + 12], w[j + 13], w[j + 14], y, w[j + 15], 1., 0, 6, 1., 0, "add", 1., "none", [], "")
      x = torch.layer_norm(d, [H], w[j + 16], w[j + 17], eps)
    return (self).finish(x, a, tokens, batch, modes, normalize)
