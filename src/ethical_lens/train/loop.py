"""What every training shares: resumable checkpoints, a moving average of the weights, a log."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Length of a training and its learning rate."""

    n_steps: int
    learning_rate: float
    n_warmup: int = 100
    checkpoint_every: int = 200
    log_every: int = 50
    ema_decay: float = 0.999

    def rate_at(self, step: int) -> float:
        """Return the learning rate: linear warm-up, then a cosine down to 2 % of the peak."""
        if step < self.n_warmup:
            return self.learning_rate * (step + 1) / self.n_warmup
        progress = (step - self.n_warmup) / max(1, self.n_steps - self.n_warmup)
        return self.learning_rate * float(0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * min(1.0, progress))))

    def decay_at(self, step: int) -> float:
        """Return the decay of the moving average, short at first."""
        return min(self.ema_decay, (1 + step) / (10 + step))


class MovingAverage:
    """Exponential moving average of a module's parameters."""

    def __init__(self, module: nn.Module) -> None:
        self.values = {name: value.detach().clone() for name, value in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: nn.Module, decay: float) -> None:
        """Move towards the module's present weights."""
        for name, value in module.state_dict().items():
            kept = self.values[name]
            if kept.is_floating_point():
                kept.lerp_(value, 1 - decay)
            else:
                kept.copy_(value)


def batches(n_rows: int, batch_size: int, seed: int, first_step: int) -> Iterator[NDArray[np.int64]]:
    """Yield index batches for ever: every row once an epoch, in an order that depends on the seed and epoch alone."""
    per_epoch = n_rows // batch_size
    step = first_step
    while True:
        epoch, within = divmod(step, per_epoch)
        order = np.random.default_rng((seed, epoch)).permutation(n_rows)
        for start in range(within, per_epoch):
            yield order[start * batch_size : (start + 1) * batch_size]
            step += 1


def train(
    module: nn.Module,
    loss_at: Callable[[int, NDArray[np.int64]], dict[str, Tensor]],
    *,
    n_rows: int,
    batch_size: int,
    schedule: Schedule,
    folder: Path,
    seed: int,
) -> dict[str, Tensor]:
    """Run a training, going on from the newest checkpoint in ``folder`` if there is one.

    Args:
        module: What is trained; parameters that do not require a gradient stay as they are.
        loss_at: Gets the step and the rows of the batch, returns named losses; "loss" is minimised. It must draw
            every random number from the step, so that a resumed run equals an uninterrupted one.
        n_rows: Rows in the corpus.
        batch_size: Rows per step.
        schedule: Length and learning rate.
        folder: Gets ``checkpoint.pt`` (torch state, loaded with weights_only) and ``log.jsonl``.
        seed: Order of the rows.

    Returns:
        Averaged weights.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=schedule.learning_rate, betas=(0.9, 0.99), weight_decay=0.01)
    average = MovingAverage(module)
    checkpoint = folder / "checkpoint.pt"
    first = 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        module.load_state_dict(state["module"])
        optimiser.load_state_dict(state["optimiser"])
        average.values, first = state["average"], state["step"]
    since = time.monotonic()
    for step, rows in zip(range(first, schedule.n_steps), batches(n_rows, batch_size, seed, first), strict=False):
        for group in optimiser.param_groups:
            group["lr"] = schedule.rate_at(step)
        losses = loss_at(step, rows)
        optimiser.zero_grad(set_to_none=True)
        losses["loss"].backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        average.update(module, schedule.decay_at(step))
        done = step + 1
        if done % schedule.log_every == 0:
            figures = {name: round(float(value.detach()), 5) for name, value in losses.items()}
            pace = (time.monotonic() - since) / schedule.log_every
            since = time.monotonic()
            with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
                log.write(json.dumps({"step": done, **figures, "seconds_per_step": round(pace, 3)}) + "\n")
        if done % schedule.checkpoint_every == 0 or done == schedule.n_steps:
            _save(checkpoint, module, optimiser, average, done)
    return average.values


def _save(path: Path, module: nn.Module, optimiser: torch.optim.Optimizer, average: MovingAverage, step: int) -> None:
    partial = path.with_suffix(".partial")
    state = {
        "module": module.state_dict(),
        "optimiser": optimiser.state_dict(),
        "average": average.values,
        "step": step,
    }
    torch.save(state, partial)
    partial.replace(path)
