"""Runs recorded calls of the TorchScript kernels on a device that is emulated, beside the CPU.

    python tests/python/device_check.py --calls FOLDER [--root CHECKOUT]

FOLDER holds calls as io.sentencestreams.tests.device.CallRecorder writes them. Each is made twice: with
plain tensors, and with tensors that say they are on a device, where the program on a GPU would have
them there. Exit status 1, and a list of what was found, if

- an operator gets tensors of the CPU beside tensors of the device, but for a number as a tensor,
- it draws on the device with a generator of the CPU,
- it has no kernel for CUDA (told by a PyTorch that was built with CUDA; no GPU is needed), or is oneDNN's,
- a copy that is not waited for comes from memory of the CPU that is not page-locked, or goes there,
- the device's memory is to be page-locked,
- a LayerNorm gets weights of another type than its input,
- results or gradients differ from the CPU's, or a result is not where the program reads it,
- a branch of a kernel that a GPU may take was not run.

No CUDA kernel runs: what one computes, how fast, and whether it takes a tensor's shape stays open.
"""

import argparse
import collections
import sys
from pathlib import Path

import torch

from device_calls import Recorded
from device_emulation import Emulation, HostMemory, plain
from device_kernels import Kernels

# Read by the program without moving them.
RESULTS_ON_CPU = {"forward"}
# Sums in another order, and softmax in fp32 or not: steps of the type, relative to the greatest value.
TOLERANCES = {torch.float16: 8e-3, torch.bfloat16: 8e-2}
TOLERANCE = 1e-4


def tensors(value):
    """The tensors in nested lists and tuples."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, (list, tuple)):
        return [t for element in value for t in tensors(element)]
    return []


def halves(value):
    """The lowest precision among nested tensors, or None."""
    types = {t.dtype for t in tensors(value)}
    return next((t for t in (torch.bfloat16, torch.float16) if t in types), None)


class Replay:
    """Makes each call on the CPU and on the emulated device. Results are kept: later calls take them."""

    def __init__(self, recorded, kernels, emulation):
        self.recorded = recorded
        self.kernels = kernels
        self.emulation = emulation
        self.host = HostMemory()
        self.results = {}
        self.lowest = {}

    def arguments(self, call, side):
        """Arguments of one side (0 the CPU, 1 the device), and those that gradients are wanted for."""
        leaves = []

        def make(value):
            if isinstance(value, list):
                return [make(v) for v in value]
            if isinstance(value, self.recorded.Result):
                whole = self.results[value.call][side]
                found = whole if value.element < 0 else whole[value.element]
                return self.emulation.copy(found)
            if not isinstance(value, self.recorded.Tensor):
                return value
            tensor = value.data.clone()
            if side == 1 and not value.on_cpu:
                tensor = self.emulation.place(tensor)
            if call.gradients and value.gradient:
                leaves.append(tensor.requires_grad_(True))
            return tensor

        return [make(a) for a in call.arguments], leaves

    def run(self, call, side):
        """Results, then gradients where there are any, then the arguments, which a call may change."""
        kernel = self.kernels.of(call.source)
        arguments, leaves = self.arguments(call, side)
        with torch.set_grad_enabled(call.gradients), torch.jit.optimized_execution(False):
            out = getattr(kernel, call.method)(*arguments)
        found = []
        wanted = [t for t in tensors(out) if t.requires_grad]
        if leaves and wanted:
            total = sum((t.float() * torch.cos(t.detach().float())).sum() for t in wanted)
            found = [g for g in torch.autograd.grad(total, leaves, allow_unused=True) if g is not None]
        return out, found, arguments

    def tolerance(self, call):
        """By the lowest precision of what the call computes with, or earlier calls did."""
        values = [a.data if isinstance(a, self.recorded.Tensor) else a for a in flat(call.arguments)]
        types = [self.lowest[v.call] for v in values if isinstance(v, self.recorded.Result)]
        types += [halves(self.results[v.call][0]) for v in values if isinstance(v, self.recorded.Result)]
        types.append(halves(self.results[call.number][0]))
        self.lowest[call.number] = next(
            (t for t in (torch.bfloat16, torch.float16) if t in types), None)
        return TOLERANCES.get(self.lowest[call.number], TOLERANCE)

    def check(self, call):
        """Makes a call on both sides; gives what is wrong, or None."""
        with self.kernels.watched():
            with self.host:
                expected = self.run(call, 0)
            with self.emulation:
                actual = self.run(call, 1)
        with self.emulation:
            self.results[call.number] = (expected[0], actual[0])
            strays = [t for t in tensors(actual[0])
                      if t.numel() > 0 and self.emulation.is_placed(t) == (call.method in RESULTS_ON_CPU)]
            if strays:
                where = "device" if call.method in RESULTS_ON_CPU else "CPU"
                return f"{len(strays)} of {len(tensors(actual[0]))} results stay on the {where}"
        return differences(expected, actual, self.tolerance(call))


def flat(value):
    return [v for element in value for v in flat(element)] if isinstance(value, list) else [value]


def differences(expected, actual, tolerance):
    """What the device has otherwise, or None."""
    for name, left, right in zip(("result", "gradient", "argument"), expected, actual):
        left, right = tensors(left), tensors(right)
        if len(left) != len(right):
            return f"{len(right)} {name}s instead of {len(left)}"
        for i, (a, b) in enumerate(zip(left, right)):
            b = plain(b)
            if a.shape != b.shape or a.dtype != b.dtype:
                return f"{name} {i} is {b.dtype} {tuple(b.shape)} instead of {a.dtype} {tuple(a.shape)}"
            a, b = a.detach().double(), b.detach().double()
            if a.numel() == 0 or torch.equal(a.nan_to_num(), b.nan_to_num()):
                continue
            scale = max(1, a[a.isfinite()].abs().max().item())
            if not torch.allclose(a, b, rtol=0, atol=tolerance * scale, equal_nan=True):
                return f"{name} {i} differs by {(a - b).abs().max().item():.2g}, greatest value {scale:.2g}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=Path, required=True, help="folder of recorded calls")
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[2], help="checkout with the kernels")
    options = parser.parse_args()
    torch.backends.cudnn.enabled = False  # an LSTM asks it about the device, which is none
    torch.set_num_threads(1)
    recorded = Recorded(options.calls)
    kernels = Kernels(options.root)
    emulation = Emulation()
    replay = Replay(recorded, kernels, emulation)
    problems = collections.OrderedDict()
    done = collections.Counter()
    without = set()
    for call in recorded:
        name = f"{kernels.name(call.source)}.{call.method}"
        if recorded.needs(call) & without:
            without.add(call.number)
            continue
        try:
            problem = replay.check(call)
        except Exception as e:  # whatever an operator raises is a finding
            problem = emulation.take_finding() or describe(e)
        if call.number not in replay.results:
            without.add(call.number)
        if problem:
            problems.setdefault((name, problem), []).append(call.label)
        else:
            done[name] += 1
    for name in sorted(done):
        print(f"ok  {name}: {done[name]} calls")
    for (name, problem), labels in problems.items():
        print(f"BAD {name}: {problem} ({len(labels)} calls; first: {labels[0]})")
    if without:
        print(f"BAD {len(without)} calls gave nothing, or needed what those would have given")
    missing = kernels.missing()
    for place in missing:
        print(f"BAD not run: {place}")
    print(f"{sum(done.values())} calls of {len(done)} methods hold, {len(problems)} problems, "
          f"{len(missing)} branches not run; operators checked for CUDA kernels: {emulation.checks_kernels}")
    sys.exit(1 if problems or without or missing or not done else 0)


def describe(error):
    """What a message ends with: before that come the interpreter's frames, which show the source with its marks."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[-1] if lines else ''}"


if __name__ == "__main__":
    main()
