"""Loads models that were saved here with the Python library, and compares their embeddings with what is expected of them.

    mvn -pl model -am test -Dtest=ModelBuilderTest -Dsurefire.failIfNoSpecifiedTests=false -Dmodels.built=BUILT
    python tests/python/check_saved.py BUILT
    python tests/python/check_saved.py FOLDER model/src/test/resources/golden/modules

Each folder in BUILT is a model that was made and encoded here, and has an `expected.json` with its embeddings. Each in
FOLDER is one of the golden models, saved again under its name; its weights must be equal byte by byte.
"""

import json
import pathlib
import sys

import numpy
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer


def check_weights(folder: pathlib.Path, golden: pathlib.Path) -> None:
    for file in golden.rglob("model.safetensors"):
        ours, theirs = load_file(folder / file.relative_to(golden)), load_file(file)
        assert ours.keys() == theirs.keys(), (folder.name, file)
        assert all(ours[name].equal(theirs[name]) for name in ours), (folder.name, file)


def check(folder: pathlib.Path, golden: pathlib.Path) -> None:
    expected = json.loads((golden / "expected.json").read_text())
    if folder != golden:
        check_weights(folder, golden)
    if "WKPooling" in (folder / "modules.json").read_text():
        print(folder.name, "has equal weights; the library no longer has its pooling")
        return
    model = SentenceTransformer(str(folder), device="cpu")
    rows = numpy.stack([model.encode([text])[0] for text in expected["texts"]])
    difference = numpy.abs(rows - numpy.array(expected["embeddings"])).max()
    assert difference < 1e-5 * max(1, numpy.abs(rows).max()), (folder.name, difference)
    print(folder.name, "loads, greatest difference", difference)


def main() -> None:
    saved = pathlib.Path(sys.argv[1])
    for folder in sorted(saved.iterdir()):
        check(folder, pathlib.Path(sys.argv[2]) / folder.name if len(sys.argv) > 2 else folder)


if __name__ == "__main__":
    main()
