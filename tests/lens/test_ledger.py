"""The lens with a ledger: what is dealt evens out over requests, and what is withheld is given back."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from ethical_lens.errors import ConfigurationError
from ethical_lens.lens import Lens
from ethical_lens.people.analyze import RuleAnalyzer
from ethical_lens.people.ledger import Ledger, MemoryLedger, SqliteLedger
from ethical_lens.policy import load
from ethical_lens.testing import WORDS, PlainGenerator, ScriptedLook, WordDetector
from ethical_lens.types import Frame, Request, Status

PROMPT = "a portrait of a plumber"


def lens(ledger: Ledger | None, *, withhold: bool = False, policy: str | Path = "default") -> Lens:
    """Return a lens that deals by rules and draws flat colours."""
    detector = WordDetector(words=WORDS)

    def score(_: Frame) -> dict[str, float]:
        return {"minor_sexual": 0.99} if withhold else {}

    return Lens(
        policy=load(policy),
        generator=PlainGenerator(),
        text_detectors=[detector],
        negative_detectors=[detector],
        image_detectors=[ScriptedLook(score=score)],
        analyzer=RuleAnalyzer(),
        ledger=ledger,
    )


def genders(ledger: MemoryLedger, tenant: str = "") -> Counter[str]:
    """Return how often each gender was committed."""
    counted: Counter[str] = Counter()
    for hand, number in ledger.committed(tenant, "plumber").items():
        counted[json.loads(hand)["gender"]] += number
    return counted


def test_single_requests_with_any_seed_even_out() -> None:
    ledger = MemoryLedger()
    subject = lens(ledger)
    for seed in (3, 3, 3, 17, 17, 90, 1, 1):
        subject.run(Request(prompt=PROMPT, seed=seed))
    assert genders(ledger) == {"female": 4, "male": 4}


def test_without_a_ledger_the_same_seed_gets_the_same_hand() -> None:
    subject = lens(None)
    first, second = (subject.run(Request(prompt=PROMPT, seed=3)) for _ in range(2))
    assert first.plan.shots[0].attributes == second.plan.shots[0].attributes
    assert first.plan.ledger is None


def test_what_is_withheld_is_given_back() -> None:
    ledger = MemoryLedger()
    result = lens(ledger, withhold=True).run(Request(prompt=PROMPT, count=2))
    assert all(outcome.status is Status.WITHHELD for outcome in result.outcomes)
    assert genders(ledger) == {}
    assert result.plan.ledger is not None


def test_a_plan_alone_counts_nothing() -> None:
    ledger = MemoryLedger()
    plan = lens(ledger).plan(Request(prompt=PROMPT, count=4))
    assert len(plan.shots) == 4
    assert genders(ledger) == {}


def test_tenants_are_balanced_apart() -> None:
    ledger = MemoryLedger()
    subject = lens(ledger)
    for tenant in ("north", "south"):
        for _ in range(2):
            subject.run(Request(prompt=PROMPT, seed=5, tenant=tenant))
    assert genders(ledger, "north") == genders(ledger, "south") == {"female": 1, "male": 1}


def test_the_answer_of_the_ledger_stands_in_the_plan() -> None:
    subject = lens(MemoryLedger())
    first = subject.run(Request(prompt=PROMPT, seed=5))
    second = subject.run(Request(prompt=PROMPT, seed=5))
    assert [sum(counts.values()) for counts in first.plan.ledger or ()] == [0]
    assert [sum(counts.values()) for counts in second.plan.ledger or ()] == [1]


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("these are notes, and long enough to be no database header at all\n" * 20, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="ledger"):
        SqliteLedger(path)


def test_facts_of_record_are_added_only_where_the_policy_asks(tmp_path: Path) -> None:
    path = tmp_path / "record.yaml"
    path.write_text("name: record\nversion: 1\nextends: default\nfairness: {assert_record: 0.7}\n", encoding="utf-8")
    request = Request(prompt="German soldiers in a trench in 1943", seed=2)
    [silent] = lens(None).plan(request).shots
    [asserted] = lens(None, policy=path).plan(request).shots
    assert "0.gender" not in silent.attributes
    assert asserted.attributes["0.gender"].startswith("male")
    assert len(asserted.draft.text) > len(request.prompt)
