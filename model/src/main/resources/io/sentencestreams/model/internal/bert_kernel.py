# BERT on packed tokens: every step but attention sees one matrix [tokens, hidden] without padding.
# The dialect is that of a TorchScript archive. Methods that need oneDNN are in onednn.py.
#
# prepare: parameters as BertParameters lists them -> weights as forward reads them: word embeddings, position
#   embeddings with the first token type added and, of two, then with the second, LayerNorm, then per layer qkv, output,
#   LayerNorm, feed-forward up, down, LayerNorm; weights before biases. Embeddings stay fp32, layers have the type asked for; LayerNorms stay fp32
#   beside oneDNN, where that is a tenth faster.
# forward: layout holds ids, positions, lengths and, for each ragged group, the rows that pad it and the rows that
#   are real. A group (sequences, length, first row, real rows) whose sequences are equally long is a view. With shared,
#   groups are of blocks in which several sequences lie, the gaps among them, and each has a mask;
#   without, each ragged group has one.
# Type codes are those of ATen: 4 int64, 5 half, 6 float, 15 bfloat16.
  def matrix(self: __torch__.Kernel, t: Tensor, device: Device, dtype: int, fused: bool) -> Tensor:
    c = torch.contiguous(torch.to(t, device, dtype, False, True))
    if fused:
      m = (self).reorder(c)
    else:
      m = c
    return m
  def typed_positions(self: __torch__.Kernel, positions: Tensor, types: Tensor) -> Tensor:
    first = torch.add(torch.to(positions, 6), torch.select(types, 0, 0))
    if torch.size(types, 0) == 2:
      r = torch.cat([first, torch.add(torch.to(positions, 6), torch.select(types, 0, 1))], 0)
    else:
      r = first
    return r
  def prepare(self: __torch__.Kernel, p: List[Tensor], layers: int, like: Tensor, dtype: int, fused: bool) -> List[Tensor]:
    device = ops.prim.device(like)
    if fused:
      normDtype = 6
    else:
      normDtype = dtype
    w = annotate(List[Tensor], [])
    _0 = torch.append(w, torch.to(p[0], device, 6, False, True))
    _1 = torch.append(w, torch.to((self).typed_positions(p[1], p[2]), device, 6))
    _2 = torch.append(w, torch.to(p[3], device, 6, False, True))
    _3 = torch.append(w, torch.to(p[4], device, 6, False, True))
    for i in range(layers):
      j = 5 + i * 16
      _4 = torch.append(w, (self).matrix(torch.cat([p[j], p[j + 2], p[j + 4]], 0), device, dtype, fused))
      _5 = torch.append(w, torch.to(torch.cat([p[j + 1], p[j + 3], p[j + 5]], 0), device, dtype))
      _6 = torch.append(w, (self).matrix(p[j + 6], device, dtype, fused))
      _7 = torch.append(w, torch.to(p[j + 7], device, dtype, False, True))
      for k in range(2):
        _12 = torch.append(w, torch.to(p[j + 8 + k], device, normDtype, False, True))
      _8 = torch.append(w, (self).matrix(p[j + 10], device, dtype, fused))
      _9 = torch.append(w, torch.to(p[j + 11], device, dtype, False, True))
      _10 = torch.append(w, (self).matrix(p[j + 12], device, dtype, fused))
      _11 = torch.append(w, torch.to(p[j + 13], device, dtype, False, True))
      for k in range(2):
        _13 = torch.append(w, torch.to(p[j + 14 + k], device, normDtype, False, True))
    return w
  def attention(self: __torch__.Kernel, qkv: Tensor, groups: List[int], shared: bool, gathers: List[Tensor], masks: List[Tensor], scatters: List[Tensor], heads: int) -> Tensor:
    H = torch.floordiv(torch.size(qkv, 1), 3)
    contexts = annotate(List[Tensor], [])
    ragged = 0
    covered = 0
    for g in range(torch.floordiv(torch.len(groups), 4)):
      n = groups[g * 4]
      L = groups[g * 4 + 1]
      start = groups[g * 4 + 2]
      real = groups[g * 4 + 3]
      if shared:
        rows = torch.slice(qkv, 0, start, start + real)
        mask = annotate(Optional[Tensor], masks[g])
      elif real == n * L:
        rows = torch.slice(qkv, 0, start, start + real)
        mask = annotate(Optional[Tensor], None)
      else:
        rows = torch.index_select(qkv, 0, gathers[ragged])
        mask = annotate(Optional[Tensor], masks[ragged])
      split = torch.permute(torch.reshape(rows, [n, L, 3, heads, -1]), [2, 0, 3, 1, 4])
      q = torch.select(split, 0, 0)
      k = torch.select(split, 0, 1)
      v = torch.select(split, 0, 2)
      c = torch.scaled_dot_product_attention(q, k, v, mask, 0., False)
      context = torch.reshape(torch.transpose(c, 1, 2), [n * L, H])
      if real == n * L:
        _0 = torch.append(contexts, context)
      else:
        _1 = torch.append(contexts, torch.index_select(context, 0, scatters[ragged]))
        ragged = ragged + 1
      covered = covered + real
    if torch.size(qkv, 0) > covered:
      _2 = torch.append(contexts, torch.slice(torch.slice(qkv, 0, covered), 1, 0, H))
    if torch.len(contexts) == 1:
      r = contexts[0]
    else:
      r = torch.cat(contexts, 0)
    return r
  # Of the rows from each start to the next; faster than segment_reduce.
  def mean(self: __torch__.Kernel, x: Tensor, starts: Tensor) -> Tensor:
    rows = torch.arange(torch.size(x, 0), dtype=4, device=ops.prim.device(x))
    m, _0, _1, _2, = torch.embedding_bag(x, rows, starts, False, 1)
    return m
  def pool(self: __torch__.Kernel, x: Tensor, lengths: Tensor, positions: Tensor, modes: List[int]) -> Tensor:
    parts = annotate(List[Tensor], [])
    counts = torch.unsqueeze(torch.to(lengths, 6), 1)
    ends = torch.cumsum(lengths, 0)
    for i in range(torch.len(modes)):
      m = modes[i]
      if m == 0:
        part = torch.index_select(x, 0, torch.sub(ends, lengths))
      elif m == 1:
        part = torch.segment_reduce(x, "max", lengths=lengths, axis=0, unsafe=True)
      elif m == 2:
        part = (self).mean(x, torch.sub(ends, lengths))
      elif m == 3:
        part = torch.mul((self).mean(x, torch.sub(ends, lengths)), torch.sqrt(counts))
      elif m == 4:
        ranks = torch.unsqueeze(torch.add(torch.to(positions, 6), 1.), 1)
        sums = torch.segment_reduce(torch.mul(x, ranks), "sum", lengths=lengths, axis=0, unsafe=True)
        part = torch.div(sums, torch.segment_reduce(ranks, "sum", lengths=lengths, axis=0, unsafe=True))
      else:
        part = torch.index_select(x, 0, torch.sub(ends, 1))
      _0 = torch.append(parts, part)
    return torch.cat(parts, 1)
  # To a GPU and back through page-locked memory, which its copy engine reads and writes itself; numbers are widened there.
  def upload(self: __torch__.Kernel, layout: Tensor, like: Tensor) -> Tensor:
    device = ops.prim.device(like)
    if ops.prim.is_cuda(like):
      a = torch.to(torch.to(torch.pin_memory(layout), device, 3, True), device, 4)
    else:
      a = torch.to(layout, device, 4)
    return a
  def download(self: __torch__.Kernel, x: Tensor) -> Tensor:
    if ops.prim.is_cuda(x):
      r = torch.copy_(torch.empty(torch.size(x), dtype=6, device=torch.device("cpu"), pin_memory=True), x)
    else:
      r = torch.to(x, torch.device("cpu"), 6)
    return r
  def read(self: __torch__.Kernel, layout: Tensor, like: Tensor, tokens: int, batch: int, groups: List[int], shared: bool, dtype: int) -> Tuple[Tensor, List[Tensor], List[Tensor], List[Tensor]]:
    device = ops.prim.device(like)
    a = (self).upload(layout, like)
    lengths = torch.slice(a, 0, 2 * tokens, 2 * tokens + batch)
    gathers = annotate(List[Tensor], [])
    masks = annotate(List[Tensor], [])
    scatters = annotate(List[Tensor], [])
    if shared:
      sequence = torch.repeat_interleave(torch.arange(batch, dtype=4, device=device), lengths)
      for g in range(torch.floordiv(torch.len(groups), 4)):
        n = groups[g * 4]
        L = groups[g * 4 + 1]
        start = groups[g * 4 + 2]
        block = torch.reshape(torch.slice(sequence, 0, start, start + n * L), [n, 1, L])
        other = torch.ne(torch.transpose(block, 1, 2), block)
        mask = torch.masked_fill(torch.zeros([n, L, L], dtype=dtype, device=device), other, -inf)
        _3 = torch.append(masks, torch.unsqueeze(mask, 1))
    at = 2 * tokens + batch
    row = 0
    for g in range(torch.floordiv(torch.len(groups), 4)):
      n = groups[g * 4]
      L = groups[g * 4 + 1]
      real = groups[g * 4 + 3]
      if real != n * L:
        _0 = torch.append(gathers, torch.slice(a, 0, at, at + n * L))
        at = at + n * L
        _1 = torch.append(scatters, torch.slice(a, 0, at, at + real))
        at = at + real
        columns = torch.arange(L, dtype=4, device=device)
        lens = torch.unsqueeze(torch.slice(lengths, 0, row, row + n), 1)
        _2 = torch.append(masks, torch.unsqueeze(torch.unsqueeze(torch.lt(torch.unsqueeze(columns, 0), lens), 1), 1))
      row = row + n
    return (a, gathers, masks, scatters)
  def embed(self: __torch__.Kernel, w: List[Tensor], a: Tensor, tokens: int, eps: float, firstPosition: int) -> Tensor:
    ids = torch.slice(a, 0, 0, tokens)
    positions = torch.slice(a, 0, tokens, 2 * tokens)
    e = torch.add_(torch.embedding(w[0], ids), torch.embedding(w[1], torch.add(positions, firstPosition)))
    return torch.layer_norm(e, [torch.size(w[0], 1)], w[2], w[3], eps)
  # Rows up to one of few numbers of them, since oneDNN compiles each operator anew for each, which weighs where it is
  # fast; nothing reads the rest.
  def fill(self: __torch__.Kernel, x: Tensor, fused: bool) -> Tensor:
    n = torch.size(x, 0)
    step = 8
    for i in range(24):
      if step * 16 <= n:
        step = step * 2
    rest = torch.floordiv(n + step - 1, step) * step - n
    if fused and rest > 0:
      r = torch.cat([x, torch.zeros([rest, torch.size(x, 1)], dtype=ops.prim.dtype(x), device=ops.prim.device(x))], 0)
    else:
      r = x
    return r
  def activate(self: __torch__.Kernel, u: Tensor, activation: str) -> Tensor:
    if activation == "relu":
      f = torch.relu_(u)
    elif activation == "gelu_tanh":
      f = torch.gelu(u, approximate="tanh")
    else:
      f = torch.gelu(u, approximate="none")
    return f
  def finish(self: __torch__.Kernel, x: Tensor, a: Tensor, tokens: int, batch: int, modes: List[int], normalize: bool) -> Tensor:
    positions = torch.slice(a, 0, tokens, 2 * tokens)
    lengths = torch.slice(a, 0, 2 * tokens, 2 * tokens + batch)
    z = (self).pool(torch.to(torch.slice(x, 0, 0, tokens), 6), lengths, positions, modes)
    if normalize:
      r = torch.div(z, torch.clamp_min(torch.linalg_vector_norm(z, 2, [1], True), 1e-12))
    else:
      r = z
    return (self).download(r)
  def forward(self: __torch__.Kernel, w: List[Tensor], layout: Tensor, tokens: int, batch: int, groups: List[int], shared: bool, heads: int, layers: int, eps: float, activation: str, dtype: int, fused: bool, firstPosition: int, modes: List[int], normalize: bool) -> Tensor:
    H = torch.size(w[0], 1)
    a, gathers, masks, scatters, = (self).read(layout, w[0], tokens, batch, groups, shared, dtype)
    x = (self).fill(torch.to((self).embed(w, a, tokens, eps, firstPosition), dtype), fused and dtype != 6)
    for i in range(layers):
      j = 4 + i * 12
      if fused:
        c = (self).attention((self).linear(x, w[j], w[j + 1]), groups, shared, gathers, masks, scatters, heads)
        o = (self).linear_add(c, x, w[j + 2], w[j + 3])
        y = torch.layer_norm(o, [H], w[j + 4], w[j + 5], eps)
        f = (self).linear_activation(y, w[j + 6], w[j + 7], activation)
        d = (self).linear_add(f, y, w[j + 8], w[j + 9])
      else:
        c = (self).attention(torch.linear(x, w[j], w[j + 1]), groups, shared, gathers, masks, scatters, heads)
        o = torch.add_(torch.linear(c, w[j + 2], w[j + 3]), x)
        y = torch.layer_norm(o, [H], w[j + 4], w[j + 5], eps)
        f = (self).activate(torch.linear(y, w[j + 6], w[j + 7]), activation)
        d = torch.add_(torch.linear(f, w[j + 8], w[j + 9]), y)
      x = torch.layer_norm(d, [H], w[j + 10], w[j + 11], eps)
    return (self).finish(x, a, tokens, batch, modes, normalize)
