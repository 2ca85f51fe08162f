  # The forward and the backward pass that train, on parameters as BertParameters lists them, which stay fp32 whatever the
  # layers compute in. The backward pass is written out: autograd would keep and move several times as much, pad gradients
  # that are zero, and could not run part of a batch on each thread and add up in a fixed order.

  # Weights as the layers compute with them: the embeddings' five as they are, then for each layer qkv, output, LayerNorm, up,
  # down, LayerNorm; weights before biases. On a CPU, whose LayerNorm takes weights in fp32
  # beside states in bf16, LayerNorms stay fp32; CUDA's wants both alike. n: type code, the layers to convert.
  def convert(self: __torch__.Kernel, p: List[Tensor], n: List[int]) -> List[Tensor]:
    dtype = n[0]
    mixes = torch.__not__(ops.prim.is_cuda(p[0]))
    w = annotate(List[Tensor], [])
    if n[1] == 0:
      for i in range(5):
        _0 = torch.append(w, torch.detach(p[i]))
    for i in range(n[2] - n[1]):
      j = 5 + (n[1] + i) * 16
      _1 = torch.append(w, torch.cat([torch.to(p[j], dtype), torch.to(p[j + 2], dtype), torch.to(p[j + 4], dtype)], 0))
      _2 = torch.append(w, torch.cat([torch.to(p[j + 1], dtype), torch.to(p[j + 3], dtype), torch.to(p[j + 5], dtype)], 0))
      for k in range(10):
        q = torch.detach(p[j + 6 + k])
        norm = torch.__or__(torch.floordiv(k, 2) == 1, torch.floordiv(k, 2) == 4)
        if torch.__and__(norm, mixes):
          _3 = torch.append(w, q)
        else:
          _4 = torch.append(w, torch.to(q, dtype))
    return w
  # A share is a multiple of 2^-16 below 1: 16 random bits decide on each entry.
  def threshold(self: __torch__.Kernel, p: float) -> int:
    return ops.prim.min(int(torch.round(p * 65536.)), 65535)
  def growth(self: __torch__.Kernel, p: float) -> float:
    return torch.div(65536., torch.sub(65536, (self).threshold(p)))
  # Which entries are kept, as ones among zeros. Drawn on the CPU: TorchScript makes no generator for another device.
  def kept(self: __torch__.Kernel, x: Tensor, p: float, dtype: int, random: Generator) -> Tensor:
    count = torch.numel(x)
    bits = torch.empty([torch.floordiv(count + 3, 4)], dtype=4)
    _0 = torch.random_(bits, torch.sub(-9223372036854775807, 1), None, generator=random)
    drawn = torch.ge_(torch.view_copy(torch.to(bits, ops.prim.device(x), 4), dtype=2), torch.sub((self).threshold(p), 32768))
    return torch.view(torch.to(torch.slice(drawn, 0, 0, count), dtype), torch.size(x))
  # Attention of all groups, from a row of qkv for each place of each sequence. Keeps for each group: q, k and v as
  # [3, sequences * heads, length, width], the weights in fp32, the weights that dropout left, and what it kept.
  def attend(self: __torch__.Kernel, places: Tensor, groups: List[int], masks: List[Tensor], heads: int, p: float, keep: bool, random: Generator, saved: List[Tensor]) -> Tensor:
    H = torch.floordiv(torch.size(places, 1), 3)
    width = torch.floordiv(H, heads)
    dtype = ops.prim.dtype(places)
    contexts = annotate(List[Tensor], [])
    start = 0
    for g in range(torch.floordiv(torch.len(groups), 2)):
      n = groups[g * 2]
      L = groups[g * 2 + 1]
      rows = torch.slice(places, 0, start, start + n * L)
      start = start + n * L
      split = torch.contiguous(torch.permute(torch.view(rows, [n, L, 3, heads, width]), [2, 0, 3, 1, 4]))
      if torch.__or__(keep, p > 0.):
        flat = torch.view(split, [3, n * heads, L, width])
        scores = torch.bmm(torch.select(flat, 0, 0), torch.transpose(torch.select(flat, 0, 1), 1, 2))
        s = torch.mul_(torch.view(torch.to(scores, 6), [n, heads, L, L]), torch.div(1., torch.sqrt(width)))
        weights = torch.softmax(torch.add_(s, masks[g]), -1)
        thinned = torch.view(torch.to(weights, dtype), [n * heads, L, L])
        if p > 0.:
          mask = (self).kept(thinned, p, dtype, random)
          left = torch.mul(thinned, mask)
          c = torch.mul_(torch.bmm(left, torch.select(flat, 0, 2)), (self).growth(p))
        else:
          mask = thinned
          left = thinned
          c = torch.bmm(left, torch.select(flat, 0, 2))
        if keep:
          _0 = torch.append(saved, flat)
          _1 = torch.append(saved, weights)
          _2 = torch.append(saved, left)
          _3 = torch.append(saved, mask)
        context = torch.view(c, [n, heads, L, width])
      else:
        context = torch.scaled_dot_product_attention(torch.select(split, 0, 0), torch.select(split, 0, 1), torch.select(split, 0, 2), torch.to(masks[g], dtype), 0., False)
      _4 = torch.append(contexts, torch.reshape(torch.transpose(context, 1, 2), [n * L, H]))
    return (self).joined(contexts)
  def joined(self: __torch__.Kernel, parts: List[Tensor]) -> Tensor:
    if torch.len(parts) == 1:
      r = parts[0]
    else:
      r = torch.cat(parts, 0)
    return r
  def attend_backward(self: __torch__.Kernel, grad: Tensor, groups: List[int], heads: int, p: float, saved: List[Tensor], at: int) -> Tensor:
    H = torch.size(grad, 1)
    width = torch.floordiv(H, heads)
    dtype = ops.prim.dtype(grad)
    parts = annotate(List[Tensor], [])
    start = 0
    for g in range(torch.floordiv(torch.len(groups), 2)):
      n = groups[g * 2]
      L = groups[g * 2 + 1]
      flat = saved[at + g * 4]
      q = torch.select(flat, 0, 0)
      k = torch.select(flat, 0, 1)
      v = torch.select(flat, 0, 2)
      own = torch.slice(grad, 0, start, start + n * L)
      start = start + n * L
      dc = torch.reshape(torch.transpose(torch.view(own, [n, L, heads, width]), 1, 2), [n * heads, L, width])
      if p > 0.:
        dc1 = torch.mul(dc, (self).growth(p))
        dleft = torch.mul_(torch.bmm(dc1, torch.transpose(v, 1, 2)), saved[at + g * 4 + 3])
      else:
        dc1 = dc
        dleft = torch.bmm(dc1, torch.transpose(v, 1, 2))
      dweights = torch.view(torch.to(dleft, 6), [n, heads, L, L])
      dscores = torch.mul_(torch._softmax_backward_data(dweights, saved[at + g * 4 + 1], -1, 6), torch.div(1., torch.sqrt(width)))
      ds = torch.view(torch.to(dscores, dtype), [n * heads, L, L])
      dq = torch.bmm(ds, k)
      dk = torch.bmm(torch.transpose(ds, 1, 2), q)
      dv = torch.bmm(torch.transpose(saved[at + g * 4 + 2], 1, 2), dc1)
      dsplit = torch.view(torch.stack([dq, dk, dv], 0), [3, n, heads, L, width])
      _0 = torch.append(parts, torch.reshape(torch.permute(dsplit, [1, 3, 0, 2, 4]), [n * L, 3 * H]))
    return (self).joined(parts)
  # For each group what is added to its scores, [sequences, 1, 1, length]: minus infinity behind a sequence's end.
  def masks(self: __torch__.Kernel, lengths: Tensor, groups: List[int], device: Device) -> List[Tensor]:
    r = annotate(List[Tensor], [])
    at = 0
    for g in range(torch.floordiv(torch.len(groups), 2)):
      n = groups[g * 2]
      L = groups[g * 2 + 1]
      columns = torch.unsqueeze(torch.arange(L, dtype=4, device=device), 0)
      behind = torch.ge(columns, torch.unsqueeze(torch.slice(lengths, 0, at, at + n), 1))
      mask = torch.masked_fill_(torch.zeros([n, L], dtype=6, device=device), behind, -inf)
      _0 = torch.append(r, torch.view(mask, [n, 1, 1, L]))
      at = at + n
    return r
  # A residual with what dropout leaves of a block's result, and what it kept.
  def join(self: __torch__.Kernel, x: Tensor, o: Tensor, p: float, random: Generator) -> Tuple[Tensor, Tensor]:
    if p > 0.:
      mask = (self).kept(o, p, ops.prim.dtype(o), random)
      r = torch.addcmul(x, o, mask, value=(self).growth(p))
    else:
      mask = torch.empty([0], dtype=6)
      r = torch.add(x, o)
    return (r, mask)
  def join_backward(self: __torch__.Kernel, grad: Tensor, p: float, mask: Tensor) -> Tensor:
    if p > 0.:
      r = torch.mul_(torch.mul(grad, mask), (self).growth(p))
    else:
      r = grad
    return r
  def activate_training(self: __torch__.Kernel, u: Tensor, activation: int) -> Tensor:
    if activation == 2:
      f = torch.relu(u)
    elif activation == 1:
      f = torch.gelu(u, approximate="tanh")
    else:
      f = torch.gelu(u, approximate="none")
    return f
  # The states of the last layer in fp32, [rows, hidden], and what the backward pass needs: for the embeddings
  # their sum, mean, inverse deviation and what dropout kept; for each layer its input, qkv's groups, context, kept, sum, mean,
  # inverse deviation, states between the blocks, up, activated, kept, sum, mean, inverse deviation.
  # n: tokens, rows, heads, layers, first position, type code, whether to keep what the backward pass needs, seed of
  #   dropout, activation, lowest layer with gradients, whether the embeddings have some, places, then each group's sequences
  #   and their length.
  # shares: epsilon, dropout of states, dropout of attention weights.
  # layout: for each row id, position and place; for each place its row; for each sequence how many of its places count. Rows
  #   behind the tokens fill up to a round number, and so do places and sequences: libraries compile anew for each shape.
  # w: as convert gives it.
  def states(self: __torch__.Kernel, layout: Tensor, n: List[int], shares: List[float], w: List[Tensor]) -> Tuple[Tensor, List[Tensor]]:
    heads = n[2]
    dtype = n[5]
    keep = n[6] == 1
    groups = torch.slice(n, 12, torch.len(n))
    eps = shares[0]
    p = shares[1]
    pa = shares[2]
    device = ops.prim.device(w[0])
    random = torch.Generator(device=torch.device("cpu"), seed=n[7])
    H = torch.size(w[3], 0)
    rows = n[1]
    a = torch.to(layout, device, 4)
    ids = torch.slice(a, 0, 0, rows)
    positions = torch.add(torch.slice(a, 0, rows, 2 * rows), n[4])
    place = torch.slice(a, 0, 2 * rows, 3 * rows)
    row = torch.slice(a, 0, 3 * rows, 3 * rows + n[11])
    masks = (self).masks(torch.slice(a, 0, 3 * rows + n[11], torch.size(a, 0)), groups, device)
    saved = annotate(List[Tensor], [])
    e = torch.add_(torch.add_(torch.embedding(w[0], ids), torch.embedding(w[1], positions)), torch.select(w[2], 0, 0))
    e1, mean0, rstd0, = torch.native_layer_norm(e, [H], w[3], w[4], eps)
    if p > 0.:
      mask0 = (self).kept(e1, p, 6, random)
      e2 = torch.mul_(torch.mul(e1, mask0), (self).growth(p))
    else:
      mask0 = torch.empty([0], dtype=6)
      e2 = e1
    if keep:
      _0 = torch.append(saved, e)
      _1 = torch.append(saved, mean0)
      _2 = torch.append(saved, rstd0)
      _3 = torch.append(saved, mask0)
    x = torch.to(e2, dtype)
    for i in range(n[3]):
      j = 5 + i * 12
      keeps = torch.__and__(keep, i >= n[9])
      if keeps:
        _4 = torch.append(saved, x)
      qkv = torch.linear(x, w[j], w[j + 1])
      c = torch.index_select((self).attend(torch.index_select(qkv, 0, row), groups, masks, heads, pa, keeps, random, saved), 0, place)
      s1, mask1, = (self).join(x, torch.linear(c, w[j + 2], w[j + 3]), p, random)
      y, mean1, rstd1, = torch.native_layer_norm(s1, [H], w[j + 4], w[j + 5], eps)
      u = torch.linear(y, w[j + 6], w[j + 7])
      f = (self).activate_training(u, n[8])
      s2, mask2, = (self).join(y, torch.linear(f, w[j + 8], w[j + 9]), p, random)
      x, mean2, rstd2, = torch.native_layer_norm(s2, [H], w[j + 10], w[j + 11], eps)
      if keeps:
        more = [c, mask1, s1, mean1, rstd1, y, u, f, mask2, s2, mean2, rstd2]
        for k in range(torch.len(more)):
          _5 = torch.append(saved, more[k])
    return (torch.to(x, 6), saved)
  # From the gradient of the states of the last layer: that of the embeddings' sum, [tokens, hidden], if they have one, their
  # LayerNorm's two; then for each layer, from the lowest with gradients, those of its weights as convert lists them.
  def states_backward(self: __torch__.Kernel, grad: Tensor, layout: Tensor, n: List[int], shares: List[float], w: List[Tensor], saved: List[Tensor]) -> List[Tensor]:
    tokens = n[0]
    heads = n[2]
    dtype = n[5]
    lowest = n[9]
    rows = n[1]
    groups = torch.slice(n, 12, torch.len(n))
    p = shares[1]
    pa = shares[2]
    H = torch.size(w[3], 0)
    a = torch.to(layout, ops.prim.device(w[0]), 4)
    place = torch.slice(a, 0, 2 * rows, 3 * rows)
    real = torch.slice(place, 0, 0, tokens)
    kinds = 2 * torch.len(groups)
    size = 13 + kinds
    found = annotate(List[List[Tensor]], [])
    dx = torch.to(grad, dtype)
    for down in range(n[3] - lowest):
      i = n[3] - 1 - down
      j = 5 + i * 12
      at = 4 + (i - lowest) * size
      x = saved[at]
      z = at + 1 + kinds
      ds2, dg2, db2, = torch.native_layer_norm_backward(dx, saved[z + 9], [H], saved[z + 10], saved[z + 11], w[j + 10], w[j + 11], [True, True, True])
      dd = (self).join_backward(ds2, p, saved[z + 8])
      df = torch.mm(dd, w[j + 8])
      u = saved[z + 6]
      if n[8] == 2:
        du = torch.threshold_backward(df, u, 0)
      elif n[8] == 1:
        du = torch.gelu_backward(df, u, approximate="tanh")
      else:
        du = torch.gelu_backward(df, u, approximate="none")
      dw2 = torch.mm(torch.t(dd), saved[z + 7])
      dw1 = torch.mm(torch.t(du), saved[z + 5])
      dy = torch.addmm(ds2, du, w[j + 6])
      ds1, dg1, db1, = torch.native_layer_norm_backward(dy, saved[z + 2], [H], saved[z + 3], saved[z + 4], w[j + 4], w[j + 5], [True, True, True])
      do = (self).join_backward(ds1, p, saved[z + 1])
      dwo = torch.mm(torch.t(do), saved[z])
      dc = torch.mm(do, w[j + 2])
      padded = torch.index_copy_(torch.zeros([n[11], H], dtype=dtype, device=ops.prim.device(dc)), 0, real, torch.slice(dc, 0, 0, tokens))
      dqkv = torch.index_select((self).attend_backward(padded, groups, heads, pa, saved, at + 1), 0, place)
      _1 = torch.zero_(torch.slice(dqkv, 0, tokens, rows))
      dwqkv = torch.mm(torch.t(dqkv), x)
      _0 = torch.append(found, [dwqkv, torch.sum(dqkv, [0]), dwo, torch.sum(do, [0]), dg1, db1, dw1, torch.sum(du, [0]), dw2, torch.sum(dd, [0]), dg2, db2])
      dx = torch.addmm(ds1, dqkv, w[j])
    r = annotate(List[Tensor], [])
    if n[10] == 1:
      de1 = torch.to(dx, 6)
      de, dg0, db0, = torch.native_layer_norm_backward((self).join_backward(de1, p, saved[3]), saved[0], [H], saved[1], saved[2], w[3], w[4], [True, True, True])
      r1 = [de, dg0, db0]
    else:
      r1 = r
    for i in range(torch.len(found)):
      r1 = torch.add(r1, found[torch.len(found) - 1 - i])
    return r1
  # Adds to the gradients g of all parameters what the backward passes of all parts of the batch found, in their order.
  # n: parts, tensors that each found, first position, lowest layer with gradients, whether the embeddings have some, which
  # gradients: -1 for the embeddings' or a layer; for each parameter whether it has one; for each part its tokens and rows.
  def accumulate(self: __torch__.Kernel, g: List[Tensor], found: List[Tensor], layouts: List[Tensor], n: List[int]) -> Tensor:
    of = n[5]
    size = n[1]
    H = torch.size(g[3], 0)
    if of < 0:
      for i in range(n[0]):
        tokens = n[6 + torch.len(g) + 2 * i]
        rows = n[7 + torch.len(g) + 2 * i]
        a = torch.to(layouts[i], ops.prim.device(g[0]), 4)
        de = torch.slice(found[i * size], 0, 0, tokens)
        if n[6] == 1:
          _0 = (self).add_rows(g[0], torch.slice(a, 0, 0, tokens), de)
        if n[7] == 1:
          _1 = (self).add_rows(g[1], torch.add(torch.slice(a, 0, rows, rows + tokens), n[2]), de)
        if n[8] == 1:
          _2 = torch.add_(torch.select(g[2], 0, 0), torch.sum(de, [0]))
        for k in range(2):
          if n[9 + k] == 1:
            _3 = torch.add_(g[3 + k], found[i * size + 1 + k])
    else:
      at = 3 * n[4] + (of - n[3]) * 12
      j = 5 + of * 16
      for k in range(6):
        if n[6 + j + k] == 1:
          thirds = annotate(List[Tensor], [])
          for i in range(n[0]):
            _4 = torch.append(thirds, torch.slice(found[i * size + at + torch.remainder(k, 2)], 0, torch.floordiv(k, 2) * H, torch.floordiv(k, 2) * H + H))
          _5 = torch.add_(g[j + k], (self).sum_of(thirds))
      for k in range(10):
        if n[12 + j + k] == 1:
          wholes = annotate(List[Tensor], [])
          for i in range(n[0]):
            _6 = torch.append(wholes, found[i * size + at + 2 + k])
          _7 = torch.add_(g[j + 6 + k], (self).sum_of(wholes))
    return g[0]
  def sum_of(self: __torch__.Kernel, parts: List[Tensor]) -> Tensor:
    r = torch.to(parts[0], 6)
    for i in range(torch.len(parts) - 1):
      r = torch.add(r, torch.to(parts[i + 1], 6))
    return r
  # In the order of the rows, whatever the device.
  def add_rows(self: __torch__.Kernel, g: Tensor, ids: Tensor, rows: Tensor) -> Tensor:
    if ops.prim.is_cuda(g):
      r = torch.add_(g, torch.embedding_dense_backward(rows, ids, torch.size(g, 0), -1, False))
    else:
      r = torch.index_add_(g, 0, ids, rows)
    return r
  # A sum through which gradients of zeros come to be.
  def nothing(self: __torch__.Kernel, p: List[Tensor]) -> Tensor:
    sums = annotate(List[Tensor], [])
    for i in range(torch.len(p)):
      _0 = torch.append(sums, torch.mul(torch.sum(p[i]), 0.))
    return torch.sum(torch.stack(sums))
  # Embeddings, [texts, dimension], from the states of all parts of a batch, by autograd. ints: texts, normalize, count of
  # pooling modes, the modes, then each part's tokens. layout: positions, lengths, then for each text of the caller its row.
  def embeddings(self: __torch__.Kernel, parts: List[Tensor], layout: Tensor, ints: Tensor) -> Tensor:
    n = annotate(List[int], [])
    for i in range(torch.size(ints, 0)):
      _0 = torch.append(n, annotate(int, torch.item(torch.select(ints, 0, i))))
    a = torch.to(layout, ops.prim.device(parts[0]), 4)
    modes = torch.slice(n, 3, 3 + n[2])
    states = annotate(List[Tensor], [])
    for i in range(torch.len(parts)):
      _1 = torch.append(states, torch.slice(parts[i], 0, 0, n[3 + n[2] + i]))
    x = torch.cat(states, 0)
    tokens = torch.size(x, 0)
    z = (self).pool(x, torch.slice(a, 0, tokens, tokens + n[0]), torch.slice(a, 0, 0, tokens), modes)
    r = torch.index_select(z, 0, torch.slice(a, 0, tokens + n[0], tokens + 2 * n[0]))
    if n[1] == 1:
      s = torch.div(r, torch.clamp_min(torch.linalg_vector_norm(r, 2, [1], True), 1e-12))
    else:
      s = r
    return s
