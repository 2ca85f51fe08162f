"""Sentence Transformers as the peer of `sentence-streams benchmark architectures`.

    pip install torch==2.7.1 transformers==5.24.0 sentence-transformers==6.2.0
    ./sentence-streams benchmark architectures --python PYTHON

Says its version, then answers one JSON object a line with another:

    {"texts": [...]}                       takes texts
    {"load": FOLDER, "type": "float32"}    loads a model, in place of the last one of this type
    {"encode": "float32"}                  encodes the texts as a user would: encode() with its defaults
    {"encode": "float32", "show": 16}      and shows the first embeddings

Threads are PyTorch's default, one for each core. Progress bars are off; nothing else differs from the defaults.
"""

import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"

import sentence_transformers
import torch
import transformers


def answer(content):
    print(json.dumps(content), file=out, flush=True)


def load(folder, kind):
    model = sentence_transformers.SentenceTransformer(folder, device="cpu").eval()
    return model.to(getattr(torch, kind))


def main():
    models, texts = {}, []
    answer({"version": f"{sentence_transformers.__version__}, PyTorch {torch.__version__}, {torch.get_num_threads()} threads"})
    for line in sys.stdin:
        request = json.loads(line)
        if "texts" in request:
            texts = request["texts"]
            answer({})
        elif "load" in request:
            models[request["type"]] = load(request["load"], request["type"])
            answer({})
        else:
            shown = request.get("show")
            embeddings = models[request["encode"]].encode(
                texts[:shown], convert_to_tensor=True, show_progress_bar=False
            )
            answer({"embeddings": embeddings.float().tolist()} if shown else {})


if __name__ == "__main__":
    out, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no answer
    transformers.utils.logging.disable_progress_bar()
    main()
