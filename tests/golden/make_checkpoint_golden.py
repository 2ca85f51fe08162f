"""Makes the golden files of checkpoints: the forms that one tiny model has had, and tokenizers of 2020.

    pip install torch==2.7.1 transformers==5.24.0 sentence-transformers==6.2.0 sentencepiece protobuf
    python tests/golden/make_checkpoint_golden.py model/src/test/resources/golden

Weights are those of `mean`, so that its embeddings are expected of all forms. Beside each older tokenizer lies
`expected.json` with texts and their ids.
"""

import json
import pathlib
import shutil
import sys

import sentencepiece
import torch
import transformers
from make_golden import TEXTS, WORDS
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.util import quantize_embeddings

ODD = TEXTS + ["1,234, and 5,", "``quoted'' text", "\u00c9t\u00e9 \ufb01ne \u2460", "new\nline\tand   gaps", "[MASK] <mask> </s>"]


class Attack:
    def __reduce__(self):
        import os

        return (os.system, ("touch /tmp/sentence-streams-was-attacked",))


def weights(root: pathlib.Path) -> None:
    """One set of tensors in each form of file."""
    tensors = load_file(root / "mean" / "model.safetensors")
    forms = root / "forms"
    shutil.rmtree(forms, ignore_errors=True)
    forms.mkdir()
    ordered = dict(sorted(tensors.items()))
    torch.save(ordered, forms / "zip.bin")
    torch.save(ordered, forms / "legacy.bin", _use_new_zipfile_serialization=False)
    prefixed = {"bert." + name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): t
                for name, t in ordered.items()}  # fmt: skip
    torch.save(prefixed, forms / "prefixed.bin", _use_new_zipfile_serialization=False)
    views = {name: t.t().contiguous().t() if t.dim() == 2 else torch.cat([t, t])[len(t) :] for name, t in ordered.items()}
    torch.save(views, forms / "views.bin")
    torch.save({name: torch.nn.Parameter(t) for name, t in ordered.items()}, forms / "parameters.bin")
    torch.save(ordered | {"attack": Attack()}, forms / "attack_zip.bin")
    torch.save(ordered | {"attack": Attack()}, forms / "attack_legacy.bin", _use_new_zipfile_serialization=False)
    names = list(ordered)
    index = {}
    for i, part in enumerate((names[: len(names) // 2], names[len(names) // 2 :])):
        file = f"model-0000{i + 1}-of-00002.safetensors"
        save_file({name: ordered[name] for name in part}, forms / file)
        index |= dict.fromkeys(part, file)
    (forms / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))


def tokenizers_of_2020(root: pathlib.Path) -> None:
    folder = root / "tokenizers"
    shutil.rmtree(folder, ignore_errors=True)
    corpus = "\n".join([*ODD, *(" ".join(WORDS[i:] + WORDS[:i]) for i in range(len(WORDS))), "1,234, 5,"] * 3)
    folder.mkdir()
    (folder / "corpus.txt").write_text(corpus)
    for family in ("bert", "roberta", "xlm-roberta", "camembert", "albert", "xlnet"):
        own = folder / family
        own.mkdir()
        reference = make(family, own, folder / "corpus.txt")
        ids = [reference(text)["input_ids"] for text in ODD]
        (own / "expected.json").write_text(json.dumps({"texts": ODD, "ids": ids}) + "\n")
    (folder / "corpus.txt").unlink()


def make(family, own, corpus):
    if family == "bert":
        source = json.loads((own.parents[1] / "mean" / "tokenizer.json").read_text())["model"]["vocab"]
        (own / "vocab.txt").write_text("\n".join(sorted(source, key=source.get)) + "\n")
        return transformers.BertTokenizer(str(own / "vocab.txt"), do_lower_case=True)
    if family == "roberta":
        from tokenizers import ByteLevelBPETokenizer

        trained = ByteLevelBPETokenizer()
        trained.train([str(corpus)], vocab_size=400, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
        trained.save_model(str(own))
        return transformers.RobertaTokenizer(str(own / "vocab.json"), str(own / "merges.txt"))
    piece = own / ("spiece.model" if family in ("albert", "xlnet") else "sentencepiece.bpe.model")
    special = {
        "albert": dict(pad_id=0, unk_id=1, bos_id=-1, eos_id=-1, control_symbols=["[CLS]", "[SEP]", "[MASK]"], pad_piece="<pad>"),
        "xlnet": dict(unk_id=0, bos_id=1, eos_id=2, control_symbols=["<cls>", "<sep>", "<pad>", "<mask>"]),
    }.get(family, dict(unk_id=0, bos_id=1, eos_id=2))  # fmt: skip
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus), model_prefix=str(own / "trained"), vocab_size=130, model_type="unigram", hard_vocab_limit=False,
        normalization_rule_name="nmt_nfkc", minloglevel=2, **special,
    )  # fmt: skip
    (own / "trained.vocab").unlink()
    (own / "trained.model").rename(piece)
    kind = {
        "xlm-roberta": transformers.XLMRobertaTokenizer,
        "camembert": transformers.CamembertTokenizer,
        "albert": transformers.AlbertTokenizer,
        "xlnet": transformers.XLNetTokenizer,
    }[family]
    return kind.from_pretrained(str(own))


def encodings(root: pathlib.Path) -> None:
    """What encode() makes of its options."""
    model = SentenceTransformer(str(root / "all_gelu_new"), device="cpu")
    texts = [text for text in TEXTS if text.strip()]
    embeddings = model.encode(texts)
    types = ("int8", "uint8", "binary", "ubinary")
    expected = {
        "texts": texts,
        "prompt": model.encode(texts, prompt="the red ").tolist(),
        "truncated": model.encode(texts, truncate_dim=5, normalize_embeddings=True).tolist(),
        "tokens": [model.encode([text], output_value="token_embeddings")[0].tolist() for text in texts],
        "embeddings": embeddings.tolist(),
        "quantized": {kind: quantize_embeddings(embeddings, kind).tolist() for kind in types},
    }
    (root / "encodings.json").write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    encodings(pathlib.Path(sys.argv[1]))
    weights(pathlib.Path(sys.argv[1]))
    tokenizers_of_2020(pathlib.Path(sys.argv[1]))
