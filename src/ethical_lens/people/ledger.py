"""Remembers, over many requests, what was dealt to each kind of group, so that single images stay near their target.

Opt-in. A ledger is told what is open (:class:`Demand`), answers with hands and holds them as reserved
(:class:`Grant`); when an image is released its hand is committed, when it is withheld the hand is rolled back and
somebody else gets it. A reservation whose owner vanished expires. What a ledger answered is data: a request that is
replayed with the same grant needs no ledger.

What is stored is the tenant's name, the last word of the phrase ("doctor"), the values and a count; never a prompt.
"""

from __future__ import annotations

import contextlib
import json
import math
import random
import sqlite3
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from ethical_lens.errors import ConfigurationError
from ethical_lens.people.balance import deal_after, derive, target_shares

EXPIRES_SECONDS: Final = 3600.0
"""Age from which a reservation that nobody settled no longer counts."""

_BUSY_SECONDS: Final = 60.0
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS committed (tenant TEXT, kind TEXT, hand TEXT, n INTEGER, PRIMARY KEY (tenant, kind, hand));
CREATE TABLE IF NOT EXISTS reserved (grant_id TEXT, image INTEGER, tenant TEXT, kind TEXT, hand TEXT, since REAL);
CREATE INDEX IF NOT EXISTS reserved_by_kind ON reserved (tenant, kind);
CREATE INDEX IF NOT EXISTS reserved_by_grant ON reserved (grant_id);
"""

Hand = Mapping[str, str]
"""Axis to value, for one person."""

Counts = Mapping[str, int]
"""Hand, as canonical JSON, to how often it was dealt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What one group of a request leaves open."""

    kind: str
    """What kind of group it is, for example "doctor"; groups of one kind are balanced together."""
    axes: Mapping[str, tuple[str, ...]]
    """Values that may be dealt, by axis."""
    weights: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Target weight of each value, by axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a ledger answered."""

    id: str
    tenant: str
    hands: tuple[tuple[Hand, ...], ...]
    """One tuple per image, in it one hand per demand."""
    counts: tuple[Counts, ...]
    """Per demand: what the ledger had counted, reservations included, when it answered."""


@runtime_checkable
class Ledger(Protocol):
    """Keeps count of what was dealt."""

    def reserve(self, tenant: str, demands: Sequence[Demand], n_images: int, seed: int) -> Grant:
        """Deal hands that even out what was dealt before, and hold them.

        Args:
            tenant: Whose pictures are balanced together.
            demands: What each group leaves open.
            n_images: Number of images.
            seed: The request's seed; it breaks ties.
        """
        ...

    def commit(self, grant: Grant, images: Collection[int] | None = None) -> None:
        """Count the hands of the images that were released; of all without ``images``. Twice is once."""
        ...

    def roll_back(self, grant: Grant, images: Collection[int] | None = None) -> None:
        """Give the hands of withheld images back; of all without ``images``. What was committed stays."""
        ...


def settle(ledger: Ledger, grant: Grant, released: Collection[int]) -> None:
    """Commit the images that were released, and roll the others back.

    Args:
        ledger: Who made the grant.
        grant: Its answer.
        released: Indexes of the images that were released.
    """
    ledger.commit(grant, released)
    ledger.roll_back(grant)


class MemoryLedger:
    """A ledger of one process, safe for its threads.

    Example:
        >>> ledger = MemoryLedger()
        >>> doctor = Demand(kind="doctor", axes={"gender": ("female", "male")})
        >>> first = ledger.reserve("studio", [doctor], 1, seed=1)
        >>> second = ledger.reserve("studio", [doctor], 1, seed=1)
        >>> sorted(grant.hands[0][0]["gender"] for grant in (first, second))
        ['female', 'male']
    """

    def __init__(self, *, expires_seconds: float = EXPIRES_SECONDS, clock: Callable[[], float] = time.time) -> None:
        self._lock = threading.Lock()
        self._expires_seconds = expires_seconds
        self._clock = clock
        self._committed: dict[tuple[str, str], Counter[str]] = {}
        self._reserved: dict[str, tuple[float, str, dict[int, list[tuple[str, str]]]]] = {}

    def reserve(self, tenant: str, demands: Sequence[Demand], n_images: int, seed: int) -> Grant:
        """Deal hands that even out what was dealt before, and hold them; see :class:`Ledger`."""
        with self._lock:
            now = self._clock()
            for identifier in [key for key, each in self._reserved.items() if each[0] < now - self._expires_seconds]:
                del self._reserved[identifier]
            counts = [self._count(tenant, demand.kind) for demand in demands]
            grant = _grant(tenant, demands, counts, n_images, seed)
            images = {
                image: [(demand.kind, _text(hand)) for demand, hand in zip(demands, hands, strict=True)]
                for image, hands in enumerate(grant.hands)
            }
            self._reserved[grant.id] = (now, tenant, images)
        return grant

    def commit(self, grant: Grant, images: Collection[int] | None = None) -> None:
        """Count the hands of the images that were released; see :class:`Ledger`."""
        with self._lock:
            for tenant, kind, hand in self._take(grant, images):
                self._committed.setdefault((tenant, kind), Counter())[hand] += 1

    def roll_back(self, grant: Grant, images: Collection[int] | None = None) -> None:
        """Give the hands of withheld images back; see :class:`Ledger`."""
        with self._lock:
            self._take(grant, images)

    def committed(self, tenant: str, kind: str) -> dict[str, int]:
        """Return how often each hand was committed."""
        with self._lock:
            return dict(self._committed.get((tenant, kind), Counter()))

    def _count(self, tenant: str, kind: str) -> Counter[str]:
        counted = Counter(self._committed.get((tenant, kind), Counter()))
        for _, owner, images in self._reserved.values():
            if owner == tenant:
                counted.update(hand for hands in images.values() for each, hand in hands if each == kind)
        return counted

    def _take(self, grant: Grant, images: Collection[int] | None) -> list[tuple[str, str, str]]:
        """Remove reservations, and return what they held."""
        held = self._reserved.get(grant.id)
        if held is None:
            return []
        _, tenant, by_image = held
        taken = [image for image in by_image if images is None or image in images]
        rows = [(tenant, kind, hand) for image in taken for kind, hand in by_image.pop(image)]
        if not by_image:
            del self._reserved[grant.id]
        return rows


class SqliteLedger:
    """A ledger in a file that several processes share.

    Args:
        path: The file; made when it is missing. It has to lie on a local disk. A crash of the machine (not of a
            process) may lose the last few commits, never the file.
        expires_seconds: Age from which a reservation that nobody settled no longer counts.

    Raises:
        ConfigurationError: If the file cannot be opened, or is something else.
    """

    def __init__(self, path: str | Path, *, expires_seconds: float = EXPIRES_SECONDS) -> None:
        self._path = str(path)
        self._expires_seconds = expires_seconds
        try:
            with self._changing() as base:
                for statement in _SCHEMA.split(";"):
                    base.execute(statement)
        except sqlite3.Error as error:
            raise ConfigurationError(f"{path} cannot be used as a ledger: {error}; name a new file") from error

    def reserve(self, tenant: str, demands: Sequence[Demand], n_images: int, seed: int) -> Grant:
        """Deal hands that even out what was dealt before, and hold them; see :class:`Ledger`."""
        with self._changing() as base:
            now = time.time()
            base.execute("DELETE FROM reserved WHERE since < ?", (now - self._expires_seconds,))
            counts = [_counted(base, tenant, demand.kind) for demand in demands]
            grant = _grant(tenant, demands, counts, n_images, seed)
            base.executemany(
                "INSERT INTO reserved VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (grant.id, image, tenant, demand.kind, _text(hand), now)
                    for image, hands in enumerate(grant.hands)
                    for demand, hand in zip(demands, hands, strict=True)
                ],
            )
        return grant

    def commit(self, grant: Grant, images: Collection[int] | None = None) -> None:
        """Count the hands of the images that were released; see :class:`Ledger`."""
        with self._changing() as base:
            for image in _chosen(grant, images):
                base.execute(
                    "INSERT INTO committed SELECT tenant, kind, hand, count(*) FROM reserved"
                    " WHERE grant_id = ? AND image = ? GROUP BY tenant, kind, hand"
                    " ON CONFLICT (tenant, kind, hand) DO UPDATE SET n = n + excluded.n",
                    (grant.id, image),
                )
                base.execute("DELETE FROM reserved WHERE grant_id = ? AND image = ?", (grant.id, image))

    def roll_back(self, grant: Grant, images: Collection[int] | None = None) -> None:
        """Give the hands of withheld images back; see :class:`Ledger`."""
        with self._changing() as base:
            base.executemany(
                "DELETE FROM reserved WHERE grant_id = ? AND image = ?",
                [(grant.id, image) for image in _chosen(grant, images)],
            )

    def committed(self, tenant: str, kind: str) -> dict[str, int]:
        """Return how often each hand was committed."""
        with self._changing() as base:
            return dict(
                base.execute("SELECT hand, n FROM committed WHERE tenant = ? AND kind = ?", (tenant, kind)).fetchall()
            )

    @contextlib.contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """Hold the file's write lock for a few statements; all of them count, or none."""
        base = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            base.execute("PRAGMA journal_mode=WAL")
            base.execute("PRAGMA synchronous=NORMAL")
            base.execute("BEGIN IMMEDIATE")
            try:
                yield base
            except BaseException:
                base.execute("ROLLBACK")
                raise
            base.execute("COMMIT")
        finally:
            base.close()


def _chosen(grant: Grant, images: Collection[int] | None) -> list[int]:
    return [image for image in range(len(grant.hands)) if images is None or image in images]


def _counted(base: sqlite3.Connection, tenant: str, kind: str) -> Counter[str]:
    rows = base.execute(
        "SELECT hand, n FROM committed WHERE tenant = ? AND kind = ?"
        " UNION ALL SELECT hand, count(*) FROM reserved WHERE tenant = ? AND kind = ? GROUP BY hand",
        (tenant, kind, tenant, kind),
    )
    counted: Counter[str] = Counter()
    for hand, n in rows:
        counted[hand] += n
    return counted


def _grant(tenant: str, demands: Sequence[Demand], counts: Sequence[Counter[str]], n_images: int, seed: int) -> Grant:
    """Deal every demand after what was counted."""
    by_demand: list[list[dict[str, str]]] = []
    running = [Counter(each) for each in counts]
    for place, demand in enumerate(demands):
        twins = [n for n in range(place) if demands[n].kind == demand.kind]
        for n in twins:
            running[place].update(_text(hand) for hand in by_demand[n])
        rng = random.Random(derive(seed, tenant, demand.kind, place))  # noqa: S311 - no secret
        dealt = [(json.loads(text), n) for text, n in sorted(running[place].items())]
        by_demand.append(deal_after(demand.axes, n_images, rng, dealt, demand.weights))
    hands = tuple(tuple(hands[image] for hands in by_demand) for image in range(n_images))
    return Grant(id=uuid.uuid4().hex, tenant=tenant, hands=hands, counts=tuple(dict(each) for each in counts))


def _text(hand: Hand) -> str:
    return json.dumps(dict(sorted(hand.items())), ensure_ascii=False, separators=(",", ":"))


def imbalance(counts: Counts, axis: str, values: Sequence[str], weights: Mapping[str, float] | None = None) -> float:
    """Return the distance of an axis from its target: L1 over the largest it could be; NaN when nothing was counted.

    Args:
        counts: Hands, as :meth:`MemoryLedger.committed` gives them.
        axis: Axis to look at.
        values: Its values.
        weights: Target weights; uniform without.
    """
    seen: Counter[str] = Counter()
    for text, n in counts.items():
        seen[str(json.loads(text).get(axis))] += n
    total = sum(seen[value] for value in values)
    if not total:
        return math.nan
    shares = target_shares(values, weights)
    distance = sum(abs(seen[value] / total - share) for value, share in zip(values, shares, strict=True))
    return distance / (2 * (1 - min(shares))) if min(shares) < 1 else 0.0
