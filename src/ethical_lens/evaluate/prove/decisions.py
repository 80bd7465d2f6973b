"""What was measured and decided about each text and picture in shadow mode, kept in one folder."""

from __future__ import annotations

import functools
import json
import math
import secrets
import sqlite3
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from ethical_lens.errors import ConfigurationError
from ethical_lens.policy import Policy, Rule, decide
from ethical_lens.serial import Json, canonical_json
from ethical_lens.types import Action, Finding, Severity, Stage, Verdict

MANIFEST: Final = "prove.json"
DECISIONS: Final = "decisions.sqlite"
PICTURES: Final = "pictures"
FORMAT: Final = 1
_BUSY_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One text or one picture, with every measurement and what would have been done."""

    id: str
    """ "SAMPLE" for a text, "SAMPLE/INDEX" for a picture."""
    sample: str
    """Identifier of the prompt."""
    stage: Stage
    prompt: str
    category: str
    """Category of the prompt in the words of its data set."""
    findings: tuple[Finding, ...]
    """Without places and notes."""
    tightened: bool
    """Whether the prompt was flagged, so that the picture is looked at more strictly."""
    action: Action
    """What the policy of the collection asks for."""
    reasons: tuple[str, ...]
    file: str | None = None
    """Picture inside the folder; None for texts and for what a hard rule withheld."""
    guarded_status: str | None = None
    """What became of the same picture through the enforcing lens: "released", "edited", "withheld"; None if unknown."""
    guarded_file: str | None = None


class DecisionFolder:
    """A folder of decisions. It holds prompts and pictures in the clear; only its owner can read it.

    Args:
        path: The folder, made when missing.
        identity: What was collected; a folder that was begun with something else is refused. None opens what is there.

    Raises:
        ConfigurationError: If it holds something else, or nothing where something is expected.
    """

    def __init__(self, path: Path, identity: Mapping[str, Json] | None = None) -> None:
        self.path = path
        file = path / MANIFEST
        if file.is_file():
            self.identity = _read(file)
            if identity is not None and dict(identity) != dict(self.identity):
                other = sorted(k for k in {*identity, *self.identity} if identity.get(k) != self.identity.get(k))
                raise ConfigurationError(f"{path} was begun with another {', '.join(other)}; name another folder")
        elif identity is None:
            raise ConfigurationError(f"{path} holds no decisions; make them with 'prove collect'")
        else:
            self.identity = dict(identity)
            self._begin(file)

    def done(self) -> set[str]:
        """Return the prompts that were collected."""
        return {sample for (sample,) in self._base.execute("SELECT DISTINCT sample FROM decisions")}

    def add(self, decisions: Sequence[Decision]) -> None:
        """Keep all decisions about one prompt, or none."""
        rows = [(one.sample, one.id, canonical_json(_plain(one)).decode("utf-8")) for one in decisions]
        with self._base as base:
            base.executemany("INSERT OR IGNORE INTO decisions VALUES (?, ?, ?)", rows)

    def decisions(self) -> list[Decision]:
        """Return everything, in the order in which it was collected."""
        rows = self._base.execute("SELECT content FROM decisions ORDER BY rowid").fetchall()
        return [_decision(json.loads(content)) for (content,) in rows]

    def add_picture(self, image: Image.Image, name: str) -> str:
        """Write a picture, whole or not at all, and return its path inside the folder."""
        target = self.path / PICTURES / f"{name}.png"
        part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        try:
            image.save(part, format="PNG")
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return f"{PICTURES}/{target.name}"

    def picture(self, file: str) -> Image.Image:
        """Return a picture, RGB."""
        with Image.open(self.path / file) as image:
            return image.convert("RGB")

    @property
    def generator(self) -> str:
        """What drew the pictures, as "name@version"."""
        return str(self.identity["generator"])

    @property
    def advisors(self) -> frozenset[str]:
        """Detectors whose findings only advise until they are proved."""
        return frozenset(str(name) for name in _list(self.identity.get("advisors")))

    def _begin(self, file: Path) -> None:
        if self.path.exists() and any(self.path.iterdir()):
            raise ConfigurationError(f"{self.path} holds something else; name another folder")
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.path / PICTURES).mkdir()
        with self._base as base:
            base.execute("CREATE TABLE decisions (sample TEXT, id TEXT PRIMARY KEY, content TEXT NOT NULL)")
        # Last: a folder with a manifest has everything else.
        part = file.with_suffix(".part")
        part.write_text(json.dumps({"format": FORMAT, **self.identity}, indent=2) + "\n", "utf-8")
        part.replace(file)

    @functools.cached_property
    def _base(self) -> sqlite3.Connection:
        base = sqlite3.connect(self.path / DECISIONS, timeout=_BUSY_SECONDS)
        weakref.finalize(self, base.close)
        # Whole after a kill at any moment; a crash of the machine may lose the last prompts, which are then run again.
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("PRAGMA synchronous=NORMAL")
        return base


def decided(
    decisions: Iterable[Decision], policy: Policy, *, generator: str, advisors: frozenset[str]
) -> dict[str, Verdict]:
    """Return what a policy decides about each text and picture, from the kept measurements.

    A picture is looked at more strictly where the policy flags its prompt.

    Args:
        decisions: Texts and pictures, in any order.
        policy: The policy; it need not be the one of the collection.
        generator: What drew the pictures.
        advisors: Detectors that only advise until the policy proves them.
    """

    def advises(rule: str, finding: Finding) -> bool:
        known = finding.source in advisors or finding.source.partition("@")[0] in policy.advisory
        return known and not policy.proves(rule, detector=finding.source, generator=generator)

    everything = list(decisions)
    verdicts = {one.id: decide(policy, Stage.TEXT, one.findings) for one in everything if one.stage is Stage.TEXT}
    for one in everything:
        if one.stage is Stage.IMAGE:
            prompt = verdicts.get(one.sample)
            tightened = one.tightened if prompt is None else prompt.action is Action.FLAG
            verdicts[one.id] = decide(policy, Stage.IMAGE, one.findings, tightened=tightened, advises=advises)
    return verdicts


def score_of(decision: Decision, rule: Rule, policy: Policy) -> float:
    """Return what a rule of one category compares with its threshold, NaN if nothing measured it.

    After a flagged prompt the thresholds are lower; here the score is higher by the same factor.
    """
    (condition,) = rule.conditions
    found = [
        finding.score
        for finding in decision.findings
        if finding.category == condition.category and finding.severity >= condition.severity
    ]
    factor = policy.tightening if decision.tightened and rule.stage is Stage.IMAGE else 1.0
    return max(found) / factor if found else math.nan


def _plain(one: Decision) -> dict[str, Json]:
    findings: list[Json] = [[f.category, float(f.score), f.severity.name, f.source] for f in one.findings]
    return {
        "id": one.id,
        "sample": one.sample,
        "stage": one.stage.value,
        "prompt": one.prompt,
        "category": one.category,
        "findings": findings,
        "tightened": one.tightened,
        "action": one.action.name,
        "reasons": list(one.reasons),
        "file": one.file,
        "guarded_status": one.guarded_status,
        "guarded_file": one.guarded_file,
    }


def _decision(content: dict[str, object]) -> Decision:
    findings = tuple(
        Finding(category=category, score=score, severity=Severity[severity], source=source)
        for category, score, severity, source in _list(content["findings"])
    )
    return Decision(
        **{  # type: ignore[arg-type]  # as `_plain` wrote it
            **content,
            "findings": findings,
            "stage": Stage(str(content["stage"])),
            "action": Action[str(content["action"])],
            "reasons": tuple(_list(content["reasons"])),
        }
    )


def _list(value: object) -> list:  # type: ignore[type-arg]  # JSON
    return value if isinstance(value, list) else []


def _read(file: Path) -> dict[str, Json]:
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}; collect anew in another folder") from error
    if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
        raise ConfigurationError(f"{file} is not a collection of format {FORMAT}; collect anew in another folder")
    return content
