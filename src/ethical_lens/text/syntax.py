r"""The notation of Stable Diffusion and Midjourney users: told apart from the words, and kept when words change.

Recognised: ``(word)``, ``(word:1.2)``, ``[word]``, ``[from:to:0.5]``, ``[one|other]``, ``{word}``, ``<lora:name:0.8>``
and its kin, ``<embedding>``, ``embedding:name``, ``BREAK``, ``AND``, ``--ar 3:2`` and other options, ``--no things``,
``::2`` weights, ``\(`` escapes. Anything else is words. A prompt is never refused here: what steers without words is
noted, the caller decides.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from ethical_lens.text.normalize import Normalized, normalize
from ethical_lens.types import Span

SegmentKind = Literal["text", "name", "excluded", "syntax"]

_MARK: Final = re.compile(
    r"(?P<escape>\\[()\[\]{}<>|:\\])"
    r"|<(?P<net>lora|lyco|locon|loha|lokr|hypernet|ti|embedding|wlr):(?P<name>[^<>:\n]{1,200})(?::[^<>\n]{0,60})?>"
    r"|<(?P<token>[A-Za-z0-9][A-Za-z0-9_ .\-]{0,100})>"
    r"|\bembedding:(?P<embedding>[\w.\-]{1,100})"
    r"|(?P<wildcard>__[A-Za-z0-9/_\-]{1,60}?__)"
    r"|(?P<word>\b(?:BREAK|AND)\b)"
    r"|(?<!\S)(?P<exclude>--no\b)"
    r"|(?<!\S)(?P<option>--[A-Za-z]+(?:[ =](?:-?\d[\d.:]*|https?://\S+)(?!\S))?)"
    r"|(?P<multi>::\s?-?\d*\.?\d*)"
    r"|(?P<weight>:\s?[-+]?\d*\.?\d+\s?(?=[)\]}]))"
    r"|(?P<bracket>[()\[\]{}|:])",
)
_NUMBER: Final = re.compile(r"[-+]?\d*\.?\d+")
_NAME_BREAK: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|[\W\d_]+")
_ADDRESS: Final = re.compile(r"https?://")
_OPENERS: Final = {"(": ")", "[": "]", "{": "}"}
_FACTORS: Final = {"(": 1.1, "[": 1 / 1.1, "{": 1.05}
_STEERING_OPTIONS: Final = ("--sref", "--cref", "--oref", "--iw", "--p", "--profile", "--style")


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A run of characters of one kind."""

    kind: SegmentKind
    start: int
    end: int
    """Half-open range of the prompt."""
    weight: float = 1.0
    """Emphasis of a text segment; negative when the notation pushes away from it."""
    branch: int | None = None
    """Which of several takes the segment is, in ``[from:to:when]`` and ``[one|other]``; None outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt, told apart into words and notation. The segments cover it without gaps."""

    text: str
    segments: tuple[Segment, ...]
    notes: tuple[str, ...] = ()
    """Notation that steers the picture without words, or away from words."""

    def render(self) -> str:
        """Return the prompt; byte-identical to what was parsed."""
        return "".join(self.text[segment.start : segment.end] for segment in self.segments)

    def plain(self, branch: int = 0) -> Normalized:
        """Return the words without the notation, folded, with offsets into the prompt.

        Args:
            branch: Which take to read where the prompt switches between several.
        """
        return _plain(self, branch)

    def excluded(self) -> Normalized | None:
        """Return the words that the notation pushes away (``--no``, negative weights), folded; None without any."""
        segments = [segment for segment in self.segments if segment.kind == "excluded" or segment.weight < 0]
        return _folded_segments(self.text, segments, "excluded words") if segments else None

    def names(self) -> Normalized | None:
        """Return the names of networks and embeddings as words; None without any."""
        segments = [segment for segment in self.segments if segment.kind == "name"]
        return _folded_segments(self.text, segments, "names of networks") if segments else None

    @property
    def n_branches(self) -> int:
        """Number of takes the prompt switches between; 1 when it does not."""
        return 1 + max((segment.branch or 0 for segment in self.segments), default=0)

    def replace(self, span: Span, replacement: str) -> str:
        """Return the prompt with the words inside a span replaced, and the notation around them kept.

        Args:
            span: Range of the prompt.
            replacement: New words; "" removes, together with brackets that would be left empty.
        """
        parts: list[str] = []
        placed = False
        for segment in self.segments:
            start, end = max(segment.start, span.start), min(segment.end, span.end)
            if start >= end or segment.kind == "syntax":
                parts.append(self.text[segment.start : segment.end])
                continue
            middle = "" if placed else replacement
            parts.append(self.text[segment.start : start] + middle + self.text[end : segment.end])
            placed = True
        return drop_empty_groups("".join(parts))


def parse(prompt: str) -> Prompt:
    """Tell words and notation apart.

    Example:
        >>> [prompt.text[s.start : s.end] for prompt in [parse("a (red:1.2) cat --ar 3:2")] for s in prompt.segments]
        ['a ', '(', 'red', ':1.2)', ' cat ', '--ar 3:2']
    """
    marks = list(_marks(prompt))
    factors = _factors(prompt, marks)
    segments: list[Segment] = []
    notes: dict[str, None] = {}
    if _ADDRESS.search(prompt):
        notes["an address of an image or page"] = None
    stack = [_Level(1.0, None, 0)]
    excluded = False
    since = 0
    position = 0
    for index, mark in enumerate([*marks, None]):
        end = mark.start() if mark is not None else len(prompt)
        if end > position:
            level = stack[-1]
            kind: SegmentKind = "excluded" if excluded else "text"
            segments.append(Segment(kind=kind, start=position, end=end, weight=level.weight, branch=level.branch))
            if level.weight < 0:
                notes["a negative weight"] = None
        if mark is None:
            break
        if mark.group("bracket") in ("|", ":") and len(stack) > 1 and stack[-1].branch is None:
            segments[stack[-1].since :] = [_first_take(segment) for segment in segments[stack[-1].since :]]
        segments.extend(_mark_segments(mark, stack, factors.get(index), len(segments)))
        if mark.group("multi"):
            if (_number(mark.group()) or 0) < 0:
                segments[since:] = [_pushed(segment) for segment in segments[since:]]
            since = len(segments)
        if mark.group("exclude"):
            excluded = True
        elif mark.group("option"):
            excluded = False
        for note in _steering(mark):
            notes[note] = None
        position = mark.end()
    return Prompt(text=prompt, segments=tuple(_merged(segments)), notes=tuple(notes))


def readings(text: str) -> list[Normalized]:
    """Return further readings of a prompt that carries notation: its words alone, in every take, with names as words.

    Returns:
        Readings with offsets into the prompt; none for a prompt without notation.
    """
    if not any(mark in text for mark in "()[]{}<|_:"):
        return []
    prompt = parse(text)
    if all(segment.kind == "text" for segment in prompt.segments):
        return []
    return [prompt.plain(branch) for branch in range(min(prompt.n_branches, 4))]


def drop_empty_groups(text: str) -> str:
    """Remove brackets that hold nothing but a weight."""
    for _ in range(8):
        shorter = _EMPTY_GROUP.sub("", text)
        if shorter == text:
            break
        text = shorter
    return text


_EMPTY_GROUP: Final = re.compile(
    r"(?<!\\)(?:\(\s*(?::\s?[-+]?\d*\.?\d+\s?)?\)|\[\s*(?::\s?[-+]?\d*\.?\d+\s?)?\]|\{\s*\})"
)


@dataclass(slots=True)
class _Level:
    weight: float
    branch: int | None
    since: int
    """Number of segments when the bracket opened."""


def _marks(prompt: str) -> Iterator[re.Match[str]]:
    """Yield what is notation; a lone colon is a mark only inside square brackets, a bar only inside brackets."""
    stack: list[str] = []
    for mark in _MARK.finditer(prompt):
        bracket = mark.group("bracket")
        if mark.group("escape"):
            continue
        if bracket is None:
            yield mark
        elif bracket in _OPENERS:
            stack.append(_OPENERS[bracket])
            yield mark
        elif bracket == ":":
            if stack and stack[-1] == "]":
                yield mark
        elif bracket == "|":
            if stack:
                yield mark
        else:
            if stack and stack[-1] == bracket:
                stack.pop()
            yield mark


def _factors(prompt: str, marks: Sequence[re.Match[str]]) -> dict[int, float]:
    """Return, for each opening bracket (as an index of marks), the factor it applies to what it holds."""
    factors: dict[int, float] = {}
    stack: list[tuple[int, str]] = []
    weight: float | None = None
    for index, mark in enumerate(marks):
        bracket = mark.group("bracket")
        if mark.group("weight"):
            weight = _number(mark.group())
            continue
        if bracket in _OPENERS:
            stack.append((index, bracket))
        elif bracket in (")", "]", "}") and stack and _OPENERS[stack[-1][1]] == bracket:
            opened, kind = stack.pop()
            factors[opened] = weight if weight is not None and kind == "(" else _FACTORS[kind]
        weight = None
    return factors


def _mark_segments(
    mark: re.Match[str], stack: list[_Level], factor: float | None, n_segments: int
) -> Iterator[Segment]:
    """Yield the segments of one mark, and keep the stack of brackets."""
    bracket = mark.group("bracket")
    if bracket in _OPENERS and factor is not None:
        stack.append(_Level(stack[-1].weight * factor, stack[-1].branch, n_segments))
    elif bracket in (")", "]", "}") and len(stack) > 1:
        stack.pop()
    elif bracket in ("|", ":") and len(stack) > 1:
        stack[-1].branch = (stack[-1].branch or 0) + 1
    for group in ("name", "token", "embedding"):
        if mark.group(group):
            start, end = mark.span(group)
            yield Segment(kind="syntax", start=mark.start(), end=start)
            yield Segment(kind="name", start=start, end=end, weight=stack[-1].weight)
            yield Segment(kind="syntax", start=end, end=mark.end())
            return
    yield Segment(kind="syntax", start=mark.start(), end=mark.end())


def _steering(mark: re.Match[str]) -> Iterator[str]:
    if mark.group("net"):
        yield f"a network added by name ({mark.group('net')})"
    if mark.group("embedding"):
        yield "an embedding added by name"
    if mark.group("wildcard"):
        yield "a wildcard filled in later"
    option = mark.group("option")
    if option and option.partition(" ")[0].partition("=")[0].lower() in _STEERING_OPTIONS:
        yield f"the option {option.partition(' ')[0]}"
    if mark.group("multi") and (_number(mark.group()) or 0) < 0:
        yield "a negative weight"


def _first_take(segment: Segment) -> Segment:
    return replace(segment, branch=0) if segment.kind == "text" and segment.branch is None else segment


def _pushed(segment: Segment) -> Segment:
    return replace(segment, weight=-abs(segment.weight)) if segment.kind == "text" else segment


def _number(text: str) -> float | None:
    found = _NUMBER.search(text)
    return float(found.group()) if found else None


def _merged(segments: Sequence[Segment]) -> Iterator[Segment]:
    """Join neighbouring runs of notation, and drop empty segments."""
    previous: Segment | None = None
    for segment in segments:
        if segment.start == segment.end:
            continue
        if previous is not None and previous.kind == segment.kind == "syntax" and previous.end == segment.start:
            previous = Segment(kind="syntax", start=previous.start, end=segment.end)
            continue
        if previous is not None:
            yield previous
        previous = segment
    if previous is not None:
        yield previous


def _plain(prompt: Prompt, branch: int) -> Normalized:
    kept = [segment for segment in prompt.segments if segment.kind != "text" or segment.branch in (None, branch)]
    return _folded_segments(prompt.text, kept, "words without notation")


def _folded_segments(text: str, segments: Sequence[Segment], reading: str) -> Normalized:
    texts: list[str] = []
    starts = array("i")
    ends = array("i")
    for segment in segments:
        raw = text[segment.start : segment.end]
        if segment.kind in ("syntax", "name"):
            words = _filler(raw) if segment.kind == "syntax" else _words_of_name(raw)
            texts.append(words)
            starts.extend([segment.start] * len(words))
            ends.extend([segment.end] * len(words))
        else:
            folded = normalize(raw)
            texts.append(folded.text)
            starts.extend(segment.start + start for start in folded.starts)
            ends.extend(segment.start + end for end in folded.ends)
    return Normalized(text="".join(texts), starts=starts, ends=ends, reading=reading)


def _words_of_name(name: str) -> str:
    """Return the name of a network as words: ``darkStyle_v2`` becomes ``dark style v``."""
    return f" {_NAME_BREAK.sub(' ', name).lower()} "


def _filler(syntax: str) -> str:
    """Return what stands for notation between words: nothing for brackets, a break for what separates prompts."""
    if re.search(r"BREAK|AND|--|::", syntax):
        return " . "
    return "" if all(character in "()[]{}" or not character.isalnum() for character in syntax.split(":")[0]) else " "
