"""The one file of a study: what is shown, who is shown what, and every answer."""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from ethical_lens.errors import ConfigurationError, InputError
from ethical_lens.evaluate.study.records import Answer, Choice, Item, Kind, Study, Task

FORMAT: Final = "1"
MOST_PARTICIPANTS: Final = 10_000
_BUSY_SECONDS: Final = 30.0
_LONGEST_SECONDS: Final = 86_400.0
_SCHEMA: Final = """
CREATE TABLE facts (name TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE items (
    id TEXT PRIMARY KEY, source TEXT NOT NULL, prompt TEXT NOT NULL, category TEXT NOT NULL,
    blurred INTEGER NOT NULL, expected TEXT);
CREATE TABLE pictures (item TEXT REFERENCES items, place INTEGER, png BLOB NOT NULL, PRIMARY KEY (item, place));
CREATE TABLE participants (id TEXT PRIMARY KEY, since REAL NOT NULL);
CREATE TABLE deals (
    participant TEXT REFERENCES participants, position INTEGER, item TEXT REFERENCES items, flipped INTEGER NOT NULL,
    PRIMARY KEY (participant, position), UNIQUE (participant, item));
CREATE TABLE answers (
    participant TEXT REFERENCES participants, item TEXT REFERENCES items, choice TEXT NOT NULL, seconds REAL NOT NULL,
    since REAL NOT NULL, PRIMARY KEY (participant, item))
"""
_KEYS: Final[Mapping[Kind, tuple[Choice, Choice, Choice]]] = {
    Kind.PAIRS: (Choice.NONE, Choice.BARE, Choice.GUARDED),
    Kind.LABELS: (Choice.NONE, Choice.FINE, Choice.HARMFUL),
}
"""What the keys 0, 1 and 2 mean where nothing is flipped."""


class StudyFile:
    """A study in a file.

    Answers are written in transactions; one that arrives twice counts once, and the first one stays. What a
    participant holds is a random word; the file keeps only its hash, so that nobody who reads the file can answer in
    somebody's name.

    Args:
        path: A file made by :meth:`create`.

    Raises:
        ConfigurationError: If it is something else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            raise ConfigurationError(f"there is no study {path}; make one with 'study build'")
        # One connection for all threads: closing the last one each time would rewrite the file after every answer.
        self._base = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        self._lock = threading.Lock()
        self.close = weakref.finalize(self, self._base.close)
        """Close the file; done by itself when nothing refers to the study any more."""
        try:
            with self._reading() as base:
                base.execute("PRAGMA journal_mode=WAL")
                base.execute("PRAGMA synchronous=FULL")
                base.execute("PRAGMA foreign_keys=ON")
                facts = dict(base.execute("SELECT name, content FROM facts").fetchall())
        except sqlite3.Error as error:
            self.close()
            raise ConfigurationError(f"{path} is not a study: {error}; make one with 'study build'") from error
        if facts.get("format") != FORMAT:
            raise ConfigurationError(f"{path} is a study of format {facts.get('format')!r}, expected {FORMAT!r}")
        content: dict[str, Any] = json.loads(facts["study"])
        fields: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in content.items()
        }
        fields["kind"] = Kind(content["kind"])
        self.study = Study(**fields)
        self.notes: Mapping[str, object] = json.loads(facts["notes"])
        """What was said when it was made, for whoever analyses it."""

    @classmethod
    def create(cls, path: Path, study: Study, items: Sequence[Item], *, notes: Mapping[str, object]) -> StudyFile:
        """Make a study.

        Args:
            path: A file that does not exist yet.
            study: What is asked.
            items: What is shown.
            notes: Anything JSON can hold, given back by :attr:`notes`.

        Raises:
            ConfigurationError: If the file exists.
            InputError: If there is nothing to show.
        """
        if path.exists():
            raise ConfigurationError(f"{path} exists already and may hold answers; name another file")
        if not any(not item.is_check for item in items):
            raise InputError("expected at least one item to judge, got none")
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        try:
            with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as base:
                base.execute("BEGIN")
                _fill(base, study, items, notes)
                base.execute("COMMIT")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return cls(path)

    def admit(self) -> str:
        """Take in a participant and deal the items.

        The items that were dealt least often come first, at random among equals; each side is flipped at random, and
        an attention check stands at a random place of every stretch.

        Returns:
            The word that the participant identifies itself with.

        Raises:
            InputError: If there are too many participants.
        """
        word = secrets.token_urlsafe(24)
        dice = np.random.default_rng(secrets.randbits(128))
        with self._changing() as base:
            (n,) = base.execute("SELECT count(*) FROM participants").fetchone()
            if n >= MOST_PARTICIPANTS:
                raise InputError(f"this study has {n} participants and takes no more")
            base.execute("INSERT INTO participants VALUES (?, ?)", (_hashed(word), time.time()))
            base.executemany(
                "INSERT INTO deals VALUES (?, ?, ?, ?)",
                [
                    (_hashed(word), position, item, int(dice.integers(2)))
                    for position, item in enumerate(_dealt(base, self.study, dice))
                ],
            )
        return word

    def knows(self, word: str) -> bool:
        """Tell whether somebody takes part under this word."""
        with self._reading() as base:
            return base.execute("SELECT 1 FROM participants WHERE id = ?", (_hashed(word),)).fetchone() is not None

    def task(self, word: str) -> Task | None:
        """Return what a participant is to judge next, or None when all is done.

        Raises:
            InputError: If nobody takes part under this word.
        """
        with self._reading() as base:
            n_done, n_total = _progress(base, word)
            row = base.execute(
                "SELECT items.id, prompt, blurred, (SELECT count(*) FROM pictures WHERE item = items.id)"
                " FROM deals JOIN items ON items.id = deals.item LEFT JOIN answers USING (participant, item)"
                " WHERE participant = ? AND choice IS NULL ORDER BY position LIMIT 1",
                (_hashed(word),),
            ).fetchone()
        if row is None:
            return None
        return Task(item=row[0], prompt=row[1], blurred=bool(row[2]), n_pictures=row[3], n_done=n_done, n_total=n_total)

    def picture(self, word: str, item: str, place: int) -> bytes:
        """Return a picture as the participant sees it, PNG.

        Args:
            word: Of the participant.
            item: Dealt to this participant.
            place: 0 for the left or only one, 1 for the right one.

        Raises:
            InputError: If there is none, or it was not dealt to this participant.
        """
        with self._reading() as base:
            flipped = _flipped(base, word, item)
            own = 1 - place if flipped and self.study.kind is Kind.PAIRS else place
            found = base.execute("SELECT png FROM pictures WHERE item = ? AND place = ?", (item, own)).fetchone()
        if found is None:
            raise InputError("there is no such picture")
        return bytes(found[0])

    def answer(self, word: str, item: str, key: int, seconds: float) -> bool:
        """Keep an answer; one that is there already stays.

        Args:
            word: Of the participant.
            item: Dealt to this participant.
            key: 1, 2 or 0, as the participant saw it.
            seconds: Time it took.

        Returns:
            Whether it is new.

        Raises:
            InputError: If the item was not dealt to this participant, or the key means nothing.
        """
        if key not in (0, 1, 2):
            raise InputError(f"expected the answer 0, 1 or 2, got {key}")
        with self._changing() as base:
            flipped = _flipped(base, word, item)
            (expected,) = base.execute("SELECT expected FROM items WHERE id = ?", (item,)).fetchone()
            mirrored = key and flipped and self.study.kind is Kind.PAIRS
            choice = _KEYS[self.study.kind][3 - key if mirrored else key]
            if expected is not None:
                choice = Choice.PASSED if choice == expected else Choice.FAILED
            taken = min(max(seconds, 0.0), _LONGEST_SECONDS)
            changed = base.execute(
                "INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?)",
                (_hashed(word), item, choice.value, taken, time.time()),
            ).rowcount
        return bool(changed)

    def withdraw(self, word: str) -> None:
        """Delete a participant and everything they answered."""
        with self._changing() as base:
            for table, column in (("answers", "participant"), ("deals", "participant"), ("participants", "id")):
                base.execute(f"DELETE FROM {table} WHERE {column} = ?", (_hashed(word),))  # noqa: S608 - fixed names

    def answers(self) -> list[Answer]:
        """Return every answer, by participant and then in the order in which they were given."""
        with self._reading() as base:
            rows = base.execute(
                "SELECT participant, items.id, source, category, choice, seconds, flipped, expected FROM answers"
                " JOIN items ON items.id = answers.item JOIN deals USING (participant, item)"
                " ORDER BY participant, answers.since"
            ).fetchall()
        return [
            Answer(
                participant=participant[:12],
                item=item,
                source=source,
                category=category,
                choice=Choice(choice),
                seconds=seconds,
                flipped=bool(flipped),
                is_check=expected is not None,
            )
            for participant, item, source, category, choice, seconds, flipped, expected in rows
        ]

    def counts(self) -> Mapping[str, int]:
        """Return how many items, checks and participants there are."""
        with self._reading() as base:
            n_items, n_checks = base.execute("SELECT count(*), count(expected) FROM items").fetchone()
            (n_participants,) = base.execute("SELECT count(*) FROM participants").fetchone()
        return {"items": n_items - n_checks, "checks": n_checks, "participants": n_participants}

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            yield self._base

    @contextlib.contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield self._base
            except BaseException:
                self._base.execute("ROLLBACK")
                raise
            self._base.execute("COMMIT")


def _fill(base: sqlite3.Connection, study: Study, items: Sequence[Item], notes: Mapping[str, object]) -> None:
    for statement in _SCHEMA.split(";"):
        base.execute(statement)
    facts = {"format": FORMAT, "study": json.dumps(asdict(study)), "notes": json.dumps(dict(notes), allow_nan=False)}
    base.executemany("INSERT INTO facts VALUES (?, ?)", list(facts.items()))
    for item in items:
        base.execute(
            "INSERT INTO items VALUES (?, ?, ?, ?, ?, ?)",
            (item.id, item.source, item.prompt, item.category, int(item.blurred), item.expected),
        )
        pictures = [(item.id, place, picture) for place, picture in enumerate(item.pictures)]
        base.executemany("INSERT INTO pictures VALUES (?, ?, ?)", pictures)


def _dealt(base: sqlite3.Connection, study: Study, dice: np.random.Generator) -> list[str]:
    items = base.execute(
        "SELECT id, (SELECT count(*) FROM deals WHERE item = items.id) FROM items WHERE expected IS NULL"
    ).fetchall()
    checks = [name for (name,) in base.execute("SELECT id FROM items WHERE expected IS NOT NULL ORDER BY id")]
    luck = dice.random(len(items))
    order = sorted(range(len(items)), key=lambda index: (items[index][1], luck[index]))
    chosen = [items[index][0] for index in order[: study.per_person]]
    dice.shuffle(chosen)
    if not study.checks_every:
        return chosen
    dice.shuffle(checks)
    dealt: list[str] = []
    for turn, start in enumerate(range(0, len(chosen), study.checks_every)):
        stretch = chosen[start : start + study.checks_every]
        if turn < len(checks):
            stretch.insert(int(dice.integers(len(stretch) + 1)), checks[turn])
        dealt += stretch
    return dealt


def _progress(base: sqlite3.Connection, word: str) -> tuple[int, int]:
    (n_total,) = base.execute("SELECT count(*) FROM deals WHERE participant = ?", (_hashed(word),)).fetchone()
    (n_done,) = base.execute("SELECT count(*) FROM answers WHERE participant = ?", (_hashed(word),)).fetchone()
    if not n_total:
        raise InputError("nobody takes part under this name; begin again")
    return n_done, n_total


def _flipped(base: sqlite3.Connection, word: str, item: str) -> bool:
    row = base.execute("SELECT flipped FROM deals WHERE participant = ? AND item = ?", (_hashed(word), item)).fetchone()
    if row is None:
        raise InputError("this was not dealt to you; reload the page")
    return bool(row[0])


def _hashed(word: str) -> str:
    return hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest()
