# Transformers that are BERT's but for a projection of the embeddings (ELECTRA, ALBERT), layers that share weights (ALBERT),
# biases by relative position (MPNet), or where they normalize (FlauBERT); BERT itself where its layers' states are wanted.
# Parameters as BertParameters.ofVariant lists them.
# Own numbers: row of the first position, activation, projected, relative, layers normalize their input, dropout behind
# the feed-forward part, then for each layer which of the distinct layers it is.
  # Position embeddings with the first token type added and, of two, then with the second.
  def typed_positions(self: __torch__.Kernel, positions: Tensor, types: Tensor) -> Tensor:
    first = torch.add(torch.to(positions, 6), torch.select(types, 0, 0))
    if torch.size(types, 0) == 2:
      r = torch.cat([first, torch.add(torch.to(positions, 6), torch.select(types, 0, 1))], 0)
    else:
      r = first
    return r
  def prepare_variant(self: __torch__.Kernel, p: List[Tensor], ints: Tensor, like: Tensor) -> List[Tensor]:
    n = (self).numbers(ints)
    device = ops.prim.device(like)
    dtype = n[3]
    fused = n[4] == 1
    copy = n[5] == 0
    w = annotate(List[Tensor], [])
    _0 = torch.append(w, torch.to(p[0], device, 6, False, copy))
    _1 = torch.append(w, torch.to((self).typed_positions(p[1], p[2]), device, 6, False, copy))
    _2 = torch.append(w, torch.to(p[3], device, 6, False, copy))
    _3 = torch.append(w, torch.to(p[4], device, 6, False, copy))
    j = 5
    if n[11] == 1:
      _4 = torch.append(w, (self).matrix(p[j], device, dtype, fused, copy))
      _5 = torch.append(w, torch.to(p[j + 1], device, dtype, False, copy))
      j = j + 2
    if n[12] == 1:
      _6 = torch.append(w, torch.to(p[j], device, 6, False, copy))
      j = j + 1
    for i in range(torch.floordiv(torch.len(p) - j, 16)):
      k = j + i * 16
      _7 = torch.append(w, (self).matrix(torch.cat([p[k], p[k + 2], p[k + 4]], 0), device, dtype, fused, copy))
      _8 = torch.append(w, torch.to(torch.cat([p[k + 1], p[k + 3], p[k + 5]], 0), device, dtype, False, copy))
      for m in range(10):
        t = p[k + 6 + m]
        if torch.dim(t) == 2:
          _9 = torch.append(w, (self).matrix(t, device, dtype, fused, copy))
        else:
          _10 = torch.append(w, torch.to(t, device, dtype, False, copy))
    return w
  # Scores by how far a key is behind or before its query: near ones each, farther ones in logarithmic buckets.
  def relative(self: __torch__.Kernel, table: Tensor, L: int) -> Tensor:
    device = ops.prim.device(table)
    at = torch.arange(L, dtype=4, device=device)
    far = torch.sub(torch.unsqueeze(at, 1), torch.unsqueeze(at, 0))
    half = torch.floordiv(torch.size(table, 0), 2)
    near = torch.floordiv(half, 2)
    side = torch.mul(torch.to(torch.lt(far, 0), 4), half)
    d = torch.abs(far)
    logs = torch.mul(torch.div(torch.log(torch.div(torch.to(torch.clamp_min(d, 1), 6), near)), torch.log(torch.div(128., near))), half - near)
    large = torch.clamp_max(torch.add(torch.to(logs, 4), near), half - 1)
    bucket = torch.add(side, torch.where(torch.lt(d, near), d, large))
    return torch.unsqueeze(torch.permute(torch.embedding(table, bucket), [2, 0, 1]), 0)
  def attention(self: __torch__.Kernel, qkv: Tensor, groups: List[int], gathers: List[Tensor], masks: List[Tensor], scatters: List[Tensor], heads: int, bias: List[Tensor], training: bool, p: float, random: Generator) -> Tensor:
    parts = (self).parts(qkv, groups)
    contexts = annotate(List[Tensor], [])
    ragged = 0
    for g in range(torch.len(parts)):
      n = groups[g * 4]
      L = groups[g * 4 + 1]
      own = annotate(List[Tensor], [])
      if torch.len(bias) == 1:
        _0 = torch.append(own, torch.slice(torch.slice(bias[0], 2, 0, L), 3, 0, L))
      mask = annotate(List[Tensor], [])
      if groups[g * 4 + 3] == n * L:
        rows = parts[g]
      else:
        rows = torch.index_select(parts[g], 0, gathers[ragged])
        _1 = torch.append(mask, masks[ragged])
      s = (self).split_heads(rows, n, L, heads)
      c = (self).attend(torch.select(s, 0, 0), torch.select(s, 0, 1), torch.select(s, 0, 2), mask, own, training, p, random)
      if torch.len(mask) == 0:
        _2 = torch.append(contexts, c)
      else:
        _3 = torch.append(contexts, torch.index_select(c, 0, scatters[ragged]))
        ragged = ragged + 1
    return torch.cat(contexts, 0)
  def variant(self: __torch__.Kernel, layout: Tensor, ints: Tensor, floats: Tensor, p: List[Tensor]) -> List[Tensor]:
    n = (self).numbers(ints)
    tokens = n[0]
    heads = n[2]
    dtype = n[3]
    fused = n[4] == 1
    training = n[5] == 1
    kind = n[10]
    before = n[13] == 1
    order = torch.slice(n, 15, 9 + n[8])
    groups = torch.slice(n, 9 + n[8], torch.len(n))
    eps = (self).number(floats, 0)
    states = (self).number(floats, 1)
    weights = (self).number(floats, 2)
    behind = states * n[14]
    device = ops.prim.device(p[0])
    random = torch.Generator(device=torch.device("cpu"), seed=n[6])
    if training:
      w = (self).prepare_variant(p, ints, p[0])
    else:
      w = p
    a = torch.to(layout, device, 4)
    gathers, masks, scatters, = (self).masks(a, tokens, n[1], groups)
    ids = torch.slice(a, 0, 0, tokens)
    positions = torch.slice(a, 0, tokens, 2 * tokens)
    e = torch.add(torch.embedding(w[0], ids), torch.embedding(w[1], torch.add(positions, n[9])))
    e1 = (self).drop(torch.layer_norm(e, [torch.size(w[0], 1)], w[2], w[3], eps), states, random)
    x = torch.to(e1, dtype)
    base = 4
    if n[11] == 1:
      x = (self).project(x, w[4], w[5], fused)
      base = base + 2
    bias = annotate(List[Tensor], [])
    if n[12] == 1:
      longest = groups[torch.len(groups) - 3]
      _0 = torch.append(bias, torch.to((self).relative(w[base], longest), dtype))
      base = base + 1
    H = torch.size(x, 1)
    hidden = annotate(List[Tensor], [])
    for i in range(torch.len(order)):
      if n[7] == 1:
        _1 = torch.append(hidden, torch.to(x, 6))
      j = base + order[i] * 12
      if before:
        h = torch.layer_norm(x, [H], w[j + 4], w[j + 5], eps)
      else:
        h = x
      c = (self).attention((self).project(h, w[j], w[j + 1], fused), groups, gathers, masks, scatters, heads, bias, training, weights, random)
      o = (self).down(c, x, w[j + 2], w[j + 3], fused, states, random)
      if before:
        y = o
        z = torch.layer_norm(o, [H], w[j + 10], w[j + 11], eps)
      else:
        y = torch.layer_norm(o, [H], w[j + 4], w[j + 5], eps)
        z = y
      f = (self).up(z, w[j + 6], w[j + 7], kind, fused)
      d = (self).down(f, y, w[j + 8], w[j + 9], fused, behind, random)
      if before:
        x = d
      else:
        x = torch.layer_norm(d, [H], w[j + 10], w[j + 11], eps)
    _2 = torch.append(hidden, torch.to(x, 6))
    return hidden
