  # AdamW in the dialect of a TorchScript archive. w: weights, g: gradients, m, v: moments, all changed in place.
  def norms(self: __torch__.Kernel, g: List[Tensor]) -> Tensor:
    norms = annotate(List[Tensor], [])
    for i in range(torch.len(g)):
      _0 = torch.append(norms, torch.linalg_vector_norm(g[i], 2))
    return torch.stack(norms)
  # counts: for each weight a scalar, its steps, this one included. divisor: of the gradients, which are 0 afterwards.
  # f: learning rate, beta 1, beta 2, epsilon, decay.
  def step(self: __torch__.Kernel, w: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], counts: List[Tensor], f: Tensor, divisor: Tensor) -> Tensor:
    rate = annotate(float, torch.item(torch.select(f, 0, 0)))
    beta1 = annotate(float, torch.item(torch.select(f, 0, 1)))
    beta2 = annotate(float, torch.item(torch.select(f, 0, 2)))
    eps = annotate(float, torch.item(torch.select(f, 0, 3)))
    decay = annotate(float, torch.item(torch.select(f, 0, 4)))
    none = annotate(List[Tensor], [])
    # On the lists as they came: of lists made here the optimizer of scripts does not see that they are changed.
    torch._fused_adamw_(w, g, m, v, none, counts, lr=rate, beta1=beta1, beta2=beta2, weight_decay=decay, eps=eps, amsgrad=False, maximize=False, grad_scale=divisor)
    for i in range(torch.len(g)):
      _1 = torch.zero_(g[i])
    return f
