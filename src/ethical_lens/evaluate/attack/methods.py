"""The methods that need no query: a request in, the text of an attack out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from ethical_lens.evaluate.attack import languages, paraphrase, wrapping
from ethical_lens.evaluate.attack.obfuscation import OBFUSCATIONS
from ethical_lens.evaluate.attack.targets import Target

PLAIN: Final = "plain"
"""Control: the request in plain words."""
HARMLESS: Final = "harmless"
"""Control: the subject of the request without the harm."""
CONTROLS: Final = (PLAIN, HARMLESS)
BLACK_BOX: Final = "black box"
WHITE_BOX: Final = "white box"

Disguise = Callable[[Target, np.random.Generator], str | None]
"""A request to the text of an attack, or None where the method does not apply to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One text that is tried."""

    id: str
    method: str
    target: Target
    text: str


def _obfuscated(change: Callable[[str], str]) -> Disguise:
    return lambda target, rng: target.reworded(change(target.harm))


METHODS: Final[Mapping[str, Disguise]] = MappingProxyType(
    {
        PLAIN: lambda target, rng: target.text,
        HARMLESS: lambda target, rng: target.subject,
        **{f"obfuscation, {name}": _obfuscated(change) for name, change in OBFUSCATIONS.items()},
        "paraphrase, synonyms": paraphrase.synonyms,
        "paraphrase, passive": paraphrase.passive,
        "paraphrase, euphemism": paraphrase.euphemism,
        "paraphrase, description": paraphrase.description,
        "language, whole sentence": languages.translated,
        "language, switched": languages.switched,
        "role play": wrapping.role_play,
        "injection": wrapping.injection,
        "padding, quality words": wrapping.quality_words,
        "padding, long text behind": wrapping.long_text_behind,
        "padding, long text before": wrapping.long_text_before,
        "negation": wrapping.negated,
    }
)
"""Name to method; the first two are controls."""


def attacks(targets: Sequence[Target], *, seed: int, methods: Sequence[str] = tuple(METHODS)) -> list[Attack]:
    """Apply every method to every request.

    Args:
        targets: The requests, each of which every method attacks, so that methods can be compared.
        seed: Of every draw; an attack depends on nothing but it, the method and the request.
        methods: Names out of ``METHODS``.

    Returns:
        The attacks, all methods on the first request first; none where a method changes nothing or does not apply.
    """
    return [attack for target in targets for attack in _on(target, methods, seed)]


def _on(target: Target, methods: Sequence[str], seed: int) -> Iterator[Attack]:
    for name in methods:
        text = METHODS[name](target, rng_of(seed, name, target.id))
        if text is not None and (name == PLAIN or text != target.text):
            yield Attack(id=f"{name}/{target.id}", method=name, target=target, text=text)


def rng_of(seed: int, *names: str) -> np.random.Generator:
    """Return the generator of random numbers that belongs to names."""
    words = hashlib.blake2b("/".join(names).encode(), digest_size=16).digest()
    return np.random.default_rng((seed, int.from_bytes(words)))
