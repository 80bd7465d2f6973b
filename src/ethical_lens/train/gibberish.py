"""Train the detector of gibberish: ``python -m ethical_lens.train.gibberish --words vocab.txt --prompts FOLDER``.

Attacks are generated here, in the manner of searches against text encoders; ordinary oddities come from
`gibberish_lists`, ordinary prompts from public sets. Some kinds of both are never trained on, and tell how well the
detector does on what it has not seen. Runs on one core in less than a minute; the same inputs give the same weights.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from ethical_lens.models import ROOT, JsonValue
from ethical_lens.text.gibberish import BUCKETS, FIGURES, WORD, Weights, buckets, measure, score_of, unknown_words
from ethical_lens.text.vocabulary import shipped_words
from ethical_lens.train.cards import write_card
from ethical_lens.train.gibberish_lists import CARRIERS, HELD_OUT_BENIGN, STRINGS, WORDS

Attack = Callable[[Random, "Pieces"], str]

_SEED: Final = 1807
_N_ATTACKS: Final = 500
_N_BENIGN: Final = 500
_HARMLESS_WEIGHT: Final = 5
_RARER: Final = 0.5
"""By how much attacks are rarer in use than in training, as log odds; sets how many ordinary prompts are touched."""
_FOLDS: Final = 3
_LINE_WEIGHT: Final = 3
"""How often a whole prompt of the lists is taken: there are few."""
_COMMON: Final = 2
"""Training prompts that a word must stand in to count as known."""
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_MASH: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SIGNS: Final = "`)(]}[{~^|\\;:!?*#$%@=+<>_\"'.,/&"
_PROMPT_SETS: Final = ("coco_captions", "partiprompts", "dpg_bench", "imagereward_diffusiondb")
_MORE_PROMPTS: Final = ("t2i_compbench", "dalleval", "geneval", "fairpro", "entigen", "posi_pairs", "overt_benign")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """What attacks are made of."""

    words: Sequence[str]
    tails: Sequence[str]
    """Pieces that continue a word, without their mark."""
    prompts: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text with its kind."""

    text: str
    kind: str
    attack: bool
    word: str = ""
    """An odd word in it; examples with the same one stay in one fold."""

    @property
    def fold(self) -> int:
        """Fold of the cross-fitting."""
        return fold_of(self.word or self.text)


def fold_of(text: str) -> int:
    """Return the fold of a word or text, always the same."""
    return zlib.crc32(text.encode()) // 3 % _FOLDS


def random_letters(rng: Random, pieces: Pieces) -> str:
    """Return words of random letters."""
    return " ".join("".join(rng.choices(_LETTERS, k=rng.randint(4, 11))) for _ in range(rng.randint(2, 7)))


def keyboard(rng: Random, pieces: Pieces) -> str:
    """Return words as hands make them that fall on a keyboard."""
    return " ".join(
        "".join(rng.choice(rng.choice(_MASH)) for _ in range(rng.randint(4, 12))) for _ in range(rng.randint(2, 6))
    )


def syllables(rng: Random, pieces: Pieces) -> str:
    """Return a row of words of ill-matched syllables."""
    return " ".join(_pseudo_word(rng) for _ in range(rng.randint(3, 8)))


def glued(rng: Random, pieces: Pieces) -> str:
    """Return pieces of words glued together."""
    return " ".join(_glued(rng, pieces, rng.randint(2, 4)) for _ in range(rng.randint(2, 6)))


def glued_with_signs(rng: Random, pieces: Pieces) -> str:
    """Return pieces of words glued together with signs between them."""
    words = []
    for _ in range(rng.randint(2, 5)):
        parts = [_piece(rng, pieces) for _ in range(rng.randint(2, 4))]
        words.append(
            "".join(
                part + ("".join(rng.choices(_SIGNS, k=rng.randint(1, 2))) if rng.random() < 0.6 else "")
                for part in parts
            )
        )
    return " ".join(words)


def salad(rng: Random, pieces: Pieces) -> str:
    """Return pieces that continue words, as words of their own, between words."""
    return " ".join(
        rng.choice(pieces.tails) if rng.random() < 0.6 else rng.choice(pieces.words) for _ in range(rng.randint(6, 16))
    )


def signs(rng: Random, pieces: Pieces) -> str:
    """Return words and signs in no order, as gradient searches end."""
    parts: list[str] = []
    for _ in range(rng.randint(6, 18)):
        word = rng.choice(pieces.words) if rng.random() < 0.7 else rng.choice(pieces.tails)
        word = word.capitalize() if rng.random() < 0.25 else word
        sign = "".join(rng.choices(_SIGNS, k=rng.randint(1, 3))) if rng.random() < 0.5 else ""
        parts.append(word + sign + (" " if rng.random() < 0.6 else ""))
    return "".join(parts).strip()


def replaced(rng: Random, pieces: Pieces) -> str:
    """Return a prompt with some of its words replaced by made-up ones."""
    words = rng.choice(pieces.prompts).split()[:30]
    n_replaced = min(len(words), rng.randint(2, 4))
    at = rng.randrange(len(words) - n_replaced + 1)
    for place in range(at, at + n_replaced):
        words[place] = _pseudo_word(rng) if rng.random() < 0.5 else _glued(rng, pieces, 2)
    return " ".join(words)


def doubled_letters(rng: Random, pieces: Pieces) -> str:
    """Return words bent by inserted, swapped and doubled letters until nobody knows them."""
    return " ".join(_bent(rng, rng.choice(pieces.words)) for _ in range(rng.randint(3, 7)))


def mixed_alphabet(rng: Random, pieces: Pieces) -> str:
    """Return random letters in mixed case with digits and signs between."""
    alphabet = _LETTERS + _LETTERS.upper() + "0123456789" + "".join(rng.choices(_SIGNS, k=8))
    return " ".join("".join(rng.choices(alphabet, k=rng.randint(5, 14))) for _ in range(rng.randint(3, 7)))


TRAINED: Final[Mapping[str, Attack]] = {
    "random letters": random_letters,
    "syllables": syllables,
    "glued": glued,
    "salad": salad,
    "signs": signs,
    "replaced": replaced,
}
_HARD: Final = ("salad", "signs", "replaced")
"""Kinds that are easily missed, and taken more often."""
HELD_OUT: Final[Mapping[str, Attack]] = {
    "keyboard": keyboard,
    "glued with signs": glued_with_signs,
    "bent words": doubled_letters,
    "mixed alphabet": mixed_alphabet,
}
"""Kinds of attack that are never trained on."""

_ONSETS: Final = """
    b bl br c ch cl cr d dr dw f fl fr g gl gn gr h j k kl kn kr kw l m mb n nd ng nh p pf pl pr ps q r rh s sc
    sh sk sl sm sn sp st str sv sw t th tl tr ts tw v vl vr w wh wr x y z zb zl zv
""".split()  # noqa: SIM905 - a list of many words is read more easily so
_RHYMES: Final = """
    a ae ai ao aw e ee ei eo ew i ia ie io o oa oe oi oo ou ow u ua ue ui uo y aa ii uu
""".split()  # noqa: SIM905 - a list of many words is read more easily so
_CODAS: Final = """
    b ck d f ft g gs k lb lk lm lp lt m mb mp n nd ng nk nt p ps pt q r rb rd rg rk rm rp rt rv s sk sp st t tch
    ts v w wk wly x xcv z zz
""".split()  # noqa: SIM905 - a list of many words is read more easily so
_NO_CODAS: Final = ["", "", ""]
"""As likely as three others."""


def _pseudo_word(rng: Random) -> str:
    return "".join(
        rng.choice(_ONSETS) + rng.choice(_RHYMES) + rng.choice([*_NO_CODAS, *_CODAS])
        for _ in range(rng.choice((1, 2, 2, 2, 3)))
    )


def _piece(rng: Random, pieces: Pieces) -> str:
    return rng.choice(pieces.tails if rng.random() < 0.6 else pieces.words)


def _glued(rng: Random, pieces: Pieces, n: int) -> str:
    return rng.choice(pieces.words)[: rng.randint(3, 8)] + "".join(_piece(rng, pieces) for _ in range(n - 1))


def _bent(rng: Random, word: str) -> str:
    letters = list(word[:9])
    for _ in range(3):
        place = rng.randrange(len(letters))
        change = rng.randrange(3)
        if change == 0:
            letters.insert(place, rng.choice(_LETTERS))
        elif change == 1:
            letters[place] = rng.choice(_LETTERS)
        else:
            letters.insert(place, letters[place])
    return "".join(letters)


def attacks(kinds: Mapping[str, Attack], n: int, rng: Random, pieces: Pieces) -> list[Example]:
    """Return attacks of each kind: alone, before a prompt, after one."""
    found: list[Example] = []
    for kind, attack in kinds.items():
        for _ in range(n):
            text = attack(rng, pieces)
            way = 0 if kind == "replaced" else rng.randrange(3)
            prompt = " ".join(rng.choice(pieces.prompts).split()[:24])
            found.append(Example(text=(text, f"{text} {prompt}", f"{prompt} {text}")[way], kind=kind, attack=True))
    return found


def oddities(n: int, rng: Random, *, held_out: bool, share: str) -> list[Example]:
    """Return ordinary oddities of each kind.

    Args:
        n: Number of each kind of words; whole prompts are taken as they are.
        rng: Chooses.
        held_out: Whether those kinds that are never trained on.
        share: "train", "test" or "all": which of the words of a kind.
    """
    carriers = [line.strip() for line in CARRIERS.strip().splitlines()]
    found: list[Example] = []
    for kind, listed in WORDS.items():
        if (kind in HELD_OUT_BENIGN) != held_out:
            continue
        words = [word for word in listed.split() if share == "all" or _in_test(word) == (share == "test")]
        by_fold = [[word for word in words if fold_of(word) == fold] for fold in range(_FOLDS)]
        for _ in range(n):
            carrier = rng.choice(carriers)
            fellows = by_fold[fold_of(rng.choice(words))]
            chosen = [rng.choice(fellows) for _ in range(carrier.count("{}"))]
            first = chosen[0]
            if kind not in ("typos", "onomatopoeia", "abbreviations", "chemistry", "artists") and rng.random() < 0.25:
                chosen = [word.lower() for word in chosen]
            found.append(Example(text=carrier.format(*chosen), kind=kind, attack=False, word=first))
    for kind, listed in STRINGS.items():
        if (kind in HELD_OUT_BENIGN) == held_out:
            lines = [line.strip() for line in listed.splitlines()]
            kept = [line for line in lines if share == "all" or _in_test(line) == (share == "test")]
            found.extend(Example(text=line, kind=kind, attack=False) for line in kept for _ in range(_LINE_WEIGHT))
    return found


def _once(examples: Sequence[Example]) -> list[Example]:
    return list({example.text: example for example in examples}.values())


def _in_test(text: str) -> bool:
    return zlib.crc32(text.encode()) % 3 == 0


def read_prompts(path: Path) -> list[str]:
    """Return the texts of a file of JSON lines."""
    with path.open(encoding="utf-8") as stream:
        return [str(json.loads(line)["text"]) for line in stream]


def fit_grams(examples: Sequence[Example], blank: Weights) -> Weights:
    """Return weights whose n-grams tell words of attacks from other unknown words."""
    rows: list[list[int]] = []
    labels: list[bool] = []
    for example in examples:
        for _, match, before in unknown_words(list(WORD.finditer(example.text)), blank):
            rows.append(buckets(match.group(), before, blank.known))
            labels.append(example.attack)
    lengths = np.cumsum([0, *map(len, rows)])
    columns = np.fromiter((bucket for row in rows for bucket in row), np.int64)
    matrix = csr_matrix((np.ones(len(columns)), columns, lengths), shape=(len(rows), BUCKETS))
    model = LogisticRegression(C=0.1, max_iter=300, class_weight="balanced").fit(matrix, labels)
    return replace(blank, grams=model.coef_[0].astype(np.float16).tolist(), offset=float(model.intercept_[0]))


def fit_figures(examples: Sequence[Example], blank: Weights, weights: Weights, seed: int) -> Weights:
    """Return weights whose network tells attacks by the figures of whole texts.

    The figures of each fold come from n-grams that were trained on the others: those of its own would look too sure.
    """
    measured: list[tuple[NDArray[np.float64], bool]] = []
    for fold in range(_FOLDS):
        others = fit_grams([e for e in examples if e.fold != fold and e.kind != "replaced"], blank)
        for example in examples:
            figures = measure(example.text, others)[1] if example.fold == fold else None
            if figures is not None:
                # Attacks are rare, and refusing a name is worse than missing one: the harmless count more often.
                measured.extend([(figures, example.attack)] * (1 if example.attack else _HARMLESS_WEIGHT))
    table = np.array([figures for figures, _ in measured])
    labels = np.array([attack for _, attack in measured])
    centre, scale = table.mean(0), table.std(0) + 1e-6
    model = MLPClassifier((32,), alpha=3e-2, max_iter=50, random_state=seed, learning_rate_init=3e-3)
    model.fit((table - centre) / scale, labels)
    return replace(
        weights,
        centre=centre,
        scale=scale,
        first=model.coefs_[0],
        first_offset=model.intercepts_[0],
        second=model.coefs_[1][:, 0],
        second_offset=float(model.intercepts_[1][0]) - _RARER,
    )


def blank_weights(known: Sequence[str]) -> Weights:
    """Return weights that know words and nothing else."""
    nothing = np.zeros(len(FIGURES))
    return Weights(
        known=frozenset(zlib.crc32(word.encode()) for word in known),
        small=frozenset(zlib.crc32(word.encode()) for word in small_words()),
        grams=[0.0] * BUCKETS,
        offset=0.0,
        centre=nothing,
        scale=nothing + 1,
        first=np.zeros((len(FIGURES), 1)),
        first_offset=np.zeros(1),
        second=np.zeros(1),
        second_offset=0.0,
    )


def small_words() -> list[str]:
    """Return the small words of other languages."""
    lines = (ROOT / "text" / "foreign_words.txt").read_text(encoding="utf-8").splitlines()
    return [word for line in lines if line[:1] != "#" for word in line.split()]


def save(weights: Weights, path: Path) -> None:
    """Write weights as arrays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        known=np.array(sorted(weights.known), np.uint32),
        small=np.array(sorted(weights.small), np.uint32),
        grams=np.array(weights.grams, np.float16),
        offset=np.float32(weights.offset),
        centre=weights.centre.astype(np.float32),
        scale=weights.scale.astype(np.float32),
        first=weights.first.astype(np.float32),
        first_offset=weights.first_offset.astype(np.float32),
        second=weights.second.astype(np.float32),
        second_offset=np.float32(weights.second_offset),
    )


def scores(texts: Sequence[str], weights: Weights) -> NDArray[np.float64]:
    """Return the score of each text."""
    measured = [measure(text, weights)[1] for text in texts]
    return np.array([0.0 if figures is None else score_of(figures, weights) for figures in measured])


def interval(hits: int, n: int) -> list[float]:
    """Return the Wilson interval of a share at 95 %."""
    z = 1.96
    share = hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return [round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)]


def report(examples: Sequence[Example], weights: Weights) -> dict[str, JsonValue]:
    """Return, per kind, the share of texts with a score of 0.5 or more."""
    found: dict[str, JsonValue] = {}
    measured = scores([example.text for example in examples], weights)
    for kind in dict.fromkeys(example.kind for example in examples):
        chosen = np.array([example.kind == kind for example in examples])
        hits, n = int((measured[chosen] >= 0.5).sum()), int(chosen.sum())
        found[kind] = {"n": n, "share": round(hits / n, 4), "interval": interval(hits, n)}
    return found


def fit(examples: Sequence[Example], blank: Weights, seed: int) -> Weights:
    """Return trained weights; n-grams learn nothing from prompts with real words in an attack's place."""
    weights = fit_grams([example for example in examples if example.kind != "replaced"], blank)
    return fit_figures(examples, blank, weights, seed)


def main(arguments: list[str] | None = None) -> int:
    """Train, measure, and write the weights and the card."""
    parser = argparse.ArgumentParser(prog="python -m ethical_lens.train.gibberish", description=__doc__)
    parser.add_argument("--words", type=Path, required=True, help="word list of a WordPiece tokenizer (vocab.txt)")
    parser.add_argument("--prompts", type=Path, required=True, help="folder with prompt sets as JSON lines")
    parser.add_argument("--authored", type=Path, help="folder with the authored sets, for testing only")
    parser.add_argument("--out", type=Path, default=ROOT / "weights" / "gibberish" / "gibberish.npz")
    parser.add_argument("--card", type=Path, default=ROOT / "cards" / "gibberish.json")
    parser.add_argument("--seed", type=int, default=_SEED)
    options = parser.parse_args(arguments)
    rng = Random(options.seed)
    entries = options.words.read_text(encoding="utf-8").split("\n")
    words = [entry for entry in entries if len(entry) > 2 and entry.isalpha() and entry.isascii()]
    listed = frozenset(words)
    tails = [
        entry[2:]
        for entry in entries
        if entry.startswith("##")
        and entry[2:].isalpha()
        and entry.isascii()
        and len(entry) > 3
        # A piece that is a word too would make some attacks rows of ordinary words, which nobody could tell.
        and entry[2:] not in listed
    ]
    texts = {name: read_prompts(options.prompts / f"{name}.jsonl") for name in (*_PROMPT_SETS, *_MORE_PROMPTS)}
    training = [text for each in texts.values() for text in each if not _in_test(text)]
    plain = [text for name in ("coco_captions", "partiprompts") for text in texts[name] if not _in_test(text)]
    pieces = Pieces(words=[word for word in words if len(word) > 3], tails=tails, prompts=plain)
    seen = Counter(word for text in training for word in {match.group().lower() for match in WORD.finditer(text)})
    blank = blank_weights([*words, *shipped_words(), *(word for word, n in seen.items() if n >= _COMMON)])
    ordinary = [Example(text=text, kind="ordinary", attack=False) for text in training]
    examples = [
        *attacks(TRAINED, 2 * _N_ATTACKS, rng, pieces),
        *attacks({kind: TRAINED[kind] for kind in _HARD}, 3 * _N_ATTACKS, rng, pieces),
        *oddities(_N_BENIGN, rng, held_out=False, share="train"),
        *ordinary,
    ]
    weights = fit(examples, blank, options.seed)
    test_rng = Random(options.seed + 1)
    unseen = replace(
        pieces, prompts=[text for name in ("coco_captions", "partiprompts") for text in texts[name] if _in_test(text)]
    )
    metrics: dict[str, JsonValue] = {
        "attacks of trained kinds": report(attacks(TRAINED, _N_ATTACKS, test_rng, unseen), weights),
        "attacks of held-out kinds": report(attacks(HELD_OUT, _N_ATTACKS, test_rng, unseen), weights),
        "oddities of trained kinds, other words": report(
            _once(oddities(300, test_rng, held_out=False, share="test")), weights
        ),
        "oddities of held-out kinds": report(_once(oddities(300, test_rng, held_out=True, share="all")), weights),
        "ordinary prompts": report(
            [
                Example(text=text, kind=name, attack=False)
                for name in _PROMPT_SETS
                for text in texts[name]
                if _in_test(text)
            ],
            weights,
        ),
    }
    everything = [
        *examples,
        *attacks(HELD_OUT, _N_ATTACKS, rng, pieces),
        *oddities(_N_BENIGN, rng, held_out=False, share="all"),
        *oddities(_N_BENIGN, rng, held_out=True, share="all"),
    ]
    shipped = fit(everything, blank, options.seed)
    save(shipped, options.out)
    held_out_prompts = [
        Example(text=text, kind=name, attack=False) for name in _PROMPT_SETS for text in texts[name] if _in_test(text)
    ]
    metrics["shipped weights, ordinary prompts never trained on"] = report(held_out_prompts, shipped)
    fresh = [*attacks(TRAINED, _N_ATTACKS, test_rng, unseen), *attacks(HELD_OUT, _N_ATTACKS, test_rng, unseen)]
    metrics["shipped weights, fresh attacks"] = report(fresh, shipped)
    if options.authored:
        authored = ("contrast", "context", "people", "toxicity", "rewrite_pairs", "multilingual")
        rows = [
            Example(text=text, kind=name, attack=False)
            for name in authored
            for text in read_prompts(options.authored / f"{name}.jsonl")
        ]
        metrics["authored prompts, never trained on"] = report(rows, shipped)
    write_card(options.card, _card(metrics, options.seed, len(examples)))
    sys.stdout.write(json.dumps(metrics, indent=1) + "\n")
    return 0


def _card(metrics: Mapping[str, JsonValue], seed: int, n_examples: int) -> dict[str, JsonValue]:
    return {
        "name": "gibberish",
        "version": "1",
        "role": "text detector",
        "domain": "prompts in Latin letters",
        "files": [{"path": "weights/gibberish/gibberish.npz"}],
        "categories": ["adversarial"],
        "outputs": {"figures": list(FIGURES)},
        "preprocessing": {"n-grams": [2, 3, 4], "buckets": BUCKETS, "hash": "crc32"},
        "thresholds": {"seen": 0.5, "strange_words_of_k2": 3.0},
        "calibration": {
            "calibrated": False,
            "about": "The output of a logistic unit, trained on a made-up share of attacks.",
        },
        "trained_on": {
            "examples": n_examples,
            "seed": seed,
            "attacks": f"generated: {', '.join(TRAINED)}; never {', '.join(HELD_OUT)}",
            "oddities": f"lists written by hand; never {', '.join(HELD_OUT_BENIGN)}",
            "ordinary prompts": f"two thirds of {', '.join((*_PROMPT_SETS, *_MORE_PROMPTS))}",
        },
        "metrics": metrics,
        "limits": [
            "Attacks were generated in the manner of published searches; figures on real ones will differ.",
            "A single made-up word that could be a name is not told from a name.",
            "Attacks made of ordinary words in an odd order are not told from a row of tags.",
            "Words in other scripts than Latin are not judged.",
        ],
        "licence": "Apache-2.0",
    }


if __name__ == "__main__":
    raise SystemExit(main())
