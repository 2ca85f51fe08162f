"""Reads calls as io.sentencestreams.tests.device.CallRecorder writes them; the format is described there."""

import collections
import struct

import numpy
import torch

TYPES = {
    "FLOAT32": numpy.float32, "FLOAT64": numpy.float64, "FLOAT16": numpy.float16, "INT8": numpy.int8,
    "UINT8": numpy.uint8, "INT32": numpy.int32, "INT64": numpy.int64, "BOOLEAN": numpy.bool_,
}
Call = collections.namedtuple("Call", "number method source label gradients arguments")
Tensor = collections.namedtuple("Tensor", "data on_cpu gradient")
Result = collections.namedtuple("Result", "call element")


class Recorded:
    """The calls of a folder, in their order.

    Raises ValueError for a folder without calls, or a file that is none.
    """

    Tensor = Tensor
    Result = Result

    def __init__(self, folder):
        self.files = sorted(folder.glob("*.call"), key=lambda file: int(file.stem))
        if not self.files:
            raise ValueError(f"{folder} holds no recorded calls")

    def __iter__(self):
        for file in self.files:
            yield self.read(file)

    @staticmethod
    def read(file):
        reader = Reader(file.read_bytes())
        method, source, label = reader.text(), reader.text(), reader.text()
        gradients = reader.boolean()
        arguments = [reader.value() for _ in range(reader.number("i"))]
        if reader.at != len(reader.data):
            raise ValueError(f"{file}: {len(reader.data) - reader.at} bytes behind the call")
        return Call(int(file.stem), method, source, label, gradients, arguments)

    @staticmethod
    def needs(call):
        """Numbers of the calls whose results a call takes."""
        found = set()

        def look(value):
            if isinstance(value, list):
                for element in value:
                    look(element)
            elif isinstance(value, Result):
                found.add(value.call)

        look(call.arguments)
        return found


class Reader:
    """Numbers as java.io.DataOutputStream writes them."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def number(self, kind):
        size = struct.calcsize(">" + kind)
        self.at += size
        return struct.unpack(">" + kind, self.data[self.at - size:self.at])[0]

    def boolean(self):
        return self.number("B") == 1

    def text(self):
        return self.bytes(self.number("H")).decode()

    def bytes(self, count):
        self.at += count
        return self.data[self.at - count:self.at]

    def tensor(self):
        on_cpu, gradient, kind = self.boolean(), self.boolean(), self.text()
        shape = self.list("q")
        data = numpy.frombuffer(self.bytes(self.number("i")), TYPES[kind]).copy()
        return Tensor(torch.from_numpy(data.reshape(shape)), on_cpu, gradient)

    def list(self, kind):
        return [self.number(kind) for _ in range(self.number("i"))]

    def value(self):
        letter = chr(self.number("B"))
        if letter == "T":
            return self.tensor()
        if letter == "t":
            return [self.value() for _ in range(self.number("i"))]
        if letter == "R":
            return Result(self.number("i"), self.number("i"))
        if letter == "B":
            return self.boolean()
        if letter == "S":
            return self.text()
        if letter in "ID":
            return self.number({"I": "q", "D": "d"}[letter])
        if letter in "id":
            return self.list({"i": "q", "d": "d"}[letter])
        raise ValueError(f"'{letter}' announces nothing that is known")
