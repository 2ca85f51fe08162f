  # The forward path that trains, on parameters as BertParameters lists them, which stay fp32 whatever the layers compute
  # in. Nothing here works in place: the backward pass needs what the forward pass saw.
  # ints: tokens, sequences, heads, layers, first position, type code, normalize, seed of dropout, count of pooling modes,
  #   activation, the modes, then the groups of the layout. floats: epsilon, dropout of states, dropout of attention weights.
  # layout: as for forward of inference, then for each text of the caller its row.
  def numbers(self: __torch__.Kernel, t: Tensor) -> List[int]:
    r = annotate(List[int], [])
    for i in range(torch.size(t, 0)):
      _0 = torch.append(r, annotate(int, torch.item(torch.select(t, 0, i))))
    return r
  def drop(self: __torch__.Kernel, x: Tensor, p: float, random: Generator) -> Tensor:
    if p > 0.:
      kept = torch.bernoulli(torch.empty_like(x, memory_format=0), 1. - p, generator=random)
      r = torch.mul(x, torch.div(kept, 1. - p))
    else:
      r = x
    return r
  def attend(self: __torch__.Kernel, qkv: Tensor, groups: List[int], gathers: List[Tensor], masks: List[Tensor], scatters: List[Tensor], heads: int, p: float, random: Generator) -> Tensor:
    H = torch.floordiv(torch.size(qkv, 1), 3)
    sizes = annotate(List[int], [])
    for g in range(torch.floordiv(torch.len(groups), 4)):
      _0 = torch.append(sizes, groups[g * 4 + 3])
    # One split: the backward pass of a slice fills a matrix of all rows for each group.
    parts = torch.split_with_sizes(qkv, sizes)
    contexts = annotate(List[Tensor], [])
    ragged = 0
    for g in range(torch.len(sizes)):
      n = groups[g * 4]
      L = groups[g * 4 + 1]
      full = sizes[g] == n * L
      if full:
        rows = parts[g]
        mask = annotate(Optional[Tensor], None)
      else:
        rows = torch.index_select(parts[g], 0, torch.sub(gathers[ragged], groups[g * 4 + 2]))
        mask = annotate(Optional[Tensor], masks[ragged])
      split = torch.permute(torch.reshape(rows, [n, L, 3, heads, -1]), [2, 0, 3, 1, 4])
      q = torch.select(split, 0, 0)
      k = torch.select(split, 0, 1)
      v = torch.select(split, 0, 2)
      if p > 0.:
        scores = torch.div(torch.matmul(q, torch.transpose(k, 2, 3)), torch.sqrt(torch.size(q, 3)))
        if full:
          seen = scores
        else:
          seen = torch.masked_fill(scores, torch.logical_not(masks[ragged]), -inf)
        c = torch.matmul((self).drop(torch.softmax(seen, -1), p, random), v)
      else:
        c = torch.scaled_dot_product_attention(q, k, v, mask, 0., False)
      context = torch.reshape(torch.transpose(c, 1, 2), [n * L, H])
      if full:
        _1 = torch.append(contexts, context)
      else:
        _2 = torch.append(contexts, torch.index_select(context, 0, scatters[ragged]))
        ragged = ragged + 1
    return torch.cat(contexts, 0)
  def forward_training(self: __torch__.Kernel, layout: Tensor, ints: Tensor, floats: Tensor, p: List[Tensor]) -> Tensor:
    n = (self).numbers(ints)
    tokens = n[0]
    batch = n[1]
    heads = n[2]
    dtype = n[5]
    modes = torch.slice(n, 10, 10 + n[8])
    groups = torch.slice(n, 10 + n[8], torch.len(n))
    eps = annotate(float, torch.item(torch.select(floats, 0, 0)))
    states = annotate(float, torch.item(torch.select(floats, 0, 1)))
    weights = annotate(float, torch.item(torch.select(floats, 0, 2)))
    device = ops.prim.device(p[0])
    random = torch.Generator(device=device, seed=n[7])
    kinds = ["gelu", "gelu_tanh", "relu"]
    kind = kinds[n[9]]
    H = torch.size(p[0], 1)
    a, gathers, masks, scatters, = (self).read(layout, device, tokens, batch, groups)
    ids = torch.slice(a, 0, 0, tokens)
    positions = torch.slice(a, 0, tokens, 2 * tokens)
    e = torch.add(torch.embedding(p[0], ids), torch.embedding(p[1], torch.add(positions, n[4])))
    e1 = torch.layer_norm(torch.add(e, torch.select(p[2], 0, 0)), [H], p[3], p[4], eps)
    x = torch.to((self).drop(e1, states, random), dtype)
    w = annotate(List[Tensor], [])
    for i in range(torch.len(p)):
      if i < 5:
        _0 = torch.append(w, p[i])
      else:
        _1 = torch.append(w, torch.to(p[i], dtype))
    for i in range(n[3]):
      j = 5 + i * 16
      qkv = torch.linear(x, torch.cat([w[j], w[j + 2], w[j + 4]], 0), torch.cat([w[j + 1], w[j + 3], w[j + 5]], 0))
      c = (self).attend(qkv, groups, gathers, masks, scatters, heads, weights, random)
      o = (self).drop(torch.linear(c, w[j + 6], w[j + 7]), states, random)
      y = torch.layer_norm(torch.add(o, x), [H], w[j + 8], w[j + 9], eps)
      u = torch.linear(y, w[j + 10], w[j + 11])
      if kind == "relu":
        f = torch.relu(u)
      elif kind == "gelu_tanh":
        f = torch.gelu(u, approximate="tanh")
      else:
        f = torch.gelu(u, approximate="none")
      d = (self).drop(torch.linear(f, w[j + 12], w[j + 13]), states, random)
      x = torch.layer_norm(torch.add(d, y), [H], w[j + 14], w[j + 15], eps)
    lengths = torch.slice(a, 0, 2 * tokens, 2 * tokens + batch)
    z = (self).pool(torch.to(x, 6), lengths, positions, modes)
    r = torch.index_select(z, 0, torch.slice(a, 0, torch.size(a, 0) - batch, torch.size(a, 0)))
    if n[6] == 1:
      s = torch.div(r, torch.clamp_min(torch.linalg_vector_norm(r, 2, [1], True), 1e-12))
    else:
      s = r
    return s
