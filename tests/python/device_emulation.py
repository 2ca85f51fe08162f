"""Tensors that say they are on a device, an eye on every operator that gets them, and page-locked memory."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

# PyTorch refuses tensors on "cuda" where there is none, and has no use of its own for this device here.
DEVICE = torch.device("meta")
# Of the libraries that are the CPU's.
CPU_NAMESPACES = ("mkldnn", "onednn", "quantized", "prepacked")
MAY_MIX = {"aten::copy_", "aten::_to_copy"}
# Elementwise ones take a number as a tensor of the CPU, of no dimension.
TAKES_NUMBERS = {f"aten::{name}" for name in ("add", "add_", "sub", "sub_", "mul", "mul_", "div", "div_", "where")}


class Placed(torch.Tensor):
    """A tensor on the emulated device; ``inner`` is what computes."""

    @staticmethod
    def __new__(cls, inner):
        placed = torch.Tensor._make_wrapper_subclass(
            cls, inner.size(), strides=inner.stride(), storage_offset=inner.storage_offset(),
            dtype=inner.dtype, layout=inner.layout, device=DEVICE, requires_grad=False)
        placed.inner = inner
        return placed

    __torch_function__ = torch._C._disabled_torch_function_impl

    @classmethod
    def __torch_dispatch__(cls, operator, types, args=(), kwargs=None):
        raise RuntimeError(f"{operator} outside of the emulation")


def plain(value):
    """What computes, of a tensor of either side."""
    return value.inner if isinstance(value, Placed) else value


class Finding(RuntimeError):
    """An operator could not be called so on a device."""


class HostMemory(TorchDispatchMode):
    """While it is entered, the processor's memory can be page-locked, which PyTorch refuses without a driver.

    It is memory as any other; which of it is locked is kept in mind until the mode is left.
    """

    def __init__(self):
        super().__init__()
        self.locked = {}

    def __exit__(self, *raised):
        self.locked.clear()
        return super().__exit__(*raised)

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        name = operator._schema.name
        if name == "aten::is_pinned":
            return self.is_locked(args[0])
        if name == "aten::_pin_memory":
            return self.lock(args[0].clone(memory_format=torch.contiguous_format))
        lock = kwargs.pop("pin_memory", False)
        out = operator(*args, **kwargs)
        return self.lock(out) if lock else out

    def lock(self, tensor):
        # Kept, so that no other tensor comes to lie there.
        self.locked[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    def is_locked(self, tensor):
        """Whether a tensor lies in page-locked memory of the processor, as views of such do."""
        return not isinstance(tensor, Placed) and tensor.untyped_storage().data_ptr() in self.locked


class Emulation(HostMemory):
    """While it is entered, operators on placed tensors are checked and give placed tensors."""

    def __init__(self):
        super().__init__()
        self.finding = None
        self.checks_kernels = torch._C._dispatch_has_kernel_for_dispatch_key("aten::mm", "CUDA")

    @staticmethod
    def place(tensor):
        return Placed(tensor)

    @staticmethod
    def is_placed(tensor):
        return isinstance(tensor, Placed)

    @staticmethod
    def copy(value):
        """Of nested tensors, each where it was."""
        def one(v):
            if isinstance(v, Placed):
                return Placed(v.inner.detach().clone())
            return v.detach().clone() if isinstance(v, torch.Tensor) else v
        return tree_map(one, value)

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        name = operator._schema.name
        values, _ = tree_flatten((args, kwargs))
        placed = [v for v in values if isinstance(v, Placed)]
        target = kwargs.get("device")
        on_device = bool(placed)
        if target is not None:
            on_device = torch.device(target).type == DEVICE.type
            kwargs["device"] = torch.device("cpu")
        elif name == "aten::copy_":
            on_device = isinstance(args[0], Placed)
        if placed or on_device:
            self.check(operator, name, args, kwargs, on_device)
        if name == "aten::_fused_sdp_choice" and placed:
            return 0  # the plain computation: the CPU's fused one is no operator of a GPU
        same = {id(v.inner): v for v in placed}
        out = super().__torch_dispatch__(operator, types, tree_map(plain, args), tree_map(plain, kwargs))
        if not on_device or name == "aten::_local_scalar_dense":
            return out

        def wrap(value):
            if not isinstance(value, torch.Tensor):
                return value
            known = same.get(id(value))
            return known if known is not None else Placed(value)

        return tree_map(wrap, out)

    def take_finding(self):
        """What was found last, once; None if nothing was. The script's interpreter drops an exception's message."""
        found, self.finding = self.finding, None
        return found

    def check(self, operator, name, args, kwargs, on_device):
        """Raises Finding if an operator could not be called so on a device."""
        values, _ = tree_flatten((args, kwargs))
        placed = any(isinstance(v, Placed) for v in values)
        self.finding = (self.wrong(operator, name, args, values, placed)
                        or self.wrong_memory(name, args, kwargs, on_device))
        if self.finding:
            raise Finding(self.finding)

    def wrong(self, operator, name, args, values, placed):
        """Why an operator could not be called so on a device, or None."""
        if name.split("::")[0] in CPU_NAMESPACES or "mkldnn" in name:
            return f"{name} is an operator of the CPU"
        if any(isinstance(v, torch.Generator) for v in values):
            return f"{name} draws on the device with a generator of the CPU"
        strangers = [v for v in values if isinstance(v, torch.Tensor) and not isinstance(v, Placed)]
        if placed and name not in MAY_MIX:
            for stranger in strangers:
                if stranger.dim() > 0 or name not in TAKES_NUMBERS:
                    return f"{name} gets a tensor {list(stranger.shape)} of the CPU beside the device's"
        if name == "aten::native_layer_norm" and args[2] is not None and args[2].dtype != args[0].dtype:
            return f"{name} of {args[0].dtype} gets weights of {args[2].dtype}"
        if self.checks_kernels and not on_cuda(operator):
            return f"{name} has no kernel for CUDA"
        return None

    def wrong_memory(self, name, args, kwargs, on_device):
        """Why memory could not be locked, or a copy has to be waited for; None if neither is so."""
        if on_device and (name == "aten::_pin_memory" or kwargs.get("pin_memory")):
            return f"{name} locks memory of the device"
        if name == "aten::copy_":
            source, waits = args[1], not (args[2] if len(args) > 2 else kwargs.get("non_blocking"))
        elif name == "aten::_to_copy":
            source, waits = args[0], not kwargs.get("non_blocking")
        else:
            return None
        if waits or on_device == isinstance(source, Placed):
            return None
        if not on_device:
            return f"{name} is not waited for, and the processor reads what it gives"
        if not self.is_locked(source):
            return f"{name} is not to be waited for, but copies memory that is not page-locked"
        return None


def on_cuda(operator):
    """Whether there is a CUDA kernel, or one that is made of other operators."""
    name = operator.name()
    return any(torch._C._dispatch_has_kernel_for_dispatch_key(name, key) for key in (
        "CUDA", "CompositeExplicitAutograd", "CompositeImplicitAutograd",
        "CompositeExplicitAutogradNonFunctional"))
