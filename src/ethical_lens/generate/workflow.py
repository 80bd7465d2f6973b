"""Workflows of ComfyUI with placeholders, filled in value by value and never as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from ethical_lens.errors import ConfigurationError, GenerationError
from ethical_lens.serial import Json, digest
from ethical_lens.types import Shot

_PLACEHOLDER: Final = re.compile(r"\{\{(\w+)\}\}")
_KNOWN: Final = ("prompt", "negative_prompt", "seed", "width", "height")
_NEEDED: Final = ("prompt", "seed")
_MOST_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """A workflow in API format, in whose inputs stand placeholders.

    ``{{prompt}}`` and ``{{seed}}`` are needed; ``{{negative_prompt}}``, ``{{width}}`` and ``{{height}}`` may be there.
    A placeholder that is the whole of an input becomes a text or a number; inside a longer text it becomes part of it.
    What is filled in is never searched for placeholders.

    Raises:
        ConfigurationError: If the graph is no workflow in API format, or its placeholders are not as said.
    """

    graph: Mapping[str, Json]

    def __post_init__(self) -> None:
        if "nodes" in self.graph and "links" in self.graph:
            raise ConfigurationError('the workflow is in the format of the editor; export it with "Export (API)"')
        for name, node in self.graph.items():
            if not isinstance(node, dict) or "class_type" not in node or not isinstance(node.get("inputs"), dict):
                raise ConfigurationError(f"node {name!r} of the workflow has no class_type and inputs; export it again")
        unknown = sorted(self.placeholders - set(_KNOWN))
        if unknown:
            raise ConfigurationError(f"the workflow has unknown placeholders {unknown}; known are {', '.join(_KNOWN)}")
        missing = [name for name in _NEEDED if name not in self.placeholders]
        if missing:
            raise ConfigurationError(f"the workflow lacks {{{{{missing[0]}}}}}; write it into the input it belongs to")

    @property
    def placeholders(self) -> frozenset[str]:
        """Names of the placeholders that occur."""
        return frozenset(name for text in _texts(dict(self.graph)) for name in _PLACEHOLDER.findall(text))

    @property
    def digest(self) -> str:
        """SHA-256 of the workflow, in hexadecimal digits."""
        return digest(dict(self.graph))

    def filled(self, shot: Shot, *, default_size: tuple[int, int]) -> dict[str, Json]:
        """Return a copy in which a shot stands in place of the placeholders.

        Args:
            shot: What to draw.
            default_size: Width and height where the shot says none.

        Raises:
            GenerationError: If the shot asks for something that the workflow has no placeholder for.
        """
        asked: dict[str, Json] = {
            "negative_prompt": shot.negative_prompt or None,
            "width": shot.width,
            "height": shot.height,
        }
        for name, value in asked.items():
            if value is not None and name not in self.placeholders:
                raise GenerationError(
                    f"the workflow has no {{{{{name}}}}}, so none can be asked for; add it, or ask less"
                )
        values: dict[str, str | int] = {
            "prompt": shot.draft.text,
            "negative_prompt": shot.negative_prompt or "",
            "seed": shot.seed,
            "width": shot.width or default_size[0],
            "height": shot.height or default_size[1],
        }
        return {name: _filled(node, values) for name, node in self.graph.items()}


def read_workflow(path: Path) -> Workflow:
    """Read a workflow from a file.

    Raises:
        ConfigurationError: If it cannot be read, or is none.
    """
    try:
        content = path.read_bytes()
        if len(content) > _MOST_BYTES:
            raise ConfigurationError(f"{path.name} has more than {_MOST_BYTES:,} bytes; that is no workflow")
        graph = json.loads(content)
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"the workflow {str(path)!r} cannot be read: {error}; check path and content"
        ) from None
    if not isinstance(graph, dict) or not graph:
        raise ConfigurationError(f"{path.name} is no workflow in API format, which is a JSON object; export it again")
    return Workflow(graph=cast("dict[str, Json]", graph))


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _filled(value: Json, values: Mapping[str, str | int]) -> Json:
    if isinstance(value, dict):
        return {name: _filled(each, values) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, values) for each in value]
    if not isinstance(value, str):
        return value
    whole = _PLACEHOLDER.fullmatch(value)
    if whole:
        return values[whole[1]]
    return _PLACEHOLDER.sub(lambda match: str(values[match[1]]), value)
