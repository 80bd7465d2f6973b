r"""Write ``text/lexicon_hashed.json``: digests of slurs and explicit words, so that none stands here in clear.

The words come from two published lists (surge-ai/profanity, dsojevic/profanity-list; both MIT). Only single words of
high severity are taken, and none that occurs in ordinary prompts, so that what is found is unambiguous. Words with a
harmless second meaning are left out by hand with ``--ambiguous WORD``, and words that sexualise minors are added by
hand with ``--coded WORD``; the file remembers both, as digests::

    python -m ethical_lens.train.hash_lexicon --surge ../shared/data/lexicons/surge_profanity.jsonl \
        --dsojevic ../shared/data/lexicons/dsojevic_profanity.jsonl \
        --ordinary ../shared/data/prompts/coco_captions.jsonl --ordinary ../shared/data/prompts/partiprompts.jsonl
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ethical_lens.text.lexicon import digest
from ethical_lens.text.normalize import normalize
from ethical_lens.text.patterns import split

SALT: Final = "ethical-lens:lexicon:1:"
_SURGE_MINIMUM: Final = {"hate.slur": 1.6, "sexual.explicit_word": 1.8}
_DSOJEVIC_MINIMUM: Final = 3
_SHORTEST: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of hidden words."""

    concept: str
    severity: str
    say: str
    surge: str
    """Category of the first list."""
    dsojevic: tuple[str, ...]
    """Tags of the second."""


CODED: Final = "minor_sexual.coded_word"
GROUPS: Final = (
    Group(
        concept="hate.slur",
        severity="K2",
        say="a slur",
        surge="racial / ethnic slurs",
        dsojevic=("racial", "religious", "lgbtq"),
    ),
    Group(
        concept="sexual.explicit_word",
        severity="K2",
        say="an explicit sexual word",
        surge="sexual anatomy / sexual acts",
        dsojevic=("sexual",),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a word list."""

    text: str
    categories: frozenset[str]
    severity: float


def hidden_words(group: Group, surge: Iterable[Row], dsojevic: Iterable[Row], ordinary: frozenset[str]) -> set[str]:
    """Return the words of a group: single, severe, and never seen in ordinary prompts."""
    least = _SURGE_MINIMUM[group.concept]
    texts = [row.text for row in surge if row.severity >= least and group.surge in row.categories]
    texts += [
        row.text
        for row in dsojevic
        if row.severity >= _DSOJEVIC_MINIMUM and not row.categories.isdisjoint(group.dsojevic)
    ]
    folded = {normalize(text).text for text in texts}
    return {word for word in folded if word.isascii() and word.isalpha() and len(word) >= _SHORTEST} - ordinary


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a word list in the project's JSON lines form."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        severity = float((row.get("meta") or {}).get("severity") or 0)
        yield Row(text=row["text"], categories=frozenset(row["categories"]), severity=severity)


def read_ordinary(paths: Iterable[Path]) -> frozenset[str]:
    """Return the words of ordinary prompts, and those the readable lexicon spells out itself."""
    texts = [json.loads(line)["text"] for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return frozenset(word for text in texts for word in split(normalize(text).text).words)


def table(words: Mapping[str, set[str]], ambiguous: frozenset[str], coded: frozenset[str]) -> dict[str, object]:
    """Return the content of the file, given the words of each concept and the digests that were told by hand."""
    groups = [
        {
            "concept": group.concept,
            "severity": group.severity,
            "say": group.say,
            "digests": " ".join(sorted(digest(SALT, word) for word in words[group.concept])),
        }
        for group in GROUPS
    ]
    coded_group = {"concept": CODED, "severity": "K3", "say": "a word that sexualises minors"}
    groups.append({**coded_group, "digests": " ".join(sorted(coded))})
    about = "First 80 bits of sha256(salt + folded word); made by train/hash_lexicon.py."
    return {"about": about, "salt": SALT, "ambiguous": " ".join(sorted(ambiguous)), "groups": groups}


def remembered(path: Path, name: str) -> frozenset[str]:
    """Return the digests that earlier runs were told by hand, "ambiguous" or "coded"."""
    if not path.exists():
        return frozenset()
    content = json.loads(path.read_text(encoding="utf-8"))
    if name == "ambiguous":
        return frozenset(content["ambiguous"].split())
    return frozenset(
        key for group in content["groups"] if group["concept"] == CODED for key in group["digests"].split()
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--surge", type=Path, required=True)
    parser.add_argument("--dsojevic", type=Path, required=True)
    parser.add_argument("--ordinary", type=Path, action="append", default=[])
    parser.add_argument("--ambiguous", nargs="*", default=[], metavar="WORD")
    parser.add_argument("--coded", nargs="*", default=[], metavar="WORD")
    parser.add_argument("--output", type=Path, default=Path(__file__).parents[1] / "text" / "lexicon_hashed.json")
    options = parser.parse_args(arguments)
    surge, dsojevic = list(read_rows(options.surge)), list(read_rows(options.dsojevic))
    lexicon = (options.output.parent / "lexicon.yaml").read_text(encoding="utf-8")
    ordinary = read_ordinary(options.ordinary) | frozenset(split(normalize(lexicon).text).words)
    ambiguous = remembered(options.output, "ambiguous") | {digest(SALT, word) for word in options.ambiguous}
    coded = remembered(options.output, "coded") | {digest(SALT, word) for word in options.coded}
    words = {
        group.concept: {
            word
            for word in hidden_words(group, surge, dsojevic, ordinary)
            if digest(SALT, word) not in ambiguous | coded
        }
        for group in GROUPS
    }
    options.output.write_text(json.dumps(table(words, ambiguous, coded), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
