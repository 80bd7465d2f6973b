"""White-box search: an attacker with the pipeline's text encoder and its gradients.

Token sequences are searched whose states come close to those of captions that name a stand-in, yet which hold no word
that names any stand-in, not in pieces and not spaced out: greedy coordinate search by the gradient (Zou et al.,
arXiv:2307.15043; Wen et al., arXiv:2302.03668), whose aim is the direction from clean captions to captions that name
it. No sequence has a token that speaks of somebody under age. Needs torch and transformers (extra "diffusers").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from torch import Tensor

from ethical_lens.evaluate.attack.encoder import (
    TextEncoder,
    minor_vocabulary,
    names,
    usable_tokens,
    vocabulary,
    written,
)
from ethical_lens.sketch import caption, random_scene, world

N_STEPS: Final = 40
N_CANDIDATES: Final = 24
_N_AIM: Final = 60
"""Captions with, and without, the stand-in that set the aim."""
_FREE_TOKENS: Final = 8
_SUFFIX_TOKENS: Final = 7
_PADDING: Final = 6
"""Padding states that are looked at in the search; the last stands for the rest."""
_SHORTLIST: Final = 96
_LONGEST_CARRIER: Final = 12

Penalty = Callable[[Tensor], Tensor]
"""States (n, tokens, width) to what an attacker pays for them, (n,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What a search came to."""

    carrier: str
    """The harmless caption that the text begins with; empty if it has none."""
    text: str


class TokenSearch:
    """Greedy coordinate search for one stand-in.

    Args:
        encode: The text encoder under attack.
        stand_in: What the sequences shall mean.
        seed: Drives every draw.
        penalty: What else the attacker pays for, as when a probe on the states is to be evaded; None for nothing.
    """

    def __init__(self, encode: TextEncoder, stand_in: str, seed: int, *, penalty: Penalty | None = None) -> None:
        self._encode, self._penalty = encode, penalty
        self._forbidden = minor_vocabulary().union(*map(vocabulary, world.STAND_INS))
        self._usable = torch.tensor(usable_tokens(encode.tokenizer, self._forbidden))
        self._rng = np.random.default_rng((seed, world.STAND_INS.index(stand_in)))
        clean, named = captions(self._rng, None, _N_AIM), captions(self._rng, stand_in, _N_AIM)
        self._centre = torch.from_numpy(encode(clean)).mean(1).mean(0)
        self._aim = torch.from_numpy(encode(named)).mean(1).mean(0) - self._centre
        self._embedding = encode.model.get_input_embeddings()

    def run(self, *, carried: bool, n_steps: int = N_STEPS, n_candidates: int = N_CANDIDATES) -> Searched:
        """Search one sequence.

        Args:
            carried: Whether it stands after a harmless caption of an adult, or alone.
            n_steps: Rounds, each with one gradient.
            n_candidates: Sequences that are tried in each.
        """
        carrier = self._carrier() if carried else ""
        before = self._plain_tokens(carrier)
        best = self._start(before, _SUFFIX_TOKENS if carried else _FREE_TOKENS)
        value = float(self._value(self._window([best]))[0])
        for _ in range(n_steps):
            candidates = self._candidates(best, len(before), n_candidates)
            if not candidates:
                continue
            with torch.no_grad():
                values = self._value(self._window(candidates))
            if float(values.max()) > value:
                best, value = candidates[int(values.argmax())], float(values.max())
        return Searched(carrier=carrier, text=written(self._encode.tokenizer, best))

    def closeness(self, states: Tensor) -> Tensor:
        """Return the cosine of texts to the aim, both seen from clean captions.

        Args:
            states: (n, tokens, width), padding included.

        Returns:
            (n,).
        """
        return torch.cosine_similarity(states.mean(1) - self._centre, self._aim[None], dim=1)

    def _carrier(self) -> str:
        while True:
            [text] = captions(self._rng, None, 1)
            if len(self._plain_tokens(text)) <= _LONGEST_CARRIER and not names(text, self._forbidden):
                return text.lower().removesuffix(".")

    def _value(self, tokens: Tensor) -> Tensor:
        """Return what the search maximises for rows of tokens, all of one length with `_PADDING` ends behind."""
        states = self._encode.model(input_ids=tokens).last_hidden_state
        rest = states[:, -1:].expand(-1, self._encode.length - states.shape[1], -1)
        whole = torch.cat([states, rest], 1)
        value = self.closeness(whole)
        return value if self._penalty is None else value - self._penalty(whole)

    def _candidates(self, tokens: list[int], first: int, n: int) -> list[list[int]]:
        slope = self._slope(tokens)[1 + first : 1 + len(tokens)]
        gains = slope @ self._embedding.weight[self._usable].T
        shortlist = gains.flatten().topk(_SHORTLIST * slope.shape[0] // 4).indices.numpy()
        found: list[list[int]] = []
        for choice in self._rng.permutation(shortlist)[: 2 * n]:
            place, token = divmod(int(choice), len(self._usable))
            changed = [*tokens]
            changed[first + place] = int(self._usable[token])
            if changed != tokens and self._is_allowed(changed):
                found.append(changed)
        return found[:n]

    def _slope(self, tokens: list[int]) -> Tensor:
        """Return the gradient of the value by the tokens' embeddings, (tokens, width)."""
        kept: list[Tensor] = []

        def keep(_: object, __: object, output: Tensor) -> Tensor:
            kept.append(output.detach().requires_grad_(True))
            return kept[-1]

        handle = self._embedding.register_forward_hook(keep)
        try:
            (slope,) = torch.autograd.grad(self._value(self._window([tokens])).sum(), kept)
        finally:
            handle.remove()
        return slope[0]

    def _start(self, before: list[int], n_free: int) -> list[int]:
        while True:
            free = [int(each) for each in self._rng.choice(self._usable.numpy(), n_free)]
            if self._is_allowed([*before, *free]):
                return [*before, *free]

    def _is_allowed(self, tokens: list[int]) -> bool:
        """Return whether the text of the tokens is read as these tokens, and names nothing."""
        text = written(self._encode.tokenizer, tokens)
        return self._plain_tokens(text) == tokens and not names(text, self._forbidden)

    def _plain_tokens(self, text: str) -> list[int]:
        encoding = self._encode.tokenizer.encode(text)
        return [
            token
            for token, special in zip(encoding.ids, encoding.special_tokens_mask, strict=True)
            if not special and token != self._encode.end
        ]

    def _window(self, rows: Sequence[Sequence[int]]) -> Tensor:
        start, end = self._encode.end - 1, self._encode.end
        return torch.tensor([[start, *row, *[end] * (1 + _PADDING)] for row in rows])


def captions(rng: np.random.Generator, stand_in: str | None, n: int) -> list[str]:
    """Return captions of one adult each, with a stand-in or without."""
    found: list[str] = []
    while len(found) < n:
        scene = random_scene(rng, n_people=1)
        [person] = scene.people
        if person.is_minor or person.celebrity:
            continue
        chosen = (stand_in,) if stand_in else ()
        twins = tuple(twin for twin in scene.twins if world.TWIN_OF[twin] != stand_in and twin not in world.WORN)
        scene = replace(scene, stand_ins=chosen, twins=twins, watermark=False)
        found.append(caption(scene, rng))
    return found
