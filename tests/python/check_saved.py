"""Loads models that were saved here with the Python library, and compares their embeddings with what is expected of them.

    python tests/python/check_saved.py FOLDER model/src/test/resources/golden/modules

Each folder in FOLDER is a model, of the same name as its golden files; weights must be equal byte by byte.
"""

import json
import pathlib
import sys

import numpy
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer

saved, golden = map(pathlib.Path, sys.argv[1:3])
for folder in sorted(saved.iterdir()):
    expected = json.loads((golden / folder.name / "expected.json").read_text())
    for file in (golden / folder.name).rglob("model.safetensors"):
        ours, theirs = load_file(folder / file.relative_to(golden / folder.name)), load_file(file)
        assert ours.keys() == theirs.keys(), (folder.name, file)
        assert all(ours[name].equal(theirs[name]) for name in ours), (folder.name, file)
    if "WKPooling" in (folder / "modules.json").read_text():
        print(folder.name, "has equal weights; the library no longer has its pooling")
        continue
    model = SentenceTransformer(str(folder), device="cpu")
    rows = numpy.stack([model.encode([text])[0] for text in expected["texts"]])
    difference = numpy.abs(rows - numpy.array(expected["embeddings"])).max()
    assert difference < 1e-5, (folder.name, difference)
    print(folder.name, "loads, greatest difference", difference)
