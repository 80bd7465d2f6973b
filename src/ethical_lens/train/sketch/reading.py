"""The text encoder, taught to read first: from the end mark it must tell everything that a caption states.

A diffusion loss teaches a text encoder slowly, because a misread word costs little among so much noise. Captions and
what they state are free, so the encoder learns to read them alone, in minutes, and the UNet then trains on a reader
whose weights stay as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from ethical_lens.sketch import Scene, caption, random_scene, world
from ethical_lens.train.loop import Schedule, train
from ethical_lens.train.sketch import words
from ethical_lens.train.sketch.corpus import draw_stated

WIDTH: Final = 128
N_SLOTS: Final = 2
"""People in a picture, at most."""

_CHOICES: Final[tuple[Sequence[str], ...]] = (
    world.GENDERS,
    world.RACES,
    world.AGES,
    world.OCCUPATIONS,
    tuple(celebrity.name for celebrity in world.CELEBRITIES),
)
"""What is told of each person; 0 stands for "not stated"."""
_SCENE_CHOICES: Final[tuple[Sequence[str], ...]] = (world.PLACES, world.STYLES, ("none", "one", "two"))
_FLAGS: Final = (*world.STAND_INS, *world.HARMLESS_TWINS, *world.DESCRIPTORS, "watermark")

SIZES: Final = tuple(1 + len(each) for each in (*(_CHOICES * N_SLOTS), *_SCENE_CHOICES))
"""Number of answers to each question of choice."""


def facts(scene: Scene, stated: Collection[str]) -> tuple[list[int], list[bool]]:
    """Return what a caption that speaks of the ``stated`` aspects says of the scene.

    Args:
        scene: The scene.
        stated: Aspects of which the caption speaks.

    Returns:
        One answer per question of choice (0 where nothing is said), and one per yes-or-no question.
    """
    answers: list[int] = []
    for slot in range(N_SLOTS):
        person = scene.people[slot] if slot < len(scene.people) else None
        for aspect, values in zip((*world_axes(), "occupation", "celebrity"), _CHOICES, strict=True):
            value = getattr(person, aspect) if person is not None else None
            known = person is not None and person.celebrity is not None
            said = value is not None and (aspect == "celebrity" or (aspect in stated and not known))
            answers.append(1 + list(values).index(str(value)) if said else 0)
    answers.append(1 + world.PLACES.index(scene.place) if "place" in stated or not scene.people else 0)
    answers.append(1 + world.STYLES.index(scene.style) if "style" in stated else 0)
    answers.append(1 + len(scene.people))
    descriptors = {each for person in scene.people for each in person.descriptors}
    said_things = {
        *(scene.stand_ins if "stand_ins" in stated else ()),
        *(scene.twins if "twins" in stated else ()),
        *(descriptors if "descriptors" in stated else ()),
        *(("watermark",) if scene.watermark and "watermark" in stated else ()),
    }
    return answers, [flag in said_things for flag in _FLAGS]


def world_axes() -> tuple[str, str, str]:
    """Return the axes of a person, in the order of the questions."""
    return ("gender", "race", "age")


def encoder(vocabulary_size: int, end_token: int) -> CLIPTextModel:
    """Return the untrained text encoder."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=vocabulary_size,
            hidden_size=WIDTH,
            intermediate_size=4 * WIDTH,
            projection_dim=WIDTH,
            num_hidden_layers=3,
            num_attention_heads=4,
            max_position_embeddings=words.MAX_TOKENS,
            hidden_act="quick_gelu",
            bos_token_id=end_token - 1,
            eos_token_id=end_token,
            pad_token_id=end_token,
        )
    )


class Reader(nn.Module):
    """Text encoder with one linear layer that answers every question from one state of the padding."""

    def __init__(self, vocabulary_size: int, end_token: int) -> None:
        super().__init__()
        self.text = encoder(vocabulary_size, end_token)
        self.answers = nn.Linear(WIDTH, sum(SIZES) + len(_FLAGS))

    def forward(self, tokens: Tensor, ends: Tensor) -> Tensor:
        """Return logits, (n, answers), for tokens (n, length), read from the states at ``ends`` (n,)."""
        states = self.text(input_ids=tokens).last_hidden_state
        answers: Tensor = self.answers(states[torch.arange(len(tokens)), ends])
        return answers


def losses(logits: Tensor, answers: Tensor, flags: Tensor) -> dict[str, Tensor]:
    """Return the loss and the share of captions of which everything is told right.

    Args:
        logits: (n, answers) of `Reader`.
        answers: (n, questions of choice), integers.
        flags: (n, yes-or-no questions), 0 or 1.
    """
    *choices, yes = logits.split([*SIZES, len(_FLAGS)], dim=1)
    told = [functional.cross_entropy(each, answers[:, i]) for i, each in enumerate(choices)]
    noticed = functional.binary_cross_entropy_with_logits(yes, flags) * len(_FLAGS) / 4
    right = ((yes > 0) == (flags > 0)).all(1)
    for i, each in enumerate(choices):
        right &= each.argmax(1) == answers[:, i]
    return {"loss": torch.stack(told).sum() + noticed, "all right": right.float().mean()}


def write(n_captions: int, seed: int) -> tuple[list[str], NDArray[np.int64], NDArray[np.float32]]:
    """Write captions and what they state: texts, answers (n, questions), flags (n, questions)."""
    texts, answers, flags = [], [], []
    for index in range(n_captions):
        rng = np.random.default_rng((seed, 7, index))
        scene, stated = random_scene(rng), draw_stated(rng)
        texts.append(caption(scene, rng, stated=stated))
        chosen, noticed = facts(scene, stated)
        answers.append(chosen)
        flags.append(noticed)
    return texts, np.array(answers, np.int64), np.array(flags, np.float32)


def fit(
    tokenizer: CLIPTokenizer, folder: Path, *, n_captions: int, schedule: Schedule, batch_size: int, seed: int
) -> CLIPTextModel:
    """Teach the text encoder to read captions.

    Returns:
        The encoder with averaged weights.
    """
    texts, answers, flags = write(n_captions, seed)
    tokens = np.array(words.encode(tokenizer, texts), np.int64)
    torch.manual_seed(seed)
    model = Reader(len(tokenizer), tokenizer.eos_token_id)

    def loss_at(step: int, rows: NDArray[np.int64]) -> dict[str, Tensor]:
        dice = np.random.default_rng((seed, 8, step))
        ends = (tokens[rows] != tokenizer.eos_token_id).sum(1)
        # Every state from the end mark on has seen the whole caption; a random one of them is asked.
        length = int(dice.integers(ends.max() + 1, words.MAX_TOKENS + 1, endpoint=True).clip(max=words.MAX_TOKENS))
        asked = dice.integers(ends, length)
        logits = model(torch.from_numpy(tokens[rows, :length]), torch.from_numpy(asked))
        return losses(logits, torch.from_numpy(answers[rows]), torch.from_numpy(flags[rows]))

    average = train(
        model, loss_at, n_rows=n_captions, batch_size=batch_size, schedule=schedule, folder=folder, seed=seed
    )
    model.load_state_dict(average)
    return model.text
