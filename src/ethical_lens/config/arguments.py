"""Calling a factory with what a file says, checked against the factory's own signature and annotations.

A factory is any class or function with annotated parameters. Plain values, choices of words, paths, mappings, lists and
records are read as they are annotated; a parameter that is a part itself, such as a language model, is named like every
other part. What has no form in a file cannot be set in one.
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Collection as AbstractCollection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from ethical_lens import registry
from ethical_lens.chat.model import ChatModel
from ethical_lens.config.choices import Choice
from ethical_lens.config.loading import chosen
from ethical_lens.errors import ConfigFileError, ConfigurationError, MissingExtraError, ModelError, ModelIntegrityError
from ethical_lens.models import ModelCard, available, load_card, read_card
from ethical_lens.policy.shape import suggestion
from ethical_lens.policy.source import Document, Place, Tree
from ethical_lens.remote.keys import Key, key_from_environment
from ethical_lens.types import Editor, Generator, ImageDetector, Inpainter, PeopleAnalyzer, Rewriter, TextDetector

_SCHEMES: Final[Mapping[str, Literal["Bearer", "Basic"]]] = {"bearer": "Bearer", "basic": "Basic"}
_PARTS: Final[Mapping[object, str]] = {
    ChatModel: registry.CHAT_MODELS,
    Generator: registry.GENERATORS,
    TextDetector: registry.TEXT_DETECTORS,
    ImageDetector: registry.IMAGE_DETECTORS,
    Rewriter: registry.REWRITERS,
    PeopleAnalyzer: registry.PEOPLE_ANALYZERS,
    Editor: registry.EDITORS,
}
_BESIDE: Final = ("./", "../")
"""How a text begins that names a path from the file's own folder."""
_LISTS: Final = (Sequence, AbstractCollection, AbstractSet, list, tuple, set, frozenset)


class _UnfitError(Exception):
    """A value is not what its annotation says; the message says what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What parts may need of the rest of the lens; handed to parameters of these names unless the file sets them."""

    opted_out: tuple[str, ...] = ()
    inpainter: Inpainter | None = None
    detectors: tuple[TextDetector, ...] = ()
    """Text detectors, for what reads words in pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Makes the parts that a file names."""

    document: Document
    folder: Path
    """What paths of the file are relative to."""
    surroundings: Surroundings = Surroundings()

    def make(self, group: str, choice: Choice) -> object:
        """Return a part.

        Args:
            group: One of `registry.KINDS`.
            choice: Its name and arguments; the name may hold one argument of its own, "NAME:ARGUMENT".

        Raises:
            ConfigFileError: If there is no such part, or an argument is unknown, missing or of another kind.
            MissingExtraError: If the part needs an extra that is not installed.
        """
        return self._call(*self._prepared(group, choice), choice.place, kind=_kind(group, choice))

    def require_makeable(self, group: str, choice: Choice) -> None:
        """Check everything about a part that can be checked without making it, which may read gigabytes.

        Raises:
            ConfigFileError: If there is no such part, or an argument is unknown, missing or of another kind.
        """
        self._prepared(group, choice)

    def _prepared(self, group: str, choice: Choice) -> tuple[Callable[..., object], list[str], dict[str, object]]:
        """Return a factory, its argument without a name if it gets one, and those with names."""
        plain, colon, argument = choice.use.partition(":")
        try:
            factory = registry.factory(group, plain)
        except ConfigurationError as error:
            raise self._error(choice.place, str(error)) from error
        first = [argument] if colon else []
        return factory, first, self._arguments(factory, choice.arguments, choice.place, _kind(group, choice), first)

    def _arguments(
        self,
        factory: Callable[..., object],
        given: Mapping[str, Tree],
        place: Place,
        kind: str,
        first: Sequence[str] = (),
    ) -> dict[str, object]:
        parameters = _parameters(factory)
        named = self._from_surroundings(parameters, given)
        for name, value in given.items():
            if name not in parameters:
                raise self._error((*place, name), f"{kind} has no setting {name!r}; {suggestion(name, parameters)}")
            named[name] = self._argument(parameters[name], value, (*place, name))
        self._require_whole(parameters, {*list(parameters)[: len(first)], *named}, place, kind)
        return named

    def _call(
        self,
        factory: Callable[..., object],
        first: Sequence[str],
        named: Mapping[str, object],
        place: Place,
        *,
        kind: str,
    ) -> object:
        try:
            return factory(*first, **named)
        except (MissingExtraError, ModelIntegrityError):
            raise
        except (ConfigurationError, ModelError, TypeError, ValueError) as error:
            raise self._error(place, f"{kind} cannot be made: {error}") from error

    def _from_surroundings(
        self, parameters: Mapping[str, inspect.Parameter], given: Mapping[str, Tree]
    ) -> dict[str, object]:
        fields = [field.name for field in dataclasses.fields(self.surroundings)]
        known = {name: getattr(self.surroundings, name) for name in fields if name in parameters and name not in given}
        return {name: value for name, value in known.items() if value}

    def _require_whole(
        self, parameters: Mapping[str, inspect.Parameter], named: AbstractSet[str], place: Place, kind: str
    ) -> None:
        missing = [
            name for name, each in parameters.items() if each.default is inspect.Parameter.empty and name not in named
        ]
        if missing:
            raise self._error(place, f"{kind} needs {' and '.join(map(repr, missing))}; add it")

    def _argument(self, parameter: inspect.Parameter, value: Tree, place: Place) -> object:
        try:
            return self._read(value, parameter.annotation, place)
        except _UnfitError as error:
            shown = f"a {type(value).__name__}" if isinstance(value, dict | list) else f"{value!r:.60}"
            raise self._error(place, f"{str(place[-1])!r} has to be {error}, not {shown}") from None
        except (MissingExtraError, ConfigFileError):
            raise
        except ConfigurationError as error:
            raise self._error(place, str(error)) from error

    def _read(self, value: Tree, kind: Any, place: Place) -> object:
        origin, inside = typing.get_origin(kind), typing.get_args(kind)
        if origin is Annotated:
            return self._read(value, inside[0], place)
        if origin in (typing.Union, types.UnionType):
            return self._read_any(value, inside, place)
        if origin is Literal:
            if value not in inside or isinstance(value, bool) != isinstance(inside[0], bool):
                raise _UnfitError(f"one of {', '.join(map(repr, inside))}")
            return value
        if kind in _PARTS:
            return self.make(_PARTS[kind], chosen(self.document, value, place))
        if kind is Key:
            return self._key(value)
        if kind is ModelCard:
            return self._card(value)
        if kind is Path:
            return self.folder / _text(value, "a path")
        if origin in (Mapping, dict):
            return self._mapping(value, inside, place)
        if origin in _LISTS:
            return self._list(value, origin, inside, place)
        if isinstance(kind, type) and (dataclasses.is_dataclass(kind) or hasattr(kind, "model_fields")):
            return self._record(value, kind, place)
        if kind is str and isinstance(value, str) and value.startswith(_BESIDE):
            return str(self.folder / value)
        return _plain(value, kind)

    def _read_any(self, value: Tree, kinds: Sequence[Any], place: Place) -> object:
        if value is None and type(None) in kinds:
            return None
        if Path in kinds and str in kinds and isinstance(value, str):
            # A folder beside the file, or a name on a hub; only the file system can tell.
            return self.folder / value if (self.folder / value).exists() else value
        if str in kinds and isinstance(value, str):
            return self._read(value, str, place)
        wanted: list[str] = []
        for kind in (each for each in kinds if each is not type(None)):
            try:
                return self._read(value, kind, place)
            except _UnfitError as error:
                wanted.append(str(error))
        raise _UnfitError(" or ".join(dict.fromkeys(wanted)))

    def _mapping(self, value: Tree, inside: Sequence[Any], place: Place) -> dict[str, object]:
        if not isinstance(value, dict):
            raise _UnfitError("a mapping ('key: value')")
        return {key: self._read(each, inside[1], (*place, key)) for key, each in value.items()}

    def _list(self, value: Tree, origin: Any, inside: Sequence[Any], place: Place) -> object:
        if not isinstance(value, list):
            raise _UnfitError("a list ('[a, b]')")
        read = [self._read(each, inside[0], (*place, index)) for index, each in enumerate(value)]
        return frozenset(read) if origin in (AbstractSet, set, frozenset) else tuple(read)

    def _record(self, value: Tree, kind: type, place: Place) -> object:
        if not isinstance(value, dict):
            raise _UnfitError("a mapping ('key: value')")
        title = f"{str(place[-1])!r}"
        return self._call(kind, (), self._arguments(kind, value, place, title), place, kind=title)

    def _key(self, value: Tree) -> Key:
        if not isinstance(value, dict) or not isinstance(name := value.get("environment"), str):
            raise _UnfitError("the name of a variable, written {environment: NAME}; keys do not stand in files")
        scheme = str(value.get("scheme", "bearer")).lower()
        if set(value) - {"environment", "scheme"} or scheme not in _SCHEMES:
            raise _UnfitError("{environment: NAME}, or {environment: NAME, scheme: basic} for USER:PASSWORD")
        key = key_from_environment(name, scheme=_SCHEMES[scheme])
        if key is None:
            raise ConfigurationError(f"the environment variable {name} is not set; set it to the key, or leave it out")
        return key

    def _card(self, value: Tree) -> ModelCard:
        name = _text(value, "the name of a shipped model, or the path of its card")
        if name.partition("@")[0] in available():
            return load_card(name)
        path = self.folder / name
        return read_card(path, root=path.parent)

    def _error(self, place: Place, message: str) -> ConfigFileError:
        origin = self.document.origin(place)
        return ConfigFileError(message, path=origin.path, line=origin.line)


def _kind(group: str, choice: Choice) -> str:
    return f"{registry.KINDS[group]} {choice.use.partition(':')[0]!r}"


def _parameters(factory: Callable[..., object]) -> dict[str, inspect.Parameter]:
    """Return the parameters that have a name, their annotations evaluated where that can be done."""
    signature = inspect.signature(factory)
    module = sys.modules.get(getattr(factory, "__module__", ""), None)
    return {
        name: each.replace(annotation=_evaluated(each.annotation, vars(module) if module else {}))
        for name, each in signature.parameters.items()
        if each.kind in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    }


def _evaluated(annotation: object, names: dict[str, object]) -> object:
    if not isinstance(annotation, str):
        return annotation
    holder = type("_Holder", (), {"__annotations__": {"value": annotation}})
    try:
        return typing.get_type_hints(holder, globalns=names, include_extras=True)["value"]
    except (NameError, TypeError, AttributeError):  # imported for the type checker alone
        return annotation


def _text(value: Tree, wanted: str) -> str:
    if not isinstance(value, str) or not value:
        raise _UnfitError(wanted)
    return value


_SCALARS: Final[Mapping[object, tuple[tuple[type, ...], str]]] = {
    str: ((str,), "text"),
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    type(None): ((type(None),), "empty"),
}


def _plain(value: Tree, kind: object) -> object:
    if kind in (inspect.Parameter.empty, object, Any) or isinstance(kind, typing.ForwardRef):
        return value  # the recursive part of what JSON can say
    if kind not in _SCALARS:
        raise _UnfitError("left out, since it has no form in a file")
    classes, wanted = _SCALARS[kind]
    if not isinstance(value, classes) or (isinstance(value, bool) and kind is not bool):
        raise _UnfitError(wanted)
    return float(value) if kind is float and isinstance(value, int) else value
