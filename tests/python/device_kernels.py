"""The kernels of a checkout, put together as the program does, with marks that tell which branches run."""

import contextlib
import hashlib
import io
import re
import zipfile
from pathlib import Path

import torch
MODEL = Path("model/src/main/resources/io/sentencestreams/model/internal")
TRAINER = Path("trainer/src/main/resources/io/sentencestreams/trainer")
MODULES = [MODEL / "modules" / name for name in ("packed.py", "variant.py", "xlnet.py")]
# As io.sentencestreams.model.internal.Torch, LossScript and AdamW put them together.
KERNELS = {
    "bert": [MODEL / "bert_kernel.py", MODEL / "onednn.py"],
    "modules": [*MODULES, MODEL / "onednn.py"],
    "steps": [*MODULES, MODEL / "no_onednn.py", MODEL / "modules/steps.py"],
    "training": [MODEL / "bert_kernel.py", MODEL / "no_onednn.py", MODEL / "training.py"],
    "losses": [TRAINER / "loss/losses.py"],
    "adamw": [TRAINER / "optimization/adamw.py"],
}
# What a GPU never runs, and why.
CPU_FILES = {
    "onednn.py": "the fused layers of oneDNN",
    "no_onednn.py": "stands for those where they are not offered",
    "int8_ranges.py": "int8 is for CPUs",
    "int8_onednn.py": "int8 is for CPUs",
    "int8_fbgemm.py": "int8 is for CPUs",
    "multiply.py": "measures a processor's precisions",
}
CPU_BRANCHES = {
    r"if .*\bfused\b": "the arithmetic is oneDNN's",
    r"if shared:": "blocks are for oneDNN's bf16",
    r"if torch\.size\(qkv, 0\) > covered:": "rows that fill up are for oneDNN",
    r"for i in range\(torch\.len\(parts\) - 1\):": "a GPU has one lane",
    r"if .*\bmixes\b": "of LayerNorms on a CPU",
    r"else of if n\[11\] == 1:": "every XLNet that is read has token types",
    r"else of if ops\.prim\.is_cuda": "is for the CPU",
}
OPENS = re.compile(r"(?P<indent> *)(?P<text>(if|elif|else|for|def)\b.*):$")
# Both sides go the way of a GPU: on it LayerNorms have another type.
ASKS_FOR_GPU = re.compile(r"ops\.prim\.is_cuda\([\w\[\]]+\)")
MARK = "block "


class Branch:
    """A block of a source that may run: where it begins (lines count from 1), and on what condition."""

    def __init__(self, file, line, method, condition, outer):
        self.place = f"{file}:{line} {method}"
        self.condition = condition
        self.outer = outer
        self.on_cpu = any(re.match(pattern, condition) for pattern in CPU_BRANCHES)
        self.ran = False

    def is_missing(self):
        """Whether it should have run, and what it lies in did."""
        return not self.ran and not self.on_cpu and (self.outer is None or self.outer.ran)

    def __str__(self):
        return f"{self.place}, {self.condition}"


class Kernels:
    """Compiled kernels by the SHA-256 of their sources.

    Raises ValueError if a source lies there that is part of none and not known as the CPU's.
    """

    def __init__(self, root):
        self.root = root
        self.branches = []
        self.marked = {}
        self.sources = {}
        self.compiled = {}
        for name, files in KERNELS.items():
            for file in files:
                if file not in self.marked:
                    self.marked[file] = self.with_marks(file)
            source = "".join(self.read(file) for file in files)
            self.sources[hashlib.sha256(source.encode()).hexdigest()] = name
        for folder in (MODEL, TRAINER):
            for file in (root / folder).rglob("*.py"):
                if file.relative_to(root) not in self.marked and file.name not in CPU_FILES:
                    raise ValueError(f"{file} is neither part of a kernel nor known as the CPU's")

    def read(self, file):
        return (self.root / file).read_text()

    def name(self, digest):
        if digest not in self.sources:
            raise ValueError("a call is of a kernel that this checkout does not have: record again")
        return self.sources[digest]

    def of(self, digest):
        """The kernel whose source has a digest."""
        name = self.name(digest)
        if name not in self.compiled:
            self.compiled[name] = torch.jit.load(archive("".join(self.marked[f] for f in KERNELS[name])))
        return self.compiled[name]

    def with_marks(self, file):
        """The source with a mark in each block, which prints its number: what has no effect is left out."""
        if file.name in CPU_FILES:
            return self.read(file)
        lines, outer, conditions, method = [], [], {}, ""
        for number, line in enumerate(self.read(file).splitlines(), 1):
            lines.append(ASKS_FOR_GPU.sub("True", line))
            opened = OPENS.match(line)
            if opened is None:
                continue
            indent, text = opened["indent"], opened["text"]
            while outer and len(outer[-1][0]) >= len(indent):
                outer.pop()
            if text.startswith("def"):
                method = text[4:text.index("(")]
                condition = "the method"
            elif text.startswith("else"):
                condition = f"else of {conditions[indent]}"
            else:
                condition = text + ":"
            conditions[indent] = condition
            branch = Branch(file.name, number, method, condition, outer[-1][1] if outer else None)
            outer.append((indent, branch))
            lines.append(f'{indent}  print("{MARK}{len(self.branches)}")')
            self.branches.append(branch)
        return "\n".join(lines) + "\n"

    @contextlib.contextmanager
    def watched(self):
        """While it is entered, blocks that run are taken down, and nothing else can be printed."""
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                yield
        finally:
            for number in re.findall(MARK + r"(\d+)", printed.getvalue()):
                self.branches[int(number)].ran = True

    def missing(self):
        """Blocks that a GPU may run, of which nothing was run."""
        return [branch for branch in self.branches if branch.is_missing()]


def archive(methods):
    """A TorchScript archive of a class with these methods, as ScriptArchive packs it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as z:
        z.writestr("kernel/data.pkl", b"\x80\x02c__torch__\nKernel\n)\x81}(X\x08\0\0\0training\x89ub.")
        z.writestr(
            "kernel/code/__torch__.py",
            "class Kernel(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n" + methods)
        z.writestr("kernel/constants.pkl", b"\x80\x02).")
        z.writestr("kernel/version", "10\n")
    packed.seek(0)
    return packed
