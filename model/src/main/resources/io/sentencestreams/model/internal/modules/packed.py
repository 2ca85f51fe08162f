# What the kernels of the modules share. A batch is packed: one row for each token, one sequence after the other,
# no padding; PackedBatch writes the layout. A list of tensors stands for one that may be absent.
#
# ints of a transformer: tokens, sequences, heads, type code, whether linear layers are fused, whether the weights are
# parameters to be trained, seed of dropout, whether the states of all layers are wanted, number of the architecture's
# own numbers, these, and the groups of the layout. floats: epsilon, dropout of states, dropout of attention weights.
# Weights for inference are copies: what they are made of may be the file itself, mapped, which is closed.
# Type codes are those of ATen: 4 int64, 6 float.
  def numbers(self: __torch__.Kernel, t: Tensor) -> List[int]:
    r = annotate(List[int], [])
    for i in range(torch.size(t, 0)):
      _0 = torch.append(r, annotate(int, torch.item(torch.select(t, 0, i))))
    return r
  def number(self: __torch__.Kernel, t: Tensor, i: int) -> float:
    return annotate(float, torch.item(torch.select(t, 0, i)))
  # Drawn on the CPU: TorchScript makes no generator for another device.
  def drop(self: __torch__.Kernel, x: Tensor, p: float, random: Generator) -> Tensor:
    if p > 0.:
      drawn = torch.bernoulli(torch.empty(torch.size(x), dtype=ops.prim.dtype(x)), 1. - p, generator=random)
      kept = torch.to(drawn, ops.prim.device(x), ops.prim.dtype(x))
      r = torch.mul(x, torch.div(kept, 1. - p))
    else:
      r = x
    return r
  def activate(self: __torch__.Kernel, u: Tensor, kind: int) -> Tensor:
    if kind == 2:
      f = torch.relu(u)
    elif kind == 1:
      f = torch.gelu(u, approximate="tanh")
    else:
      f = torch.gelu(u, approximate="none")
    return f
  def up(self: __torch__.Kernel, x: Tensor, w: Tensor, b: Tensor, kind: int, fused: bool) -> Tensor:
    if fused:
      r = (self).linear_activation(x, w, b, ["gelu", "gelu_tanh", "relu"][kind])
    else:
      r = (self).activate(torch.linear(x, w, b), kind)
    return r
  def project(self: __torch__.Kernel, x: Tensor, w: Tensor, b: Tensor, fused: bool) -> Tensor:
    if fused:
      r = (self).linear(x, w, b)
    else:
      r = torch.linear(x, w, b)
    return r
  def down(self: __torch__.Kernel, x: Tensor, residual: Tensor, w: Tensor, b: Tensor, fused: bool, p: float, random: Generator) -> Tensor:
    if fused:
      r = (self).linear_add(x, residual, w, b)
    else:
      r = torch.add((self).drop(torch.linear(x, w, b), p, random), residual)
    return r
  def matrix(self: __torch__.Kernel, t: Tensor, device: Device, dtype: int, fused: bool, copy: bool) -> Tensor:
    c = torch.contiguous(torch.to(t, device, dtype, False, copy))
    if fused:
      m = (self).reorder(c)
    else:
      m = c
    return m
  def lengths(self: __torch__.Kernel, layout: Tensor, tokens: int, batch: int) -> Tensor:
    return torch.slice(layout, 0, 2 * tokens, 2 * tokens + batch)
  # Whether a place of a padded group is real, and where the rows of a ragged group come from and go to.
  def masks(self: __torch__.Kernel, a: Tensor, tokens: int, batch: int, groups: List[int]) -> Tuple[List[Tensor], List[Tensor], List[Tensor]]:
    lengths = (self).lengths(a, tokens, batch)
    gathers = annotate(List[Tensor], [])
    masks = annotate(List[Tensor], [])
    scatters = annotate(List[Tensor], [])
    at = 2 * tokens + batch
    row = 0
    for g in range(torch.floordiv(torch.len(groups), 4)):
      n = groups[g * 4]
      L = groups[g * 4 + 1]
      real = groups[g * 4 + 3]
      if real != n * L:
        _0 = torch.append(gathers, torch.sub(torch.slice(a, 0, at, at + n * L), groups[g * 4 + 2]))
        at = at + n * L
        _1 = torch.append(scatters, torch.slice(a, 0, at, at + real))
        at = at + real
        columns = torch.arange(L, dtype=4, device=ops.prim.device(a))
        lens = torch.unsqueeze(torch.slice(lengths, 0, row, row + n), 1)
        _2 = torch.append(masks, torch.unsqueeze(torch.unsqueeze(torch.lt(torch.unsqueeze(columns, 0), lens), 1), 1))
      row = row + n
    return (gathers, masks, scatters)
  def parts(self: __torch__.Kernel, x: Tensor, groups: List[int]) -> List[Tensor]:
    sizes = annotate(List[int], [])
    for g in range(torch.floordiv(torch.len(groups), 4)):
      _0 = torch.append(sizes, groups[g * 4 + 3])
    return torch.split_with_sizes(x, sizes)
  # queries, keys, values [sequences, heads, length, size]; bias is added to the scores after they were scaled.
  # The fused operator's backward pass is no faster, and in bf16 takes twice as long.
  def attend(self: __torch__.Kernel, q: Tensor, k: Tensor, v: Tensor, mask: List[Tensor], bias: List[Tensor], training: bool, p: float, random: Generator) -> Tensor:
    if training:
      scores = torch.div(torch.matmul(q, torch.transpose(k, 2, 3)), torch.sqrt(torch.size(q, 3)))
      if torch.len(bias) == 1:
        biased = torch.add(scores, bias[0])
      else:
        biased = scores
      if torch.len(mask) == 1:
        seen = torch.masked_fill(biased, torch.logical_not(mask[0]), -inf)
      else:
        seen = biased
      c = torch.matmul((self).drop(torch.softmax(seen, -1), p, random), v)
    else:
      if torch.len(bias) == 1:
        if torch.len(mask) == 1:
          m = annotate(Optional[Tensor], torch.masked_fill(bias[0], torch.logical_not(mask[0]), -inf))
        else:
          m = annotate(Optional[Tensor], bias[0])
      elif torch.len(mask) == 1:
        m = annotate(Optional[Tensor], mask[0])
      else:
        m = annotate(Optional[Tensor], None)
      c = torch.scaled_dot_product_attention(q, k, v, m, 0., False)
    return torch.reshape(torch.transpose(c, 1, 2), [torch.size(q, 0) * torch.size(q, 2), torch.size(q, 1) * torch.size(v, 3)])
  def split_heads(self: __torch__.Kernel, rows: Tensor, n: int, L: int, heads: int) -> Tensor:
    return torch.permute(torch.reshape(rows, [n, L, 3, heads, -1]), [2, 0, 3, 1, 4])
