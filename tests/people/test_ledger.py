from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ethical_lens.people.ledger import Demand, Ledger, MemoryLedger, SqliteLedger, imbalance, settle
from ethical_lens.people.plan import deal_plan_with
from ethical_lens.policy import Axis
from ethical_lens.types import PersonGroup

GENDERS = ("female", "male")
RACES = ("White", "Black", "Asian", "Latino-Hispanic", "Middle Eastern")
AGES = ("young adulthood", "middle age", "old age")
DOCTOR = Demand(kind="doctor", axes={"gender": GENDERS, "race": RACES, "age": AGES})
Find = Callable[[str], list[PersonGroup]]


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> MemoryLedger | SqliteLedger:
    return MemoryLedger() if request.param == "memory" else SqliteLedger(tmp_path / "ledger.db")


def _worst(ledger: MemoryLedger | SqliteLedger, tenant: str = "t") -> float:
    counts = ledger.committed(tenant, "doctor")
    return max(imbalance(counts, axis, values) for axis, values in DOCTOR.axes.items())


def test_single_images_even_out_over_requests(ledger: MemoryLedger | SqliteLedger) -> None:
    for seed in range(60):
        ledger.commit(ledger.reserve("t", [DOCTOR], 1, seed * 7919))
    assert _worst(ledger) == 0
    assert len(ledger.committed("t", "doctor")) >= 25


def test_withheld_hand_is_dealt_again(ledger: MemoryLedger | SqliteLedger) -> None:
    for seed in range(90):
        settle(ledger, ledger.reserve("t", [DOCTOR], 1, seed), () if seed % 3 == 0 else (0,))
    assert sum(ledger.committed("t", "doctor").values()) == 60
    assert _worst(ledger) <= 0.04


def test_settling_twice_counts_once(ledger: MemoryLedger | SqliteLedger) -> None:
    grant = ledger.reserve("t", [DOCTOR], 4, 1)
    settle(ledger, grant, (0, 2))
    settle(ledger, grant, (0, 1, 2, 3))
    ledger.roll_back(grant)
    assert sum(ledger.committed("t", "doctor").values()) == 2


def test_tenants_do_not_see_each_other(ledger: MemoryLedger | SqliteLedger) -> None:
    ledger.commit(ledger.reserve("one", [DOCTOR], 3, 1))
    assert ledger.reserve("two", [DOCTOR], 1, 1).counts == ({},)
    assert ledger.committed("two", "doctor") == {}


def test_stale_reservation_expires() -> None:
    now = [0.0]
    ledger = MemoryLedger(expires_seconds=10, clock=lambda: now[0])
    ledger.reserve("t", [DOCTOR], 2, 1)
    assert sum(ledger.reserve("t", [DOCTOR], 1, 2).counts[0].values()) == 2
    now[0] = 11.0
    assert ledger.reserve("t", [DOCTOR], 1, 3).counts == ({},)


def test_grant_depends_on_seed_and_counts_alone(tmp_path: Path) -> None:
    memory, file = MemoryLedger(), SqliteLedger(tmp_path / "ledger.db")
    ledgers: tuple[Ledger, ...] = (memory, file)
    for seed in range(30):
        grants = [each.reserve("t", [DOCTOR, DOCTOR], seed % 4 + 1, seed) for each in ledgers]
        assert grants[0].hands == grants[1].hands
        assert grants[0].counts == grants[1].counts
        for each, grant in zip(ledgers, grants, strict=True):
            settle(each, grant, {seed % 3})


def test_ledger_is_shared_by_reopening_the_file(tmp_path: Path) -> None:
    first = SqliteLedger(tmp_path / "ledger.db")
    first.commit(first.reserve("t", [DOCTOR], 5, 1))
    assert sum(SqliteLedger(tmp_path / "ledger.db").committed("t", "doctor").values()) == 5


def _work(ledger: Ledger, seeds: range) -> None:
    for seed in seeds:
        settle(ledger, ledger.reserve("t", [DOCTOR], 2, seed), (0, 1) if seed % 4 else (1,))


def test_concurrent_threads_lose_nothing(ledger: MemoryLedger | SqliteLedger) -> None:
    threads = [threading.Thread(target=_work, args=(ledger, range(n * 8, n * 8 + 8))) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(ledger.committed("t", "doctor").values()) == 6 * (8 * 2 - 2)
    assert ledger.reserve("t", [DOCTOR], 1, 0).counts[0] == ledger.committed("t", "doctor")
    assert _worst(ledger) <= 0.1


WORK = """
import sys
from ethical_lens.people.ledger import Demand, SqliteLedger, settle

ledger, first = SqliteLedger(sys.argv[1]), int(sys.argv[2])
demand = Demand(kind="doctor", axes={"gender": ("female", "male")})
for seed in range(first, first + 8):
    settle(ledger, ledger.reserve("t", [demand], 2, seed), (0, 1) if seed % 4 else (1,))
"""
"""What one of several processes does; the same as `_work`."""


def test_concurrent_processes_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    workers = [subprocess.Popen([sys.executable, "-c", WORK, str(path), str(n * 8)]) for n in range(3)]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0, 0]
    assert sum(SqliteLedger(path).committed("t", "doctor").values()) == 3 * (8 * 2 - 2)


@settings(deadline=None, max_examples=60)
@given(
    sizes=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    requests=st.lists(st.tuples(st.integers(1, 7), st.integers(0, 2**32)), min_size=1, max_size=12),
)
def test_values_stay_within_one_image_in_a_request_and_near_over_all(
    sizes: list[int], requests: list[tuple[int, int]]
) -> None:
    axes = {f"axis{n}": tuple(f"value{v}" for v in range(size)) for n, size in enumerate(sizes)}
    demand, ledger = Demand(kind="k", axes=axes), MemoryLedger()
    totals: dict[tuple[str, str], int] = {}
    for count, seed in requests:
        grant = ledger.reserve("t", [demand], count, seed)
        ledger.commit(grant)
        for axis, values in axes.items():
            for value in values:
                n = sum(image[0][axis] == value for image in grant.hands)
                assert abs(n - count / len(values)) < 1
                totals[axis, value] = totals.get((axis, value), 0) + n
    dealt = sum(count for count, _ in requests)
    for (axis, _), total in totals.items():
        assert abs(total - dealt / len(axes[axis])) <= 1 + 1e-9


@settings(deadline=None, max_examples=40)
@given(weights=st.lists(st.floats(0.05, 1), min_size=2, max_size=5), n_images=st.integers(20, 80))
def test_custom_shares_are_kept_over_single_images(weights: list[float], n_images: int) -> None:
    values = tuple(f"value{v}" for v in range(len(weights)))
    shares = {value: weight / sum(weights) for value, weight in zip(values, weights, strict=True)}
    ledger, demand = MemoryLedger(), Demand(kind="k", axes={"a": values}, weights={"a": shares})
    seen: dict[str, int] = dict.fromkeys(values, 0)
    for seed in range(n_images):
        grant = ledger.reserve("t", [demand], 1, seed)
        ledger.commit(grant)
        seen[grant.hands[0][0]["a"]] += 1
    assert all(abs(seen[value] - n_images * shares[value]) < len(values) for value in values)


def test_plan_with_a_ledger_keeps_kin_alike_and_counts_what_is_dealt(find: Find, axes: Mapping[str, Axis]) -> None:
    ledger = MemoryLedger()
    groups = find("a nurse and her mother beside two doctors")
    hands, grant = deal_plan_with(ledger, "t", groups, 3, 5, axes)
    assert grant is not None
    assert [demand["race"] for demand in (image[0] for image in grant.hands)] == [hand["0.race"] for hand in hands]
    assert all(hand["0.race"] == hand["1.race"] for hand in hands)
    assert all(", " in hand["2.race"] for hand in hands)
    ledger.commit(grant)
    assert sum(ledger.committed("t", "nurse").values()) == 3


def test_nothing_open_asks_no_ledger(find: Find, axes: Mapping[str, Axis]) -> None:
    assert deal_plan_with(MemoryLedger(), "t", find("Marie Curie in a lab"), 1, 5, axes) == ([{}], None)
