  # Losses as functions of embeddings, in the dialect of a TorchScript archive. e: for each column of texts a matrix
  # [texts, dimension]; labels: [texts], or [texts, dimension] where they are embeddings; f: the loss's own numbers.
  # Codes of distances: 0 Euclidean, 1 Manhattan, 2 cosine.
  def number(self: __torch__.Kernel, f: Tensor, i: int) -> float:
    return annotate(float, torch.item(torch.select(f, 0, i)))
  def unit(self: __torch__.Kernel, x: Tensor) -> Tensor:
    return torch.div(x, torch.clamp_min(torch.linalg_vector_norm(x, 2, [1], True), 1e-12))
  def cosines(self: __torch__.Kernel, a: Tensor, b: Tensor) -> Tensor:
    return torch.sum(torch.mul((self).unit(a), (self).unit(b)), [1])
  # Of the rows of two matrices, as TripletLoss has them.
  def distances(self: __torch__.Kernel, a: Tensor, b: Tensor, code: float) -> Tensor:
    if code == 0.:
      d = torch.linalg_vector_norm(torch.sub(a, b), 2, [1])
    elif code == 1.:
      d = torch.sum(torch.abs(torch.sub(a, b)), [1])
    else:
      d = torch.rsub((self).cosines(a, b), 1.)
    return d
  # The same as ContrastiveLoss has them: with an epsilon in the difference.
  def siamese(self: __torch__.Kernel, a: Tensor, b: Tensor, code: float) -> Tensor:
    if code == 0.:
      d = torch.pairwise_distance(a, b, 2., 1e-06)
    elif code == 1.:
      d = torch.pairwise_distance(a, b, 1., 1e-06)
    else:
      d = torch.rsub(torch.cosine_similarity(a, b, 1, 1e-08), 1.)
    return d
  # Of each row with each.
  def all_distances(self: __torch__.Kernel, e: Tensor, code: float) -> Tensor:
    if code == 2.:
      u = (self).unit(e)
      d = torch.rsub(torch.matmul(u, torch.t(u)), 1.)
    elif code == 1.:
      d = torch.sum(torch.abs(torch.sub(torch.unsqueeze(e, 1), torch.unsqueeze(e, 0))), [2])
    else:
      dots = torch.matmul(e, torch.t(e))
      squares = torch.diag(dots)
      s = torch.clamp_min(torch.add(torch.sub(torch.unsqueeze(squares, 0), torch.mul(dots, 2.)), torch.unsqueeze(squares, 1)), 0.)
      zero = torch.to(torch.eq(s, 0.), 6)
      # The slope of a root is infinite at 0.
      d = torch.mul(torch.sqrt(torch.add(s, torch.mul(zero, 1e-16))), torch.rsub(zero, 1.))
    return d
  def same(self: __torch__.Kernel, labels: Tensor) -> Tensor:
    return torch.eq(torch.unsqueeze(labels, 0), torch.unsqueeze(labels, 1))
  def positives(self: __torch__.Kernel, labels: Tensor) -> Tensor:
    n = torch.size(labels, 0)
    own = torch.eye(n, dtype=11, device=ops.prim.device(labels))
    return torch.logical_and((self).same(labels), torch.logical_not(own))
  def cosine_similarity(self: __torch__.Kernel, e: List[Tensor], labels: Tensor, f: Tensor) -> Tensor:
    return torch.mse_loss(torch.cosine_similarity(e[0], e[1], 1, 1e-08), labels)
  def mse(self: __torch__.Kernel, e: List[Tensor], labels: Tensor, f: Tensor) -> Tensor:
    return torch.mse_loss(torch.cat(e, 0), torch.repeat(labels, [torch.len(e), 1]))
  # f: distance, margin.
  def triplet(self: __torch__.Kernel, e: List[Tensor], labels: Tensor, f: Tensor) -> Tensor:
    code = (self).number(f, 0)
    d = torch.sub((self).distances(e[0], e[1], code), (self).distances(e[0], e[2], code))
    return torch.mean(torch.relu(torch.add(d, (self).number(f, 1))))
  # f: distance, margin, whether pairs are averaged.
  def contrastive(self: __torch__.Kernel, e: List[Tensor], labels: Tensor, f: Tensor) -> Tensor:
    d = (self).siamese(e[0], e[1], (self).number(f, 0))
    near = torch.mul(labels, torch.square(d))
    far = torch.mul(torch.rsub(labels, 1.), torch.square(torch.relu(torch.rsub(d, (self).number(f, 1)))))
    losses = torch.mul(torch.add(near, far), 0.5)
    if (self).number(f, 2) == 1.:
      loss = torch.mean(losses)
    else:
      loss = torch.sum(losses)
    return loss
  # f: distance, margin.
  def online_contrastive(self: __torch__.Kernel, e: List[Tensor], labels: Tensor, f: Tensor) -> Tensor:
    d = (self).siamese(e[0], e[1], (self).number(f, 0))
    far = torch.masked_select(d, torch.eq(labels, 0.))
    near = torch.masked_select(d, torch.eq(labels, 1.))
    if torch.size(near, 0) > 0:
      most = torch.max(near)
    else:
      most = torch.mean(far)
    if torch.size(far, 0) > 0:
      least = torch.min(far)
    else:
      least = torch.mean(near)
    hard_far = torch.masked_select(far, torch.lt(far, most))
    hard_near = torch.masked_select(near, torch.gt(near, least))
    pulled = torch.sum(torch.square(hard_near))
    return torch.add(pulled, torch.sum(torch.square(torch.relu(torch.rsub(hard_far, (self).number(f, 1))))))
  # f: scale.
  def cosent(self: __torch__.Kernel, e: List[Tensor], labels: Tensor, f: Tensor) -> Tensor:
    s = torch.mul((self).cosines(e[0], e[1]), (self).number(f, 0))
    pairs = torch.sub(torch.unsqueeze(s, 1), torch.unsqueeze(s, 0))
    ordered = torch.to(torch.lt(torch.unsqueeze(labels, 1), torch.unsqueeze(labels, 0)), 6)
    kept = torch.sub(pairs, torch.mul(torch.rsub(ordered, 1.), 1000000000000.))
    zero = torch.zeros([1], dtype=6, device=ops.prim.device(kept))
    return torch.logsumexp(torch.cat([zero, torch.reshape(kept, [-1])], 0), [0])
  # f: scale, whether by cosine.
  def multiple_negatives_ranking(self: __torch__.Kernel, e: List[Tensor], labels: Tensor, f: Tensor) -> Tensor:
    candidates = torch.cat(torch.slice(e, 1, torch.len(e)), 0)
    if (self).number(f, 1) == 1.:
      s = torch.matmul((self).unit(e[0]), torch.t((self).unit(candidates)))
    else:
      s = torch.matmul(e[0], torch.t(candidates))
    scores = torch.mul(s, (self).number(f, 0))
    own = torch.arange(torch.size(e[0], 0), dtype=4, device=ops.prim.device(scores))
    return torch.cross_entropy_loss(scores, own)
  # f: distance, margin.
  def hardest(self: __torch__.Kernel, e: Tensor, labels: Tensor, f: Tensor) -> Tensor:
    d = (self).all_distances(e, (self).number(f, 0))
    near, _0, = torch.max(torch.mul(d, torch.to((self).positives(labels), 6)), 1, True)
    furthest, _1, = torch.max(d, 1, True)
    far, _2, = torch.min(torch.add(d, torch.mul(furthest, torch.to((self).same(labels), 6))), 1, True)
    return torch.sub(near, far)
  def batch_hard(self: __torch__.Kernel, e: List[Tensor], labels: Tensor, f: Tensor) -> Tensor:
    return torch.mean(torch.relu(torch.add((self).hardest(e[0], labels, f), (self).number(f, 1))))
  def batch_hard_soft_margin(self: __torch__.Kernel, e: List[Tensor], labels: Tensor, f: Tensor) -> Tensor:
    return torch.mean(torch.softplus((self).hardest(e[0], labels, f)))
  def batch_semi_hard(self: __torch__.Kernel, e: List[Tensor], labels: Tensor, f: Tensor) -> Tensor:
    d = (self).all_distances(e[0], (self).number(f, 0))
    n = torch.size(labels, 0)
    alike = (self).same(labels)
    ordered, _0, = torch.sort(torch.masked_fill(d, alike, inf), stable=True, dim=1, descending=False)
    places = torch.searchsorted(torch.contiguous(torch.detach(ordered)), torch.contiguous(torch.detach(d)), right=True)
    outside = torch.gather(ordered, 1, torch.clamp_max(places, n - 1))
    least, _1, = torch.min(d, 1, True)
    within, _2, = torch.max(torch.mul(torch.sub(d, least), torch.to(torch.logical_not(alike), 6)), 1, True)
    inside = torch.add(within, least)
    negatives = torch.where(torch.isfinite(outside), outside, inside)
    losses = torch.add(torch.sub(d, negatives), (self).number(f, 1))
    pairs = torch.to((self).positives(labels), 6)
    return torch.div(torch.sum(torch.relu(torch.mul(losses, pairs))), torch.clamp_min(torch.sum(pairs), 1e-16))
  def batch_all(self: __torch__.Kernel, e: List[Tensor], labels: Tensor, f: Tensor) -> Tensor:
    d = (self).all_distances(e[0], (self).number(f, 0))
    pairs = torch.nonzero((self).positives(labels))
    anchors = torch.select(pairs, 1, 0)
    rows = torch.index_select(d, 0, anchors)
    near = torch.gather(rows, 1, torch.unsqueeze(torch.select(pairs, 1, 1), 1))
    losses = torch.add(torch.sub(near, rows), (self).number(f, 1))
    others = torch.ne(torch.unsqueeze(torch.index_select(labels, 0, anchors), 1), torch.unsqueeze(labels, 0))
    hard = torch.relu(torch.mul(losses, torch.to(others, 6)))
    count = torch.sum(torch.to(torch.gt(hard, 1e-16), 6))
    return torch.div(torch.sum(hard), torch.add(count, 1e-16))
  # f: whether the embeddings, their difference and their product are features. The classifier comes last in e.
  def softmax(self: __torch__.Kernel, e: List[Tensor], labels: Tensor, f: Tensor) -> Tensor:
    parts = annotate(List[Tensor], [])
    if (self).number(f, 0) == 1.:
      _0 = torch.append(parts, e[0])
      _1 = torch.append(parts, e[1])
    if (self).number(f, 1) == 1.:
      _2 = torch.append(parts, torch.abs(torch.sub(e[0], e[1])))
    if (self).number(f, 2) == 1.:
      _3 = torch.append(parts, torch.mul(e[0], e[1]))
    return torch.cross_entropy_loss(torch.linear(torch.cat(parts, 1), e[2], e[3]), torch.to(labels, 4))
  def binary_cross_entropy(self: __torch__.Kernel, e: List[Tensor], labels: Tensor, f: Tensor) -> Tensor:
    return torch.binary_cross_entropy_with_logits(torch.reshape(e[0], [-1]), labels, None, None, 1)
  def cross_entropy(self: __torch__.Kernel, e: List[Tensor], labels: Tensor, f: Tensor) -> Tensor:
    return torch.cross_entropy_loss(e[0], torch.to(labels, 4))
