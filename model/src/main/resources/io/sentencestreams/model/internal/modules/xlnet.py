# XLNet (Yang et al. 2019), one segment: scores by content, by relative position, and by whether the tokens are of one type;
# the last token, which stands for the text, is of another.
# Parameters as XlnetParameters lists them. Own numbers: activation, farthest position or -1, whether there are types.
  def prepare_xlnet(self: __torch__.Kernel, p: List[Tensor], ints: Tensor, like: Tensor) -> List[Tensor]:
    n = (self).numbers(ints)
    device = ops.prim.device(like)
    dtype = n[3]
    fused = n[4] == 1
    copy = n[5] == 0
    H = torch.size(p[0], 1)
    w = annotate(List[Tensor], [])
    _0 = torch.append(w, torch.to(p[0], device, 6, False, copy))
    for i in range(torch.floordiv(torch.len(p) - 1, 17)):
      k = 1 + i * 17
      q = annotate(List[Tensor], [])
      for m in range(3):
        _1 = torch.append(q, torch.t(torch.reshape(p[k + m], [H, -1])))
      qkv = torch.cat(q, 0)
      _2 = torch.append(w, (self).matrix(qkv, device, dtype, fused, copy))
      _3 = torch.append(w, torch.zeros([torch.size(qkv, 0)], dtype=dtype, device=device))
      _4 = torch.append(w, (self).matrix(torch.reshape(p[k + 3], [H, -1]), device, dtype, fused, copy))
      _5 = torch.append(w, torch.zeros([H], dtype=dtype, device=device))
      _6 = torch.append(w, torch.contiguous(torch.to(torch.t(torch.reshape(p[k + 4], [H, -1])), device, dtype, False, copy)))
      for m in range(8):
        _7 = torch.append(w, torch.to(p[k + 5 + m], device, dtype, False, copy))
      for m in range(2):
        _8 = torch.append(w, (self).matrix(p[k + 13 + 2 * m], device, dtype, fused, copy))
        _9 = torch.append(w, torch.to(p[k + 14 + 2 * m], device, dtype, False, copy))
    return w
  # Sines and cosines of the distances L, L - 1, ..., 1 - L.
  def distances(self: __torch__.Kernel, L: int, H: int, farthest: int, device: Device) -> Tensor:
    d = torch.arange(L, -L, -1, dtype=6, device=device)
    if farthest > 0:
      at = torch.clamp(d, -farthest, farthest)
    else:
      at = d
    steps = torch.div(torch.arange(0, H, 2, dtype=6, device=device), H)
    frequencies = torch.reciprocal(torch.pow(10000., steps))
    angles = torch.mul(torch.unsqueeze(at, 1), torch.unsqueeze(frequencies, 0))
    return torch.cat([torch.sin(angles), torch.cos(angles)], 1)
  # From one column for each distance to one for each key: each row moves on by one.
  def shift(self: __torch__.Kernel, x: Tensor, L: int) -> Tensor:
    n = torch.size(x, 0)
    h = torch.size(x, 1)
    y = torch.slice(torch.reshape(x, [n, h, 2 * L, L]), 2, 1, 2 * L)
    return torch.slice(torch.reshape(y, [n, h, L, 2 * L - 1]), 3, 0, L)
  def xlnet(self: __torch__.Kernel, layout: Tensor, ints: Tensor, floats: Tensor, p: List[Tensor]) -> List[Tensor]:
    n = (self).numbers(ints)
    tokens = n[0]
    heads = n[2]
    dtype = n[3]
    fused = n[4] == 1
    training = n[5] == 1
    groups = torch.slice(n, 9 + n[8], torch.len(n))
    eps = (self).number(floats, 0)
    states = (self).number(floats, 1)
    weights = (self).number(floats, 2)
    device = ops.prim.device(p[0])
    random = torch.Generator(device=torch.device("cpu"), seed=n[6])
    if training:
      w = (self).prepare_xlnet(p, ints, p[0])
    else:
      w = p
    a = torch.to(layout, device, 4)
    gathers, masks, scatters, = (self).masks(a, tokens, n[1], groups)
    lengths = (self).lengths(a, tokens, n[1])
    x = torch.to((self).drop(torch.embedding(w[0], torch.slice(a, 0, 0, tokens)), states, random), dtype)
    H = torch.size(x, 1)
    longest = groups[torch.len(groups) - 3]
    far = torch.to((self).drop((self).distances(longest, H, n[10], device), states, random), dtype)
    hidden = annotate(List[Tensor], [])
    for i in range(torch.floordiv(torch.len(w) - 1, 17)):
      if n[7] == 1:
        _0 = torch.append(hidden, torch.to(x, 6))
      j = 1 + i * 17
      parts = (self).parts((self).project(x, w[j], w[j + 1], fused), groups)
      keys = torch.matmul(far, torch.t(w[j + 4]))
      contexts = annotate(List[Tensor], [])
      ragged = 0
      row = 0
      for g in range(torch.len(parts)):
        m = groups[g * 4]
        L = groups[g * 4 + 1]
        mask = annotate(List[Tensor], [])
        if groups[g * 4 + 3] == m * L:
          rows = parts[g]
        else:
          rows = torch.index_select(parts[g], 0, gathers[ragged])
          _1 = torch.append(mask, masks[ragged])
        s = (self).split_heads(rows, m, L, heads)
        q = torch.select(s, 0, 0)
        d = torch.size(q, 3)
        own = torch.slice(keys, 0, longest - L, longest + L)
        r = torch.permute(torch.reshape(own, [2 * L, heads, d]), [1, 2, 0])
        places = (self).shift(torch.matmul(torch.add(q, torch.unsqueeze(w[j + 5], 1)), r), L)
        if n[11] == 1:
          typed = torch.add(q, torch.unsqueeze(w[j + 6], 1))
          e = torch.matmul(typed, torch.unsqueeze(torch.permute(w[j + 8], [1, 2, 0]), 0))
          lens = torch.unsqueeze(torch.slice(lengths, 0, row, row + m), 1)
          last = torch.eq(torch.unsqueeze(torch.arange(L, dtype=4, device=device), 0), torch.sub(lens, 1))
          other = torch.unsqueeze(torch.ne(torch.unsqueeze(last, 2), torch.unsqueeze(last, 1)), 1)
          types = torch.where(other, torch.slice(e, 3, 1, 2), torch.slice(e, 3, 0, 1))
          scores = torch.add(places, types)
        else:
          scores = places
        bias = torch.div(scores, torch.sqrt(d))
        c = (self).attend(torch.add(q, torch.unsqueeze(w[j + 7], 1)), torch.select(s, 0, 1), torch.select(s, 0, 2), mask, [bias], training, weights, random)
        if torch.len(mask) == 0:
          _2 = torch.append(contexts, c)
        else:
          _3 = torch.append(contexts, torch.index_select(c, 0, scatters[ragged]))
          ragged = ragged + 1
        row = row + m
      o = (self).down(torch.cat(contexts, 0), x, w[j + 2], w[j + 3], fused, states, random)
      y = torch.layer_norm(o, [H], w[j + 9], w[j + 10], eps)
      f = (self).drop((self).up(y, w[j + 13], w[j + 14], n[9], fused), states, random)
      z = (self).down(f, y, w[j + 15], w[j + 16], fused, states, random)
      x = torch.layer_norm(z, [H], w[j + 11], w[j + 12], eps)
    _4 = torch.append(hidden, torch.to((self).drop(x, states, random), 6))
    return hidden
