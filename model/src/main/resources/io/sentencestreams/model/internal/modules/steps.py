# The steps between token ids and a sentence embedding that are not transformers, all in fp32. Each takes lists of tensors:
# x, what it works on, the layout last where it is needed; w, its parameters. ints begin with tokens and sequences.
# An id behind the vocabulary stands for a text without any known word: its row is zero.
  def rows_of(self: __torch__.Kernel, table: Tensor, ids: Tensor, unknown: bool) -> Tensor:
    if unknown:
      known = torch.lt(ids, torch.size(table, 0))
      e = torch.embedding(table, torch.where(known, ids, torch.zeros_like(ids)))
      r = torch.mul(e, torch.unsqueeze(torch.to(known, 6), 1))
    else:
      r = torch.embedding(table, ids)
    return r
  # By embedding_bag, which is many times as fast as segment_reduce; an own number says whether there is an unknown id.
  def sums(self: __torch__.Kernel, x: Tensor, lengths: Tensor) -> Tensor:
    at = torch.arange(torch.size(x, 0), dtype=4, device=ops.prim.device(x))
    r, b, s, m, = torch.embedding_bag(x, at, torch.sub(torch.cumsum(lengths, 0), lengths), False, 0)
    return r
  def sequence_of(self: __torch__.Kernel, lengths: Tensor) -> Tensor:
    return torch.repeat_interleave(torch.arange(torch.size(lengths, 0), dtype=4, device=ops.prim.device(lengths)), lengths)
  def words(self: __torch__.Kernel, ints: Tensor, floats: Tensor, x: List[Tensor], w: List[Tensor]) -> List[Tensor]:
    n = (self).numbers(ints)
    a = torch.to(x[0], ops.prim.device(w[0]), 4)
    return [(self).rows_of(w[0], torch.slice(a, 0, 0, n[0]), n[2] == 1)]
  def mean_of_rows(self: __torch__.Kernel, ints: Tensor, floats: Tensor, x: List[Tensor], w: List[Tensor]) -> List[Tensor]:
    n = (self).numbers(ints)
    a = torch.to(x[0], ops.prim.device(w[0]), 4)
    ids = torch.slice(a, 0, 0, n[0])
    lengths = (self).lengths(a, n[0], n[1])
    starts = torch.sub(torch.cumsum(lengths, 0), lengths)
    if n[2] == 1:
      known = torch.lt(ids, torch.size(w[0], 0))
      e, b, s, m, = torch.embedding_bag(w[0], torch.where(known, ids, torch.zeros_like(ids)), starts, False, 1)
      r = torch.mul(e, torch.unsqueeze(torch.to(torch.index_select(known, 0, starts), 6), 1))
    else:
      r, b1, s1, m1, = torch.embedding_bag(w[0], ids, starts, False, 1)
    return [r]
  def bag_of_words(self: __torch__.Kernel, ints: Tensor, floats: Tensor, x: List[Tensor], w: List[Tensor]) -> List[Tensor]:
    n = (self).numbers(ints)
    device = ops.prim.device(w[0])
    a = torch.to(x[0], device, 4)
    ids = torch.slice(a, 0, 0, n[0])
    V = torch.size(w[0], 0)
    extended = torch.cat([w[0], torch.zeros([1], dtype=6, device=device)], 0)
    at = torch.add(torch.mul((self).sequence_of((self).lengths(a, n[0], n[1])), V + 1), ids)
    z = torch.zeros([n[1] * (V + 1)], dtype=6, device=device)
    r = torch.index_put(z, annotate(List[Optional[Tensor]], [at]), torch.index_select(extended, 0, ids), n[2] == 1)
    return [torch.slice(torch.reshape(r, [n[1], V + 1]), 1, 0, V)]
  def word_weights(self: __torch__.Kernel, ints: Tensor, floats: Tensor, x: List[Tensor], w: List[Tensor]) -> List[Tensor]:
    n = (self).numbers(ints)
    a = torch.to(x[1], ops.prim.device(w[0]), 4)
    weights = (self).rows_of(w[0], torch.slice(a, 0, 0, n[0]), n[2] == 1)
    return [torch.mul(x[0], weights), (self).sums(weights, (self).lengths(a, n[0], n[1]))]
  # Own numbers: layers, directions, seed. Packed sequences of PyTorch: all first tokens, longest text first, then all second.
  def lstm(self: __torch__.Kernel, ints: Tensor, floats: Tensor, x: List[Tensor], w: List[Tensor]) -> List[Tensor]:
    n = (self).numbers(ints)
    device = ops.prim.device(w[0])
    a = torch.to(x[1], device, 4)
    lengths = (self).lengths(a, n[0], n[1])
    positions = torch.slice(a, 0, n[0], 2 * n[0])
    key = torch.add(torch.mul(positions, n[1]), torch.sub(n[1] - 1, (self).sequence_of(lengths)))
    order = torch.argsort(key)
    longest = annotate(int, torch.item(torch.max(lengths)))
    times = torch.unsqueeze(torch.arange(longest, dtype=4, device=device), 1)
    sizes = torch.to(torch.sum(torch.gt(torch.unsqueeze(lengths, 0), times), [1]), torch.device("cpu"), 4)
    random = torch.Generator(device=torch.device("cpu"), seed=n[4])
    p = (self).number(floats, 0)
    each = 4 * n[3]
    y = torch.index_select(x[0], 0, order)
    H = torch.size(w[1], 1)
    for i in range(n[2]):
      state = torch.zeros([n[3], n[1], H], dtype=6, device=device)
      if i > 0:
        y = (self).drop(y, p, random)
      r, h, c, = torch.lstm(y, sizes, [state, state], torch.slice(w, i * each, (i + 1) * each), True, 1, 0., False, n[3] == 2)
      y = r
    return [torch.index_select(y, 0, torch.argsort(order))]
  # Rows with room for the widest kernel between texts, so that neighbours of real tokens alone are multiplied, in one product.
  def convolve(self: __torch__.Kernel, ints: Tensor, floats: Tensor, x: List[Tensor], w: List[Tensor]) -> List[Tensor]:
    n = (self).numbers(ints)
    device = ops.prim.device(w[0])
    sequence = (self).sequence_of((self).lengths(torch.to(x[1], device, 4), n[0], n[1]))
    room = 0
    for i in range(torch.floordiv(torch.len(w), 2)):
      side = torch.floordiv(torch.size(w[2 * i], 2) - 1, 2)
      if side > room:
        room = side
    at = torch.add(torch.arange(n[0], dtype=4, device=device), torch.mul(torch.add(torch.mul(sequence, 2), 1), room))
    wide = torch.index_copy(torch.zeros([n[0] + 2 * room * n[1], torch.size(x[0], 1)], dtype=6, device=device), 0, at, x[0])
    outputs = annotate(List[Tensor], [])
    for i in range(torch.floordiv(torch.len(w), 2)):
      kernel = w[2 * i]
      k = torch.size(kernel, 2)
      neighbours = annotate(List[Tensor], [])
      for j in range(k):
        _0 = torch.append(neighbours, torch.index_select(wide, 0, torch.add(at, j - torch.floordiv(k - 1, 2))))
      matrix = torch.reshape(torch.permute(kernel, [0, 2, 1]), [torch.size(kernel, 0), -1])
      _1 = torch.append(outputs, torch.linear(torch.cat(neighbours, 1), matrix, w[2 * i + 1]))
    return [torch.cat(outputs, 1)]
  # x: the states of the layers that count.
  def weigh_layers(self: __torch__.Kernel, ints: Tensor, floats: Tensor, x: List[Tensor], w: List[Tensor]) -> List[Tensor]:
    shares = torch.div(w[0], torch.sum(w[0]))
    return [torch.sum(torch.mul(torch.stack(x, 0), torch.reshape(shares, [-1, 1, 1])), [0])]
  # Own numbers: layers on each side. x: the states of the layers that count, then the layout. The last token of a text,
  # its end, does not count. A layer has a left side only where it is whole, as in the reference.
  def dissect(self: __torch__.Kernel, ints: Tensor, floats: Tensor, x: List[Tensor], w: List[Tensor]) -> List[Tensor]:
    n = (self).numbers(ints)
    layers = torch.len(x) - 1
    a = torch.to(x[layers], ops.prim.device(x[0]), 4)
    lengths = (self).lengths(a, n[0], n[1])
    positions = torch.slice(a, 0, n[0], 2 * n[0])
    kept = torch.ne(positions, torch.sub(torch.repeat_interleave(lengths, lengths), 1))
    at = torch.squeeze(torch.nonzero(kept), 1)
    states = annotate(List[Tensor], [])
    for k in range(layers):
      _0 = torch.append(states, torch.index_select(x[k], 0, at))
    alignments = annotate(List[Tensor], [])
    novelties = annotate(List[Tensor], [])
    for k in range(layers):
      window = annotate(List[Tensor], [])
      if k >= n[2]:
        for i in range(n[2]):
          _1 = torch.append(window, states[k - n[2] + i])
      for i in range(n[2]):
        if k + 1 + i < layers:
          _2 = torch.append(window, states[k + 1 + i])
      _3 = torch.append(window, states[k])
      m = torch.len(window)
      q, r, = torch.linalg_qr(torch.stack(window, 2), "reduced")
      own = torch.slice(torch.select(r, 2, m - 1), 1, 0, m - 1)
      others = torch.slice(torch.slice(r, 1, 0, m - 1), 2, 0, m - 1)
      means = torch.mean(torch.div(others, torch.linalg_vector_norm(others, 2, [1], True)), [2])
      alike = torch.div(torch.sum(torch.mul(means, own), [1]), torch.linalg_vector_norm(own, 2, [1]))
      _4 = torch.append(alignments, torch.reciprocal(torch.mul(alike, 2 * m)))
      column = torch.select(r, 2, m - 1)
      _5 = torch.append(novelties, torch.div(torch.abs(torch.select(column, 1, m - 1)), torch.linalg_vector_norm(column, 2, [1])))
    alignment = torch.stack(alignments, 1)
    novelty = torch.stack(novelties, 1)
    both = torch.add(torch.div(novelty, torch.sum(novelty, [1], True)), torch.div(alignment, torch.sum(alignment, [1], True)))
    shares = torch.div(both, torch.sum(both, [1], True))
    all = torch.stack(states, 1)
    tokens = torch.sum(torch.mul(all, torch.unsqueeze(shares, 2)), [1])
    norms = torch.linalg_vector_norm(all, 2, [2])
    products = torch.sum(torch.mul(torch.slice(all, 1, 1, layers), torch.slice(all, 1, 0, layers - 1)), [2])
    scale = torch.clamp_min(torch.mul(torch.slice(norms, 1, 1, layers), torch.slice(norms, 1, 0, layers - 1)), 1e-8)
    change = torch.unsqueeze(torch.var(torch.div(products, scale), [1], True), 1)
    counts = torch.sub(lengths, 1)
    total = (self).sums(change, counts)
    return [torch.div((self).sums(torch.mul(tokens, change), counts), total)]
  # x: tokens, the layout, and how many of each text's first tokens go. Positions stay what they were; ids are not read again.
  def without_prompts(self: __torch__.Kernel, ints: Tensor, floats: Tensor, x: List[Tensor], w: List[Tensor]) -> List[Tensor]:
    n = (self).numbers(ints)
    device = ops.prim.device(x[0])
    a = torch.to(x[1], device, 4)
    prompts = torch.to(x[2], device, 4)
    lengths = (self).lengths(a, n[0], n[1])
    positions = torch.slice(a, 0, n[0], 2 * n[0])
    at = torch.squeeze(torch.nonzero(torch.ge(positions, torch.repeat_interleave(prompts, lengths))), 1)
    kept = torch.index_select(positions, 0, at)
    return [torch.index_select(x[0], 0, at), torch.cat([kept, kept, torch.sub(lengths, prompts)], 0)]
  # Own numbers: the modes. x: tokens, the layout and, where words have weights, their sums.
  def pool(self: __torch__.Kernel, ints: Tensor, floats: Tensor, x: List[Tensor], w: List[Tensor]) -> List[Tensor]:
    n = (self).numbers(ints)
    t = x[0]
    a = torch.to(x[1], ops.prim.device(t), 4)
    lengths = (self).lengths(a, n[0], n[1])
    ends = torch.cumsum(lengths, 0)
    ranks = torch.unsqueeze(torch.add(torch.to(torch.slice(a, 0, n[0], 2 * n[0]), 6), 1.), 1)
    if torch.len(x) == 3:
      weights = torch.clamp_min(x[2], 1e-9)
      rankSums = weights
    else:
      weights = torch.unsqueeze(torch.to(lengths, 6), 1)
      rankSums = (self).sums(ranks, lengths)
    parts = annotate(List[Tensor], [])
    for i in range(torch.len(n) - 2):
      m = n[2 + i]
      if m == 0:
        part = torch.index_select(t, 0, torch.sub(ends, lengths))
      elif m == 1:
        part = torch.segment_reduce(t, "max", lengths=lengths, axis=0, unsafe=True)
      elif m == 2:
        part = torch.div((self).sums(t, lengths), weights)
      elif m == 3:
        part = torch.div((self).sums(t, lengths), torch.sqrt(weights))
      elif m == 4:
        part = torch.div((self).sums(torch.mul(t, ranks), lengths), rankSums)
      else:
        part = torch.index_select(t, 0, torch.sub(ends, 1))
      _0 = torch.append(parts, part)
    return [torch.cat(parts, 1)]
  # ints: activation in the order of the enumeration, bias, residual (0 none, 1 the input, 2 a projection of it).
  def dense(self: __torch__.Kernel, ints: Tensor, floats: Tensor, x: List[Tensor], w: List[Tensor]) -> List[Tensor]:
    n = (self).numbers(ints)
    if n[1] == 1:
      u = torch.linear(x[0], w[0], w[1])
    else:
      u = torch.linear(x[0], w[0])
    k = n[0]
    if k == 1:
      f = torch.tanh(u)
    elif k == 2:
      f = torch.relu(u)
    elif k == 3:
      f = torch.gelu(u, approximate="none")
    elif k == 4:
      f = torch.sigmoid(u)
    elif k == 5:
      f = torch.silu(u)
    elif k == 6:
      f = torch.leaky_relu(u, 0.01)
    elif k == 7:
      f = torch.elu(u)
    elif k == 8:
      f = torch.selu(u)
    elif k == 9:
      f = torch.hardtanh(u, 0., 6.)
    elif k == 10:
      f = torch.softplus(u)
    elif k == 11:
      f = torch.div(u, torch.add(torch.abs(u), 1.))
    elif k == 12:
      f = torch.hardtanh(u, -1., 1.)
    elif k == 13:
      f = torch.mish(u)
    else:
      f = u
    if n[2] == 2:
      r = torch.add(f, torch.linear(x[0], w[torch.len(w) - 1]))
    elif n[2] == 1:
      r = torch.add(f, x[0])
    else:
      r = f
    return [r]
  def layer_norm(self: __torch__.Kernel, ints: Tensor, floats: Tensor, x: List[Tensor], w: List[Tensor]) -> List[Tensor]:
    return [torch.layer_norm(x[0], [torch.size(x[0], 1)], w[0], w[1], 1e-05)]
  def unit_length(self: __torch__.Kernel, ints: Tensor, floats: Tensor, x: List[Tensor], w: List[Tensor]) -> List[Tensor]:
    return [torch.div(x[0], torch.clamp_min(torch.linalg_vector_norm(x[0], 2, [1], True), 1e-12))]
  # ints: seed. floats: share.
  def leave_out(self: __torch__.Kernel, ints: Tensor, floats: Tensor, x: List[Tensor], w: List[Tensor]) -> List[Tensor]:
    random = torch.Generator(device=torch.device("cpu"), seed=annotate(int, torch.item(torch.select(ints, 0, 0))))
    return [(self).drop(x[0], (self).number(floats, 0), random)]
  # x: sentence embeddings in the order of the batch, and the layout with, at its end, the row of each text of the caller.
  def in_order(self: __torch__.Kernel, ints: Tensor, floats: Tensor, x: List[Tensor], w: List[Tensor]) -> List[Tensor]:
    n = (self).numbers(ints)
    a = torch.to(x[1], ops.prim.device(x[0]), 4)
    S = torch.size(a, 0)
    return [torch.index_select(x[0], 0, torch.slice(a, 0, S - n[1], S))]
  def without_unknown(self: __torch__.Kernel, ints: Tensor, floats: Tensor, x: List[Tensor], w: List[Tensor]) -> List[Tensor]:
    n = (self).numbers(ints)
    ids = torch.slice(torch.to(x[1], ops.prim.device(x[0]), 4), 0, 0, n[0])
    return [torch.mul(x[0], torch.unsqueeze(torch.to(torch.lt(ids, n[2]), 6), 1))]
