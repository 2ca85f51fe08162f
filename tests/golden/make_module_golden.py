"""Makes the golden files of architectures and modules: tiny random models, and the embeddings and gradients of the reference.

    pip install torch==2.7.1 transformers==5.24.0 sentence-transformers==6.2.0 nltk
    python tests/golden/make_module_golden.py model/src/test/resources/golden/modules WKPooling.py [NAME...]

WKPooling.py is the file of that name in sentence-transformers 0.2.6, the last word on it. Each model is a checkpoint
beside an `expected.json` with texts and their embeddings, and `gradients.safetensors` with the gradients of the sum of
embeddings times directions.
"""

import importlib.util
import json
import pathlib
import shutil
import sys

import torch
import transformers
from make_golden import TEXTS, WORDS, tokenizer
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Dense, Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import (
    CNN,
    LSTM,
    BoW,
    Dropout,
    LayerNorm,
    Pooling,
    StaticEmbedding,
    WeightedLayerPooling,
    WordEmbeddings,
    WordWeights,
)
from sentence_transformers.sentence_transformer.modules.tokenizer import PhraseTokenizer, WhitespaceTokenizer
from tokenizers import Tokenizer, processors
from torch import nn

LENGTH = 24
HIDDEN = 16
WORD_TEXTS = TEXTS + ["cat, dog. THE CAT!", "red_cat blue cats the fast stream isn't slow", "!!! ... ???"]
ACTIVATIONS = [
    nn.Identity, nn.Tanh, nn.ReLU, nn.GELU, nn.Sigmoid, nn.SiLU, nn.LeakyReLU, nn.ELU, nn.SELU, nn.ReLU6, nn.Softplus,
    nn.Softsign, nn.Hardtanh, nn.Mish,
]  # fmt: skip


def fast_tokenizer(family):
    words = tokenizer()
    if family == "xlnet":
        words = transformers.PreTrainedTokenizerFast(
            tokenizer_object=words._tokenizer, model_max_length=LENGTH, padding_side="left",
            pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
            model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        )  # fmt: skip
        vocab = words.get_vocab()
        words._tokenizer.post_processor = processors.TemplateProcessing(
            single="$A:0 [SEP]:0 [CLS]:2",
            pair="$A:0 [SEP]:0 $B:1 [SEP]:1 [CLS]:2",
            special_tokens=[("[SEP]", vocab["[SEP]"]), ("[CLS]", vocab["[CLS]"])],
        )
        return words
    if family == "mpnet":
        # Its code takes the token with id 1 for padding, which here was the unknown word's.
        content = json.loads(words._tokenizer.to_str())
        ids = content["model"]["vocab"]
        ids["[PAD]"], ids["[UNK]"] = 1, 0
        words._tokenizer = Tokenizer.from_str(json.dumps(content))
    inputs = ["input_ids", "attention_mask"]
    if family in ("bert", "electra", "albert", "xlm"):
        inputs.append("token_type_ids")
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=words._tokenizer, model_max_length=LENGTH, model_input_names=inputs,
        pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]",
    )  # fmt: skip


def transformer(base: pathlib.Path, family: str, **settings) -> Transformer:
    """A random transformer of a family."""
    words = fast_tokenizer(family)
    bert = dict(
        vocab_size=len(words), hidden_size=HIDDEN, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=32, initializer_range=0.3, pad_token_id=0,
    )  # fmt: skip
    kinds = {
        "bert": (transformers.BertConfig, bert),
        "camembert": (transformers.CamembertConfig, bert | dict(type_vocab_size=1)),
        "electra": (transformers.ElectraConfig, bert),
        "albert": (transformers.AlbertConfig, bert),
        "mpnet": (transformers.MPNetConfig, bert | dict(pad_token_id=1)),
        "distilbert": (
            transformers.DistilBertConfig,
            dict(
                vocab_size=len(words), dim=HIDDEN, n_layers=2, n_heads=2, hidden_dim=32, max_position_embeddings=32,
                initializer_range=0.3, pad_token_id=0,
            ),
        ),
        "xlnet": (
            transformers.XLNetConfig,
            dict(vocab_size=len(words), d_model=HIDDEN, n_layer=2, n_head=2, d_inner=32, initializer_range=0.3),
        ),
        "flaubert": (
            transformers.FlaubertConfig,
            dict(
                vocab_size=len(words), n_words=len(words), emb_dim=HIDDEN, n_layers=2, n_heads=2,
                max_position_embeddings=32, embed_init_std=0.3, init_std=0.3, pad_index=4, pad_token_id=4,
            ),
        ),
        "xlm": (
            transformers.XLMConfig,
            dict(
                vocab_size=len(words), n_words=len(words), emb_dim=HIDDEN, n_layers=2, n_heads=2, causal=False,
                max_position_embeddings=32, embed_init_std=0.3, init_std=0.3, pad_index=4, pad_token_id=4,
            ),
        ),
    }  # fmt: skip
    configuration, defaults = kinds[family]
    config = configuration(**(defaults | settings))
    if settings.get("pre_norm"):
        # Its code for this indexes a cache that cannot be indexed; there is none to be used.
        transformers.cache_utils.EncoderDecoderCache.__getitem__ = lambda cache, layer: None
    model = transformers.AutoModel.from_config(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias") or "seg_embed" in name:
                parameter.normal_(0, 0.1)
    model.save_pretrained(base)
    words.save_pretrained(base)
    module = Transformer(str(base), max_seq_length=LENGTH)
    shutil.rmtree(base)
    return module


def pooled(base, family, modes=("mean",), **settings):
    return [transformer(base, family, **settings), Pooling(HIDDEN, pooling_mode=modes)]


def word_embeddings(trained=False, phrases=False, stop_words=(), lower=False):
    vocab = ["PADDING_TOKEN", *WORDS, "The", "red_cats", "blue_cats", "n't", "mat."]
    weights = torch.randn(len(vocab), HIDDEN)
    weights[0] = 0
    kind = PhraseTokenizer if phrases else WhitespaceTokenizer
    words = kind(vocab=vocab, stop_words=stop_words, do_lower_case=lower)
    return WordEmbeddings(words, weights, update_embeddings=trained)


def word_pieces(**settings):
    """A table of a transformer's tokens, cut by its tokenizer."""
    words = fast_tokenizer("bert")
    return WordEmbeddings(words, torch.randn(len(words), HIDDEN), update_embeddings=True, **settings)


def static(length=None):
    words = tokenizer()._tokenizer
    if length:
        words.enable_truncation(length)
    return StaticEmbedding(words, embedding_weights=torch.randn(len(tokenizer()), 12))


def activations():
    layers = []
    for activation in ACTIVATIONS:
        layers.append(Dense(HIDDEN, HIDDEN, activation_function=activation(), use_residual=True))
    return layers


def word_weights():
    words = word_embeddings()
    weights = {word: 0.5 + i / 7 for i, word in enumerate(WORDS[:15])}
    return [words, WordWeights(words.tokenizer.get_vocab(), weights, unknown_word_weight=0.3)]


def bag(cumulative):
    weights = {word: 0.5 + i / 7 for i, word in enumerate(WORDS[:15])}
    return BoW([*WORDS, "The", "the"], weights, unknown_word_weight=2, cumulative_term_frequency=cumulative)


class Layers(nn.Module):
    """Stands between a transformer and version 0.2.6, whose modules found all layers among the features."""

    def __init__(self, pooling):
        super().__init__()
        self.pooling = pooling

    def forward(self, features, **_):
        features["cls_token_embeddings"] = None
        return self.pooling(features)


def models(base, wk_pooling):
    """Names of models, and their modules when they are called."""
    return {
        "distilbert": lambda: pooled(base, "distilbert"),
        "camembert": lambda: pooled(base, "camembert"),
        "electra": lambda: pooled(base, "electra", ("cls", "mean"), embedding_size=HIDDEN),
        "electra_small": lambda: pooled(base, "electra", embedding_size=8),
        "albert": lambda: pooled(
            base, "albert", embedding_size=8, num_hidden_layers=4, num_hidden_groups=2, inner_group_num=2,
            hidden_act="gelu_new",
        ),
        "mpnet": lambda: [*pooled(base, "mpnet"), Normalize()],
        "xlnet": lambda: pooled(base, "xlnet", ("cls", "mean", "max", "lasttoken", "weightedmean")),
        "xlm": lambda: pooled(base, "xlm"),
        "flaubert": lambda: pooled(base, "flaubert", gelu_activation=False),
        "flaubert_large": lambda: pooled(base, "flaubert", pre_norm=True),
        "dense": lambda: [
            *pooled(base, "bert", ("mean", "cls")),
            Dense(2 * HIDDEN, 12),
            Dense(12, 12, activation_function=nn.ReLU(), use_residual=True),
            Dense(12, 8, bias=False, activation_function=nn.GELU(), use_residual=True),
            LayerNorm(8),
            Dropout(0.3),
            Normalize(),
            Dense(8, 6, activation_function=None),
        ],
        "activations": lambda: [*pooled(base, "bert"), *activations()],
        "token_dense": lambda: [
            transformer(base, "bert"),
            Dense(HIDDEN, 10, module_input_name="token_embeddings"),
            Normalize(module_input_name="token_embeddings"),
            Pooling(10, pooling_mode=("mean", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken", "cls")),
        ],
        "excluded_prompt": lambda: [
            transformer(base, "bert"),
            Pooling(HIDDEN, pooling_mode=("cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"),
                    include_prompt=False),
        ],
        "layer_pooling": lambda: [
            transformer(base, "bert", num_hidden_layers=4, output_hidden_states=True),
            WeightedLayerPooling(HIDDEN, num_hidden_layers=4, layer_start=1),
            Pooling(HIDDEN, pooling_mode="mean"),
        ],
        "layer_pooling_mpnet": lambda: [
            transformer(base, "mpnet", num_hidden_layers=3, output_hidden_states=True),
            WeightedLayerPooling(HIDDEN, num_hidden_layers=3, layer_start=0),
            Pooling(HIDDEN, pooling_mode="mean"),
        ],
        "wk_pooling": lambda: [
            transformer(base, "bert", num_hidden_layers=6, output_hidden_states=True),
            Layers(wk_pooling(HIDDEN, layer_start=2, context_window_size=2)),
        ],
        "words": lambda: [word_embeddings(stop_words=["on", "is"], lower=True), Pooling(HIDDEN, pooling_mode=("mean",))],
        "dan": lambda: [
            word_embeddings(trained=True),
            Pooling(HIDDEN, pooling_mode=("mean", "mean_sqrt_len_tokens")),
            Dense(2 * HIDDEN, HIDDEN),
            Dense(HIDDEN, 8),
        ],
        "phrases": lambda: [word_embeddings(phrases=True), Pooling(HIDDEN, pooling_mode="mean")],
        "word_pieces": lambda: [word_pieces(), Pooling(HIDDEN, pooling_mode="mean")],
        "word_pieces_cut": lambda: [word_pieces(max_seq_length=6), Pooling(HIDDEN, pooling_mode="mean")],
        "lstm": lambda: [
            word_embeddings(),
            LSTM(HIDDEN, 10, num_layers=2, dropout=0.2, bidirectional=True),
            Pooling(20, pooling_mode=("mean",)),
        ],
        "lstm_one_way": lambda: [
            word_embeddings(trained=True),
            LSTM(HIDDEN, 10, bidirectional=False),
            Pooling(10, pooling_mode=("mean", "mean_sqrt_len_tokens")),
        ],
        "cnn": lambda: [word_embeddings(trained=True), CNN(HIDDEN, 6, [1, 3, 5]), Pooling(18, pooling_mode="mean")],
        "word_weights": lambda: [
            *word_weights(),
            Pooling(HIDDEN, pooling_mode=("mean", "mean_sqrt_len_tokens", "weightedmean")),
        ],
        "bow": lambda: [bag(True)],
        "bow_dense": lambda: [bag(False), Dense(len(WORDS) + 1, 8)],
        "static": lambda: [static()],
        "static_cut": lambda: [static(5)],
    }  # fmt: skip


def base_name(name: str) -> str:
    """The parameter's name here: a transformer's without its place in the model."""
    for prefix in ("0.auto_model.", "0.model."):
        name = name.removeprefix(prefix)
    return name


def tensors(features):
    return {key: value for key, value in features.items() if torch.is_tensor(value)}


def expected(model, texts) -> torch.Tensor:
    """One at a time, so that nothing is padded."""
    if model.default_prompt_name:
        return torch.stack([model.encode(text, convert_to_tensor=True) for text in texts])
    rows = []
    for text in texts:
        features = tensors(model.preprocess([text]))
        rows.append(model(features)["sentence_embedding"][0])
    return torch.stack(rows)


def make(folder: pathlib.Path, modules) -> None:
    torch.manual_seed(len(folder.name))
    modules = modules()
    prompted = dict(prompts={"query": "the cat, two: "}, default_prompt_name="query") if "prompt" in folder.name else {}
    model = SentenceTransformer(modules=modules, device="cpu", **prompted).eval()
    if folder.name == "wk_pooling":
        save_wk_pooling(folder, model)
    else:
        model.save(str(folder), create_model_card=False)
    words = not isinstance(modules[0], Transformer)
    texts = WORD_TEXTS if words else TEXTS
    embeddings = expected(model, texts)
    trainable = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    if trainable and not prompted:  # training texts have no prompt
        directions = torch.randn_like(embeddings)
        (embeddings * directions).sum().backward()
        gradients = {base_name(name): p.grad.contiguous() for name, p in trainable if p.grad is not None}
        save_file(gradients | {"directions": directions}, folder / "gradients.safetensors")
    rows = [[round(x, 7) for x in row] for row in embeddings.tolist()]
    (folder / "expected.json").write_text(json.dumps({"texts": texts, "embeddings": rows}) + "\n")


def save_wk_pooling(folder, model) -> None:
    """As version 0.2.6 saved it, with the transformer as it is saved now."""
    SentenceTransformer(modules=[model[0], Pooling(HIDDEN)], device="cpu").save(str(folder), create_model_card=False)
    shutil.rmtree(folder / "1_Pooling")
    (folder / "1_WKPooling").mkdir()
    model[1].pooling.save(str(folder / "1_WKPooling"))
    steps = json.loads((folder / "modules.json").read_text())
    steps[1].update(path="1_WKPooling", type="sentence_transformers.models.WKPooling")
    (folder / "modules.json").write_text(json.dumps(steps, indent=2))


def main() -> None:
    root = pathlib.Path(sys.argv[1])
    specification = importlib.util.spec_from_file_location("wk_pooling", sys.argv[2])
    reference = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(reference)
    for name, modules in models(root / "base", reference.WKPooling).items():
        if len(sys.argv) == 3 or name in sys.argv[3:]:
            shutil.rmtree(root / name, ignore_errors=True)
            (root / name).mkdir(parents=True)
            make(root / name, modules)


if __name__ == "__main__":
    main()
