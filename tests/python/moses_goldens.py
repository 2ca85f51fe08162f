"""Makes the golden files of the tokenizers of XLM and FlauBERT, which have Moses' rules.

    pip install transformers==5.24.0 sacremoses==0.2.0 tokenizers
    python tests/python/moses_goldens.py model/src/test/resources/golden/tokenizers

`xlm` and `flaubert` hold a small `vocab.json` and `merges.txt` in the form of fastBPE (its vocabulary has what is left
of words, not what was merged on the way) and `expected.json`: texts, their words by Moses' rules, and their ids under
several settings. `xlm/characters.json` has what becomes of each character of Unicode's first plane between others: the
runs of characters of which the same becomes.
"""

import collections
import json
import pathlib
import random
import sys
import unicodedata

import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

ENGLISH = """
The quick brown fox doesn't jump over Mr. Smith's lazy dog.
"I can't believe it," she said; "they're gone!"
Dr. Jones (the dentist) lives at No. 5, Main St. in Boston, Mass.
We paid $1,234.56 for 3,000 units, i.e. 41 cents each, on Jan. 5, 2020.
Wait... what? No way!!! Really?!
Visit https://example.com/a_path/page.html?x=1&y=2 or mail a.b@example.org.
He said 'hello' and left. 'Twas the dogs' dinner.
The U.S. and the U.K. agreed on Art. 12 and pp. 14-17 of the act.
It was No. We met at 5 p.m. in the 1990's bar.
The score was 3-2 -- a draw, nearly.
A well-known, state-of-the-art method; see Fig. 3.
C++ and C# are 100 % fun @home #tag R&D a/b <b>bold</b> [1] {x} ~ ^ | \\
Prof. Brown et al. showed that x_1 = y^2 (cf. [3], vs. [4]).
e.g. this, etc. and so on.
Don't you know? I'd've thought so, y'all.
O'Neill's rock 'n' roll
5'10" tall, 3.14, .5, 1,5, and 7,
Rev. and Gen. Lee met Gov. Bush. They left Corp. Hall.
The end .
Hello ,world.And more.
""".strip().split("\n")
FRENCH = """
L'eau qu'il boit aujourd'hui n'est pas l'idéal d'été.
« Bonjour », dit-elle ; « ça va ? »
M. Dupont et Mme. Durand habitent au 12, av. Foch, à 3 km.
Il a payé 1 234,56 € (env. 50 %) le 5 janv. 2020.
C'est-à-dire, p. ex., qu'on ne sait pas… n'est-ce pas ?
Voir chap. 3, art. 4, etc. Le reste suit.
J'ai vu l'œuvre naïve de l'Île-de-France, où « l'on » rêve.
Tél. : 01 23 45 67 89, réf. n/réf. 12.
Il dit : "Je viens." Elle répond : "Non,".
LES ÉLÈVES ONT ÉTÉ REÇUS À L'ÉCOLE.
``Oui'' et ''non'' : N.B. voir ibid. p. 3.
T'as vu ? Presqu'île, quelqu'un, 'tit 'mot'.
""".strip().split("\n")
GERMAN = """
Der schnelle Fuchs springt über den faulen Hund.
„Wie geht's?“, fragte er. ‚Gut‘, sagte sie.
Das kostet 1.234,56 € bzw. ca. 20 % mehr, z. B. am 3. Mai.
Straße, Größe, Übermut und GROẞE Füße.
Prof. Dr. Müller wohnt in der Hauptstr. 7 (2. OG).
""".strip().split("\n")
ODD = [
    "", " ", "\t\n", ".", "...", "....", "'", "''", "\"", "a", "A.", "é", "new\nline\tand   gaps\r\nhere",
    "caf\u00e9 cafe\u0301 CAF\u00c9 \u00c5ngstr\u00f6m \ufb01ne \u2460 \u00bd",
    "emoji \U0001f600\U0001f44d\U0001f3fd and \u2764\ufe0f \U0001f468\u200d\U0001f469\u200d\U0001f467 joined",
    "zero\u200bwidth soft\u00adhyphen bom\ufeff bell\u0007 null\u0000 del\u007f nel\u0085x",
    "\u4e2d\u6587\u3002 \uff08\u5168\u89d2\uff09\uff0c\uff11\uff12\uff05\uff0e \u3042\u30a2\u30fc \ud55c\uad6d\uc5b4 \u1112\u1161\u11ab",
    "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440! \u0391\u03a3 \u03b1\u03c2. \u0645\u0631\u062d\u0628\u0627 \u0928\u092e\u0938\u094d\u0924\u0947 \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
    "\u0130stanbul \u0131\u015f\u0131k \u01c5 \u1e9e \u212a\u00aa\u00ba",
    "\u201cquotes\u201d \u2018single\u2019 \u00abfr\u00bb \u2039x\u203a \u2013 \u2014 \u2026 \u00b4x\u00b4 `y`",
    "5\u00a0000\u00a0cm 20\u00a0% n\u00ba\u00a07 30\u00a0\u00baC \u00ab\u00a0mot\u00a0\u00bb oui\u00a0! non\u00a0? a\u00a0: b\u00a0; c,\u00a0d",
    "He said \"stop\", then \"go\". \"End...\" \"so.\" <x> \".\"<",
    "DOTMULTI DOTDOTMULTI and dotmulti", "a <special1> b</s>c<unk> <pad>", "x<special0><special1>y", "< s > <s>",
    "word" * 40, "1,2,3,a,4,b,,c", "a'b'c 'd' e''f 9's 9's's x'9 '9", "u.s.a. U.S.A. a.b. 3.b. 3.4. .5. Mr.. Jan.'",
    "end.'", "end.' ", "end.'x", "No. 5 No. five No. Five No . 5 Art. 1 Art. One pp. 3 pp. X", "x. Y x. y x. \u00e9 x. \u00c9 x. 1",
    "tel: +49 (0)30 123-456, fax.", "(a) ( b ) ( c. ) (d), (e). (f) : g ;", "``a'' `b' ''c''",
    "\u2003em\u2003space\u2028line\u2029para\u3000wide",
]
ALPHABET = (
    "  ..,,''\"\"()[]<>:;?!%-`aA1z9\u00e9\u00c9\u00a0\n\u00ab\u00bb\u201e\u201c\u201d\u2018\u2019\u2026\u2013\u2014\u00b4\u3002\uff0e\uff0c\u00bd\u0301"
    "\u200b\U0001f600\u4e2d"
)
PLACES = ["a{}b", "5,{}", "a'{}'1", "x. {}y"]
SPECIAL = ["<s>", "</s>", "<pad>", "<unk>", *(f"<special{i}>" for i in range(10))]
SETTINGS = {
    "xlm": (transformers.XLMTokenizer, "en", [{}, {"do_lowercase_and_remove_accent": False}]),
    "flaubert": (transformers.FlaubertTokenizer, "fr", [{}, {"do_lowercase": True}]),
}


def texts() -> list[str]:
    chance = random.Random(7)
    mixed = ["".join(chance.choices(ALPHABET, k=chance.randint(5, 30))) for _ in range(200)]
    return ENGLISH + FRENCH + GERMAN + ODD + mixed


def moses(tokenizer, language: str, text: str) -> list[str]:
    return tokenizer.moses_tokenize(tokenizer.moses_pipeline(text, language), language)


def learn(own: pathlib.Path, kind, language: str) -> None:
    """Merges of half of the sentences, so that the others have unknown pieces."""
    (own / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(SPECIAL)}))
    (own / "merges.txt").write_text("")
    bare = kind(str(own / "vocab.json"), str(own / "merges.txt"))
    known = (ENGLISH + FRENCH + GERMAN)[::2]
    words = [word for text in known for word in moses(bare, language, text)]
    words += [word.lower() for word in words]
    model = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    model.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(vocab_size=420, end_of_word_suffix="</w>", show_progress=False)
    model.train_from_iterator([" ".join(words)] * 3, trainer)
    merges = json.loads(model.to_str())["model"]["merges"]
    pairs = [merge if isinstance(merge, list) else merge.split(" ") for merge in merges]
    (own / "merges.txt").write_text("".join(f"{a} {b} {1000 - i}\n" for i, (a, b) in enumerate(pairs)), encoding="utf-8")
    bare = kind(str(own / "vocab.json"), str(own / "merges.txt"))
    pieces = collections.Counter(piece for word in words for piece in bare.bpe(word).split(" "))
    vocabulary = SPECIAL + [piece for piece, _ in sorted(pieces.items(), key=lambda entry: (-entry[1], entry[0]))]
    content = json.dumps({token: i for i, token in enumerate(vocabulary)}, ensure_ascii=False)
    (own / "vocab.json").write_text(content + "\n", encoding="utf-8")


def characters(tokenizer, language: str) -> list:
    """For each place, runs of characters of which the same becomes, as [from, to, what]."""
    result = []
    for place in PLACES:
        runs = []
        for code in range(1, 0x10000):
            if 0xD800 <= code < 0xE000 or unicodedata.category(chr(code)) == "Cn":
                continue
            words = " ".join(moses(tokenizer, language, place.format(chr(code)))).replace(chr(code), "*")
            if runs and runs[-1][1] == code - 1 and runs[-1][2] == words:
                runs[-1][1] = code
            else:
                runs.append([code, code, words])
        result.append({"place": place, "runs": runs})
    return result


def main(root: pathlib.Path) -> None:
    for family, (kind, language, settings) in SETTINGS.items():
        own = root / family
        own.mkdir(exist_ok=True)
        learn(own, kind, language)
        files = str(own / "vocab.json"), str(own / "merges.txt")
        expected = {"texts": texts(), "words": [moses(kind(*files), language, text) for text in texts()], "ids": []}
        for options in settings:
            tokenizer = kind(*files, **options)
            expected["ids"].append({"settings": options, "ids": [tokenizer(text)["input_ids"] for text in texts()]})
        (own / "expected.json").write_text(json.dumps(expected) + "\n")
        if family == "xlm":
            (own / "characters.json").write_text(json.dumps(characters(kind(*files), language)) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
