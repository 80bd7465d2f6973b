"""Generators x policies x suites, from one YAML file."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ethical_lens.errors import ConfigurationError
from ethical_lens.evaluate.experiments import Working, run_all
from ethical_lens.evaluate.report import Written, write_report
from ethical_lens.evaluate.runner import RunSettings

Names = Annotated[list[str], Field(min_length=1)]


class Matrix(BaseModel):
    """What is combined with what."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    generators: Names = ["sketch"]
    policies: Names = ["default"]
    suites: Names
    ablations: Names = ["full"]
    count: int | None = None
    images_per_prompt: int = 1
    seed: int = 0
    judge: str = "auto"
    encoder: str = "auto"

    def plans(self) -> dict[str, RunSettings]:
        """Return the settings of every combination, by the name of its folder."""
        return {
            "-".join(map(_slug, combination)): RunSettings(
                generator=combination[0],
                policy=combination[1],
                suite=combination[2],
                ablation=combination[3],
                count=self.count,
                images_per_prompt=self.images_per_prompt,
                seed=self.seed,
                judge=self.judge,
                encoder=self.encoder,
            )
            for combination in itertools.product(self.generators, self.policies, self.suites, self.ablations)
        }


def load_matrix(path: Path) -> Matrix:
    """Read a matrix.

    Args:
        path: YAML file.

    Raises:
        ConfigurationError: If it cannot be read, or says something unknown.
    """
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path}: expected a YAML file, but it cannot be read: {error}") from error
    try:
        return Matrix.model_validate(content)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'the file'}: {each['msg']}" for each in error.errors()
        )
        known = ", ".join(Matrix.model_fields)
        raise ConfigurationError(f"{path}: {problems}; known are {known}") from error


def run_matrix(matrix: Matrix, out: Path, working: Working) -> Written:
    """Run every combination and report all of them; called again, it goes on where it stopped.

    Args:
        matrix: What is combined.
        out: Gets a folder for each combination below "runs", and the report.
        working: How.

    Raises:
        ConfigurationError: If two combinations would share a folder.
    """
    plans = matrix.plans()
    wanted = len(matrix.generators) * len(matrix.policies) * len(matrix.suites) * len(matrix.ablations)
    if len(plans) < wanted:
        raise ConfigurationError(f"only {len(plans)} of {wanted} combinations differ; name every part once")
    begun = run_all({out / "runs" / name: settings for name, settings in plans.items()}, working)
    return write_report(begun, out, title="Matrix")


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "_", name).strip("_.") or "x"
