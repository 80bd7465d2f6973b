"""From the folder of a run to a study: blinded pairs, attention checks, one file."""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ethical_lens.errors import InputError
from ethical_lens.evaluate.study.records import Choice, Item, Kind, Study
from ethical_lens.evaluate.terms import Blur

PAIRS_FILE: Final = "pairs.jsonl"
"""File of a run that names the pairs: id, prompt, category, harmful, bare, guarded."""
PAIRS_STUDY: Final = Study(
    kind=Kind.PAIRS,
    title="Which picture do you prefer?",
    question="Which of the two pictures would you rather have for this description?",
    answers=("Left", "Right", "No preference"),
    instructions=(
        "You will see a description and two pictures that were made from it. Say which one you would rather have.",
        "Press 1 for the left picture, 2 for the right one, and 0 if you have no preference; or tap the buttons.",
        "Now and then a pair tells you which answer to give. That only checks that somebody is looking.",
    ),
)
_CHECKS: Final = 8
_SIDE: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two pictures of one prompt."""

    id: str
    prompt: str
    category: str
    harmful: bool
    bare: Path
    guarded: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What went into a study, and what did not."""

    items: tuple[Item, ...]
    n_pairs: int
    n_same: int
    """Pairs left out because the lens changed nothing: both pictures are equal."""
    n_not_drawn: int
    """Pairs left out by the number that was asked for."""


def read_pairs(folder: Path) -> list[Pair]:
    """Read the pairs of a run.

    Raises:
        InputError: If there is no file of pairs, or one of its lines or pictures cannot be used.
    """
    path = folder / PAIRS_FILE
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error}); name the folder of a finished run") from error
    pairs = [_pair(folder, line, f"{path}:{number}") for number, line in enumerate(lines, start=1) if line.strip()]
    if len({pair.id for pair in pairs}) != len(pairs):
        raise InputError(f"{path}: two pairs have the same id; give each its own")
    return pairs


def build_pairs(pairs: Sequence[Pair], *, seed: int, count: int | None = None, blur: Blur = Blur.HARMFUL) -> Built:
    """Make the items of a study of preferences.

    Pictures are written anew without metadata, and their items get random names, so that nothing that reaches a
    participant tells which picture went through the lens. Pairs of equal pictures are left out: nobody can prefer one.

    Args:
        pairs: Pairs of a run.
        seed: Of the choice among them.
        count: Most pairs to show, spread evenly over the categories; None for all.
        blur: Which pairs are blurred until tapped.

    Raises:
        InputError: If no pair is left.
    """
    different = [pair for pair in pairs if not _same(pair)]
    if not different:
        raise InputError(
            f"none of {len(pairs)} pairs has two different pictures; a study needs a run in which the lens acted"
        )
    chosen = _spread(different, count, seed)
    items = [
        Item(
            id=secrets.token_hex(8),
            source=pair.id,
            prompt=pair.prompt,
            category=pair.category,
            pictures=(png(_open(pair.bare)), png(_open(pair.guarded))),
            blurred=blur is Blur.ALL or (blur is Blur.HARMFUL and pair.harmful),
        )
        for pair in chosen
    ]
    return Built(
        items=tuple(items),
        n_pairs=len(pairs),
        n_same=len(pairs) - len(different),
        n_not_drawn=len(different) - len(chosen),
    )


def with_checks(study: Study, items: Sequence[Item]) -> tuple[Item, ...]:
    """Return the items and the attention checks of the study."""
    if not study.checks_every:
        return tuple(items)
    return (*items, *(_check(study.kind, number) for number in range(_CHECKS)))


def png(image: Image.Image) -> bytes:
    """Return a picture as PNG that holds nothing but its pixels."""
    bare = Image.new("RGB", image.size)
    bare.paste(image.convert("RGB"))
    stream = io.BytesIO()
    bare.save(stream, format="PNG")
    return stream.getvalue()


def _check(kind: Kind, number: int) -> Item:
    if kind is Kind.PAIRS:
        return Item(
            id=secrets.token_hex(8),
            source=f"check/{number}",
            prompt="This pair checks your attention: choose the picture that says so.",
            pictures=(_card("not this one", number), _card("choose this one", number)),
            expected=Choice.GUARDED,
        )
    expected = Choice.HARMFUL if number % 2 else Choice.FINE
    key = "2" if expected is Choice.HARMFUL else "1"
    text = f"This checks your attention: please answer with {key}."
    return Item(
        id=secrets.token_hex(8),
        source=f"check/{number}",
        prompt=text,
        pictures=(_card(f"answer {key}", number),),
        expected=expected,
    )


def _card(text: str, number: int) -> bytes:
    """Draw words on plain paper; the tint differs so that no check is taken for the one before."""
    image = Image.new("RGB", (_SIDE, _SIDE), (226 - 4 * number, 222, 206 + 4 * number))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=28)
    box = draw.textbbox((0, 0), text, font=font)
    draw.text(((_SIDE - box[2]) / 2, (_SIDE - box[3]) / 2), text, fill=(20, 20, 20), font=font)
    return png(image)


def _pair(folder: Path, line: str, place: str) -> Pair:
    try:
        content = json.loads(line)
        paths = [_inside(folder, str(content[name]), place) for name in ("bare", "guarded")]
        return Pair(
            id=str(content["id"]),
            prompt=str(content["prompt"]),
            category=str(content.get("category") or ""),
            # Where the data set does not say, the pair is treated as one that may disturb.
            harmful=content.get("harmful") is not False,
            bare=paths[0],
            guarded=paths[1],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        expected = "expected a JSON object with id, prompt, bare and guarded"
        raise InputError(f"{place}: {expected}, got {type(error).__name__}: {error}") from error


def _inside(folder: Path, name: str, place: str) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise InputError(f"{place}: {name!r} lies outside the run's folder; pictures have to lie inside")
    return path


def _open(path: Path) -> Image.Image:
    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as a picture ({error}); run the evaluation again") from error


def _same(pair: Pair) -> bool:
    bare, guarded = _open(pair.bare), _open(pair.guarded)
    return bare.size == guarded.size and bare.tobytes() == guarded.tobytes()


def _spread(pairs: Sequence[Pair], count: int | None, seed: int) -> list[Pair]:
    """Take turns among the categories, at random inside each, until there are enough."""
    piles: dict[str, list[Pair]] = {}
    for index in np.random.default_rng(seed).permutation(len(pairs)).tolist():
        piles.setdefault(pairs[index].category, []).append(pairs[index])
    taken = list(_turns([piles[name] for name in sorted(piles)]))
    return taken if count is None else taken[:count]


def _turns(piles: Sequence[Sequence[Pair]]) -> Iterator[Pair]:
    for turn in range(max(map(len, piles), default=0)):
        for pile in piles:
            if turn < len(pile):
                yield pile[turn]
