"""From the random generators that a pipeline is called with to the seeds of requests."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ethical_lens.errors import InputError
from ethical_lens.lens.planning import SEED_BITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Pictures of one prompt that are drawn as one request."""

    prompt: int
    """Place of the prompt in the call."""
    seed: int
    """Seed of the first picture; the others follow it."""
    count: int


def portions(generator: object, n_prompts: int, n_images: int) -> list[Portion]:
    """Return the requests that a call is made of, in order of its pictures.

    With one generator, or none, every prompt is one request, and its pictures have consecutive seeds. With a list of
    one generator per picture, every picture has the seed of its own; where these are not consecutive, it is a request
    of its own too, so that the record tells the seeds that were used.

    Args:
        generator: A ``torch.Generator``, a list of them for each prompt or each picture, or None for chance.
        n_prompts: Prompts of the call.
        n_images: Pictures of each prompt.

    Raises:
        InputError: If they are no generators, or of another number.
    """
    if generator is None:
        return _consecutive(secrets.randbits(SEED_BITS), n_prompts, n_images)
    given = list(generator) if isinstance(generator, (list, tuple)) else [generator]
    if not given or not all(callable(getattr(each, "initial_seed", None)) for each in given):
        raise InputError(f"generator has to be a torch.Generator or a list of them, got {type(generator).__name__}")
    if len(given) not in (1, n_prompts, n_prompts * n_images):
        raise InputError(
            f"generator has to be one torch.Generator, or a list of one for each of {n_prompts * n_images} pictures, "
            f"got {len(given)}"
        )
    seeds = [_seed_of(each) for each in given]
    if len(seeds) == n_prompts * n_images:
        return [each for place in range(n_prompts) for each in _portions_of(place, seeds, n_images)]
    if len(seeds) == n_prompts:
        return [Portion(prompt=place, seed=seed, count=n_images) for place, seed in enumerate(seeds)]
    return _consecutive(seeds[0], n_prompts, n_images)


def device_of(generator: object) -> str:
    """Return where a generator, or the first of a list, draws its noise."""
    first = generator[0] if isinstance(generator, (list, tuple)) and generator else generator
    return str(getattr(first, "device", "cpu"))


def _consecutive(seed: int, n_prompts: int, n_images: int) -> list[Portion]:
    return [
        Portion(prompt=place, seed=(seed + place * n_images) % 2**SEED_BITS, count=n_images)
        for place in range(n_prompts)
    ]


def _portions_of(prompt: int, seeds: Sequence[int], n_images: int) -> Iterator[Portion]:
    own = seeds[prompt * n_images : (prompt + 1) * n_images]
    if list(own) == [(own[0] + index) % 2**SEED_BITS for index in range(n_images)]:
        yield Portion(prompt=prompt, seed=own[0], count=n_images)
    else:
        yield from (Portion(prompt=prompt, seed=seed, count=1) for seed in own)


def _seed_of(generator: Any) -> int:  # torch is not imported here
    """Return the seed of a generator that nobody has drawn from yet, else one that follows from its state.

    The generator is moved on, as a pipeline would, so that the next call with it draws something else.
    """
    initial = int(generator.initial_seed())
    state = getattr(generator, "get_state", None)
    if state is None:
        return int(initial % 2**SEED_BITS)
    present = state()
    fresh = type(generator)(device=generator.device).manual_seed(initial).get_state()
    seed = initial if present.equal(fresh) else int.from_bytes(_digest(present), "big")
    present.new_empty(1, device=generator.device).random_(generator=generator)
    return int(seed % 2**SEED_BITS)


def _digest(state: Any) -> bytes:  # a tensor of bytes
    return hashlib.blake2b(state.numpy().tobytes(), digest_size=SEED_BITS // 8).digest()
