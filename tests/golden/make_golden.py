"""Makes the golden files of the encoder: tiny random models and the embeddings that the reference gives.

    pip install torch transformers sentence-transformers
    python tests/golden/make_golden.py model/src/test/resources/golden

Each model is a Sentence Transformers checkpoint beside an `expected.json` with texts and their embeddings.
"""

import json
import pathlib
import shutil
import sys

import torch
from sentence_transformers import SentenceTransformer, models
from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import WordPiece
from transformers import BertConfig, BertModel, BertTokenizerFast, RobertaConfig, RobertaModel

WORDS = "the a cat dog sits on mat stream of text topic is embedded kafka fast slow red blue two three".split()
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,!?'-"
TEXTS = [
    "The cat sits on a mat.",
    "a dog",
    "Two blue dogs, three red cats!",
    "",
    "   ",
    "cat",
    "kafka streams of text",
    "the stream is fast, the topic is slow",
    "Zürich \u4e2d\u6587 caf\u00e9 \U0001f600",
    "the cat " * 40,
    " ".join(WORDS),
    "cat dog " * 7,
    "The cat sits on a mat.",
    "unbelievably long-winded words aren't embedded",
]
MODELS = {
    "mean": dict(pooling=["mean"], normalize=True),
    "cls": dict(pooling=["cls"], normalize=True),
    "max_relu": dict(pooling=["max"], normalize=False, hidden_act="relu"),
    "all_gelu_new": dict(
        pooling=["cls", "max", "mean", "mean_sqrt_len_tokens"], normalize=False, hidden_act="gelu_new"
    ),
    # Its positions start after the padding token's id.
    "roberta": dict(
        family=(RobertaConfig, RobertaModel), pooling=["mean"], normalize=True, type_vocab_size=1, pad_token_id=0
    ),
    "weighted_last": dict(pooling=["weightedmean", "lasttoken"], normalize=True, layer_norm_eps=1e-5),
}


def tokenizer() -> BertTokenizerFast:
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *LETTERS, *("##" + c for c in LETTERS), "##s"]
    vocab = {token: i for i, token in enumerate(dict.fromkeys(tokens))}
    fast = Tokenizer(WordPiece(vocab, unk_token="[UNK]"))
    fast.normalizer = normalizers.BertNormalizer(lowercase=True)
    fast.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    fast.decoder = decoders.WordPiece()
    fast.post_processor = processors.BertProcessing(("[SEP]", vocab["[SEP]"]), ("[CLS]", vocab["[CLS]"]))
    return BertTokenizerFast(tokenizer_object=fast, model_max_length=24)


def make(folder: pathlib.Path, pooling, normalize, family=(BertConfig, BertModel), **config) -> None:
    torch.manual_seed(len(folder.name))
    base = folder.parent / "base"
    words = tokenizer()
    configuration, architecture = family
    transformer = architecture(
        configuration(
            vocab_size=len(words),
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=32,
            initializer_range=0.3,
            **config,
        )
    )
    with torch.no_grad():
        for name, parameter in transformer.named_parameters():
            if name.endswith("bias"):
                parameter.normal_(0, 0.1)
    transformer.save_pretrained(base)
    words.save_pretrained(base)
    steps = [models.Transformer(str(base), max_seq_length=24), models.Pooling(16, pooling_mode=tuple(pooling))]
    if normalize:
        steps.append(models.Normalize())
    model = SentenceTransformer(modules=steps, device="cpu")
    model.save(str(folder), create_model_card=False)
    # One at a time, so that nothing is padded. The longest text is truncated.
    embeddings = [model.encode([text], convert_to_numpy=True)[0].tolist() for text in TEXTS]
    lengths = [len(words(text, truncation=True, max_length=24)["input_ids"]) for text in TEXTS]
    full = [len(words(text)["input_ids"]) for text in TEXTS]
    expected = {
        "texts": TEXTS,
        "tokens": lengths,
        "truncated": [f > n for f, n in zip(full, lengths)],
        "embeddings": [[round(x, 7) for x in row] for row in embeddings],
    }
    (folder / "expected.json").write_text(json.dumps(expected, ensure_ascii=True) + "\n")
    shutil.rmtree(base)


def main() -> None:
    root = pathlib.Path(sys.argv[1])
    for name, how in MODELS.items():
        shutil.rmtree(root / name, ignore_errors=True)
        make(root / name, **how)


if __name__ == "__main__":
    main()
