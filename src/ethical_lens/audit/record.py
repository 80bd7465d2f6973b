"""From a result to its audit record: the facts in the open, every free text sealed.

What may stand in the open is listed here, field by field; any other string counts as text that a person wrote or that
may repeat it, and leaves the record for a commitment. A field added to a record is therefore sealed until it is listed.
"""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import hmac
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from ethical_lens.serial import Json, plain_fields, plain_key, to_plain
from ethical_lens.types import (
    MINOR_SEXUAL,
    Change,
    Draft,
    Edit,
    Finding,
    FiredRule,
    Fixed,
    Mask,
    Outcome,
    PersonGroup,
    Result,
    Shot,
    Verdict,
)

SALT_BYTES = 32

OPEN_FIELDS: Mapping[type, frozenset[str]] = {
    Finding: frozenset({"category", "source"}),
    FiredRule: frozenset({"reason", "editor", "editors"}),
    Change: frozenset({"kind"}),
    PersonGroup: frozenset({"number", "stated", "open_axes", "ages"}),
    Fixed: frozenset({"value"}),
    Shot: frozenset({"attributes"}),
    Edit: frozenset({"editor"}),
    Outcome: frozenset({"reasons"}),
    Result: frozenset({"policy", "models"}),
}
"""Fields whose strings are names, codes and values of the policy's vocabulary, never a user's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedText:
    """A text beside the salt of its commitment."""

    salt: bytes
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """A result as the log keeps it."""

    record: dict[str, Json]
    """Facts; in place of each text stands ``{"sealed": commitment}``."""
    texts: Mapping[str, SealedText]
    """JSON pointer into the record to the text that belongs there; empty when nothing is to be kept."""


def commit(text: str, salt: bytes) -> str:
    """Return HMAC-SHA256(salt, text): it binds to the text and, without the salt, says nothing about it."""
    return hmac.new(salt, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def audit_record(result: Result, model_digests: Mapping[str, str], *, keep_salts: bool) -> AuditRecord:
    """Take everything but pixels out of a result and part the facts from the texts.

    Drafts and shots, which many records contain, are written once and referred to by their place.

    Args:
        result: What happened to one request.
        model_digests: Role to the sha256 of the card of the model that played it.
        keep_salts: Whether to commit to the texts; otherwise their places say only that there was one.

    Returns:
        The facts, and the texts that belong into them.

    Raises:
        TypeError: If the result holds something that has no JSON form.
    """
    recorder = _Recorder(keep_salts=keep_salts)
    record = recorder.record(result, model_digests)
    return AuditRecord(record=record, texts=recorder.texts)


def filled(record: Mapping[str, Json], values: Mapping[str, Json]) -> dict[str, Json]:
    """Return a record with other values at some of its places.

    Args:
        record: Plain data; it is not modified.
        values: JSON pointer (RFC 6901) to the value that comes there.
    """

    def copied(value: Json, pointer: str) -> Json:
        if pointer in values:
            return values[pointer]
        if isinstance(value, dict):
            return {key: copied(child, f"{pointer}/{_step(key)}") for key, child in value.items()}
        if isinstance(value, list):
            return [copied(child, f"{pointer}/{place}") for place, child in enumerate(value)]
        return value

    return cast("dict[str, Json]", copied(dict(record), ""))


def commitments(value: Json, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Yield the pointer and the commitment of every sealed text in a record."""
    if isinstance(value, dict):
        sealed = value.get("sealed")
        if isinstance(sealed, str) and len(value) == 1:
            yield pointer, sealed
            return
        for key, child in value.items():
            yield from commitments(child, f"{pointer}/{_step(key)}")
    elif isinstance(value, list):
        for place, child in enumerate(value):
            yield from commitments(child, f"{pointer}/{place}")


def speaks_of_minor_sexual(result: Result) -> bool:
    """Whether a rule about minors in a sexual context fired anywhere in the result."""
    attempts = [attempt for outcome in result.outcomes for attempt in outcome.attempts]
    shots = [*result.plan.shots, *(attempt.shot for attempt in attempts)]
    verdicts = [draft.verdict for draft in (*result.plan.drafts, *(shot.draft for shot in shots))]
    verdicts += [attempt.verdict for attempt in attempts]
    fired = [rule for verdict in verdicts for rule in verdict.fired]
    return any(finding.category == MINOR_SEXUAL for rule in fired for finding in rule.findings)


def _step(key: str) -> str:
    """Return a key as one step of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


@dataclass(slots=True, kw_only=True)
class _Recorder:
    """Walks one result."""

    keep_salts: bool
    texts: dict[str, SealedText] = field(default_factory=dict)
    drafts: list[Json] = field(default_factory=list)
    shots: list[Json] = field(default_factory=list)
    group_names: list[str] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)
    """Identity of a draft or shot to its place in the list."""

    def record(self, result: Result, model_digests: Mapping[str, str]) -> dict[str, Json]:
        same_request = ("request",) if result.plan.request == result.request else ()
        plan = self.fields(result.plan, "/plan", without=same_request)
        record: dict[str, Json] = {"plan": plan, **self.fields(result, "", without=("id", "plan"))}
        record["drafts"], record["shots"] = self.drafts, self.shots
        record["group_names"] = self.plain(self.group_names, "/group_names", is_open=False)
        record["model_digests"] = to_plain(model_digests)
        return record

    def fields(self, value: object, pointer: str, *, without: tuple[str, ...] = ()) -> dict[str, Json]:
        open_fields = OPEN_FIELDS.get(type(value), frozenset())
        return {
            name: self.plain(getattr(value, name), f"{pointer}/{name}", is_open=name in open_fields)
            for name in plain_fields(type(value))
            if name not in without
        }

    def plain(self, value: object, pointer: str, *, is_open: bool) -> Json:
        if value is None or isinstance(value, enum.Enum | int | float | Mask):
            return to_plain(value)
        if isinstance(value, str):
            return value if is_open else self.sealed(value, pointer)
        if dataclasses.is_dataclass(value):
            return self.nested(value, pointer)
        if isinstance(value, list | tuple):
            return [self.plain(child, f"{pointer}/{k}", is_open=is_open) for k, child in enumerate(value)]
        if isinstance(value, Mapping):
            children = {plain_key(key): child for key, child in value.items()}
            return {k: self.plain(child, f"{pointer}/{_step(k)}", is_open=is_open) for k, child in children.items()}
        return self.plain(to_plain(value), pointer, is_open=is_open)

    def nested(self, value: object, pointer: str) -> Json:
        if isinstance(value, Draft):
            return self.placed(value, "drafts", self.drafts)
        if isinstance(value, Shot):
            return self.placed(value, "shots", self.shots)
        if isinstance(value, Verdict):
            return self.verdict(value, pointer)
        return self.fields(value, pointer)

    def sealed(self, text: str, pointer: str) -> Json:
        """Put a text aside and return what stands in its place; an empty one has nothing to hide."""
        if not text:
            return ""
        if not self.keep_salts:
            return {"sealed": None}
        salt = secrets.token_bytes(SALT_BYTES)
        self.texts[pointer] = SealedText(salt=salt, text=text)
        return {"sealed": commit(text, salt)}

    def placed(self, value: Draft | Shot, name: str, places: list[Json]) -> int:
        """Write a draft or shot where it is met first, and return its place."""
        if id(value) not in self.places:
            place = self.places[id(value)] = len(places)
            places.append(None)
            plain = self.fields(value, f"/{name}/{place}")
            if isinstance(value, Shot):
                plain["attributes"] = {self.attribute(key): to_plain(dealt) for key, dealt in value.attributes.items()}
            places[place] = plain
        return self.places[id(value)]

    def attribute(self, key: str) -> str:
        """Return "GROUP.AXIS" with a number for the group, whose name may come from the user's words."""
        group, _, axis = key.rpartition(".")
        if group not in self.group_names:
            self.group_names.append(group)
        return f"group{self.group_names.index(group)}.{axis}"

    def verdict(self, verdict: Verdict, pointer: str) -> dict[str, Json]:
        """Name the findings that fired a rule by their place among the verdict's findings."""
        plain = self.fields(verdict, pointer, without=("fired",))
        places = {id(finding): place for place, finding in enumerate(verdict.findings)}
        fired: list[Json] = []
        for k, rule in enumerate(verdict.fired):
            known = all(id(finding) in places for finding in rule.findings)
            rule_plain = self.fields(rule, f"{pointer}/fired/{k}", without=("findings",) if known else ())
            if known:
                rule_plain["findings"] = [places[id(finding)] for finding in rule.findings]
            fired.append(rule_plain)
        return {**plain, "fired": fired}
