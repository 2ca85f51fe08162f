  # Linear layers in int8 by FBGEMM, for processors without VNNI. Weights of 7 bits, a scale for each output: 7, because
  # such processors add two products in 16 bits, and 255 * 63 * 2 is the most that fits.
  # pack: weights of prepare and the ranges as scales and zero points -> embeddings and LayerNorms, packed linear layers,
  #   scales, zero points.
  def pack(self: __torch__.Kernel, w: List[Tensor], layers: int, scales: List[float], zeros: List[int]) -> Tuple[List[Tensor], List[__torch__.torch.classes.quantized.LinearPackedParamsBase], List[float], List[int]]:
    kept = annotate(List[Tensor], [])
    packed = annotate(List[__torch__.torch.classes.quantized.LinearPackedParamsBase], [])
    for k in range(4):
      _0 = torch.append(kept, w[k])
    for i in range(layers):
      for k in range(4):
        j = 4 + i * 12 + [0, 2, 6, 8][k]
        step = torch.clamp_min(torch.div(torch.to(torch.amax(torch.abs(w[j]), [1]), 7), 63.), 1e-12)
        zero = torch.zeros([torch.size(w[j], 0)], dtype=4)
        q = torch.quantize_per_channel(w[j], step, zero, 0, 12)
        _1 = torch.append(packed, ops.quantized.linear_prepack(q, w[j + 1]))
      for k in range(4):
        _2 = torch.append(kept, w[4 + i * 12 + [4, 5, 10, 11][k]])
    return (kept, packed, scales, zeros)
  def forward_int8(self: __torch__.Kernel, q: Tuple[List[Tensor], List[__torch__.torch.classes.quantized.LinearPackedParamsBase], List[float], List[int]], layout: Tensor, tokens: int, batch: int, groups: List[int], shared: bool, heads: int, layers: int, eps: float, activation: str, dtype: int, fused: bool, firstPosition: int, modes: List[int], normalize: bool) -> Tensor:
    w, p, s, z, = q
    H = torch.size(w[0], 1)
    a, gathers, masks, scatters, = (self).read(layout, w[0], tokens, batch, groups, shared, 6)
    x = (self).embed(w, a, tokens, eps, firstPosition)
    for i in range(layers):
      k = i * 4
      j = 4 + i * 4
      qkv = ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(x, s[k], z[k], p[k])
      c = (self).attention(qkv, groups, shared, gathers, masks, scatters, heads)
      o = ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(c, s[k + 1], z[k + 1], p[k + 1])
      y = torch.layer_norm(torch.add_(o, x), [H], w[j], w[j + 1], eps)
      u = ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(y, s[k + 2], z[k + 2], p[k + 2])
      f = (self).activate(u, activation)
      d = ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(f, s[k + 3], z[k + 3], p[k + 3])
      x = torch.layer_norm(torch.add_(d, y), [H], w[j + 2], w[j + 3], eps)
    return (self).finish(x, a, tokens, batch, modes, normalize)
