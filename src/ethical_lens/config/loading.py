"""Reading a configuration file: its shape is checked, and every path in it is one from the file's own folder."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ethical_lens.config.choices import AuditChoice, Choice, Configuration, SecondOpinionChoice
from ethical_lens.errors import ConfigFileError
from ethical_lens.policy import available
from ethical_lens.policy.source import Document, Place, Tree, read

if TYPE_CHECKING:
    from ethical_lens.config.schema import ChosenPart, OpinionPart


def read_config(path: str | os.PathLike[str]) -> Configuration:
    """Read a configuration file; nothing that it names is looked up or made yet.

    Args:
        path: The YAML file.

    Raises:
        ConfigFileError: If it cannot be used; the message names the file, the line, and what to write instead.
    """
    # pydantic takes a tenth of a second to import, and only reading a file needs it.
    from ethical_lens.config.schema import ConfigurationPart
    from ethical_lens.policy.shape import validated

    file = Path(path)
    document = read(file, ConfigFileError)
    part = validated(document, ConfigurationPart)
    folder = file.parent
    audit = part.audit
    return Configuration(
        path=file,
        document=document,
        policy=part.policy if part.policy in available() else folder / part.policy,
        generator=_choice(part.generator, ("generator",)),
        text_detectors=_choices(part.text.detectors, ("text", "detectors")),
        negative_detectors=_choices(part.text.negative, ("text", "negative")),
        rewriter=_choice_or_none(part.text.rewriter, ("text", "rewriter")),
        people=_choice_or_none(part.people, ("people",)),
        second_opinion=None if part.second_opinion is None else _opinion(part.second_opinion),
        image_detectors=_choices(part.image.detectors, ("image", "detectors")),
        locator=_choice_or_none(part.image.locator, ("image", "locator")),
        editors={name: _choice(each, ("editors", name)) for name, each in part.editors.items()},
        ledger=None if part.ledger is None else folder / part.ledger,
        audit=None
        if audit is None
        else AuditChoice(path=folder / audit.path, fsync=audit.fsync, lock_timeout_seconds=audit.lock_timeout_seconds),
        weights_lock=None if part.weights_lock is None else folder / part.weights_lock,
        exemptions=frozenset(part.exemptions),
    )


def chosen(document: Document, value: Tree, place: Place) -> Choice:
    """Return the part that a value inside the arguments of another part names.

    Raises:
        FileError: If it is neither a name nor a mapping with the key ``use``.
    """
    if isinstance(value, str) and value.strip():
        return Choice(use=value, arguments={}, place=place)
    if isinstance(value, dict) and isinstance(use := value.get("use"), str) and use.strip():
        return Choice(use=use, arguments={key: said for key, said in value.items() if key != "use"}, place=place)
    raise document.error(place, "expected a registered name, or a mapping with the key 'use' and its arguments")


def _choice(part: ChosenPart, place: Place) -> Choice:
    return Choice(use=part.use, arguments=cast("Mapping[str, Tree]", part.model_extra or {}), place=place)


def _choice_or_none(part: ChosenPart | None, place: Place) -> Choice | None:
    return None if part is None else _choice(part, place)


def _choices(parts: Sequence[ChosenPart] | None, place: Place) -> tuple[Choice, ...] | None:
    return None if parts is None else tuple(_choice(part, (*place, index)) for index, part in enumerate(parts))


def _opinion(part: OpinionPart) -> SecondOpinionChoice:
    return SecondOpinionChoice(
        detector=_choice(part.detector, ("second_opinion", "detector")),
        low=part.low,
        high=part.high,
        seconds=part.seconds,
    )
