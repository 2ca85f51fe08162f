  # Matrix products, every one of other matrices: of equal ones the script's compiler would make one.
  def matrices(self: __torch__.Kernel, count: int, size: int, dtype: int) -> List[Tensor]:
    m = annotate(List[Tensor], [])
    for i in range(count + 1):
      _0 = torch.append(m, torch.to(torch.rand([size, size]), dtype))
    return m
  def multiply(self: __torch__.Kernel, m: List[Tensor]) -> Tensor:
    products = annotate(List[Tensor], [])
    for i in range(torch.len(m) - 1):
      _0 = torch.append(products, torch.mm(m[i], m[i + 1]))
    return torch.to(torch.select(torch.select(products[0], 0, 0), 0, 0), 6)
