from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping

import pytest

from ethical_lens.people import deal_plan
from ethical_lens.people.care import is_stigmatised
from ethical_lens.people.plan import MIX_SEPARATOR
from ethical_lens.policy import Axis, load
from ethical_lens.types import PersonGroup, Span

Find = Callable[[str], list[PersonGroup]]
Plans = Callable[..., list[dict[str, str]]]
MINORS = {"infancy", "childhood", "adolescence"}


def imbalance(values: list[str], shares: Mapping[str, float]) -> float:
    counts = Counter(values)
    distance = sum(abs(counts[value] / len(values) - share) for value, share in shares.items())
    return distance / (2 * (1 - min(shares.values())))


def uniform(values: tuple[str, ...]) -> dict[str, float]:
    return dict.fromkeys(values, 1 / len(values))


def test_sixty_images_of_twenty_roles_are_balanced(
    plans: Plans, find: Find, roles: tuple[str, ...], axes: Mapping[str, Axis]
) -> None:
    for seed, role in enumerate(roles):
        text = f"a {role} in a park"
        hands = plans(text, 60, seed)
        ages = tuple(age for age in find(text)[0].ages if age not in MINORS)
        for axis, values in (("gender", axes["gender"].values), ("race", axes["race"].values), ("age", ages)):
            assert imbalance([hand[f"0.{axis}"] for hand in hands], uniform(values)) <= 0.02


def test_single_images_of_120_seeds_are_balanced(plans: Plans, axes: Mapping[str, Axis]) -> None:
    for role in ("a doctor", "a firefighter", "portrait of a violinist"):
        hands = [plans(role, 1, seed)[0] for seed in range(120)]
        for axis in ("gender", "race"):
            assert imbalance([hand[f"0.{axis}"] for hand in hands], uniform(axes[axis].values)) <= 0.05


def test_same_seed_gives_same_plan(plans: Plans) -> None:
    text = "a vet, two nurses and a tired baker"
    assert plans(text, 7, 11) == plans(text, 7, 11)
    assert plans(text, 7, 11) != plans(text, 7, 12)


def test_stated_and_fixed_axes_are_never_dealt(plans: Plans) -> None:
    assert plans("a young Black barmaid", 3, 1) == [{}, {}, {}]
    assert all("0.race" not in hand and "0.gender" in hand for hand in plans("a Kenyan potter", 4, 1))
    assert plans("Ada Lovelace", 2, 5) == [{}, {}]


def test_no_minor_is_dealt_in_two_thousand_random_plans(find: Find, axes: Mapping[str, Axis]) -> None:
    rng = random.Random(20)
    heads = [
        *("student", "cashier", "person", "gymnast", "skateboarder", "twins", "customer", "crowd", "family", "orphan"),
        *(
            "friends",
            "princess",
            "patients",
            "dancers",
            "daughter",
            "people",
            "singer",
            "audience",
            "sibling",
            "camper",
        ),
    ]
    for seed in range(2000):
        words = (rng.choice(("a", "the", "two", "my", "")), rng.choice(("happy", "tall", "")), rng.choice(heads))
        text = f"{' '.join(words).strip()} in a garden"
        for hand in deal_plan(find(text), rng.choice((1, 2, 6)), seed, axes, no_minors=rng.random() < 0.3):
            dealt = {each for value in hand.values() for each in value.split(MIX_SEPARATOR)}
            assert not dealt & MINORS, text


def test_minor_stages_are_gone_with_a_signal_even_for_children(axes: Mapping[str, Axis]) -> None:
    kids = PersonGroup(
        phrase="kids", span=Span(start=0, end=4), number="many", open_axes=("age",), ages=("childhood", "adolescence")
    )
    assert {age for hand in deal_plan([kids], 4, 1, axes) for age in hand["0.age"].split(MIX_SEPARATOR)} <= MINORS
    assert deal_plan([kids], 4, 1, axes, no_minors=True) == [{}, {}, {}, {}]


@pytest.mark.parametrize(
    "role", ["terrorist", "drug dealer", "homeless person", "shoplifter", "beggar", "gang member", "thief"]
)
def test_a_stigmatised_role_alone_gets_no_race(plans: Plans, role: str) -> None:
    for n_images in (1, 2, 4):
        for seed in range(30):
            assert all("0.race" not in hand and "0.gender" in hand for hand in plans(f"a {role}", n_images, seed))
    assert Counter(hand["0.race"] for hand in plans(f"a {role}", 5, 0)).most_common(1)[0][1] == 1


@pytest.mark.parametrize("phrase", ["art dealer", "civil engineer", "prison guard", "criminologist", "barista"])
def test_ordinary_roles_carry_no_stigma(phrase: str) -> None:
    assert not is_stigmatised(phrase)


def test_several_people_are_mixed_inside_the_picture(plans: Plans, axes: Mapping[str, Axis]) -> None:
    hands = plans("nurses at a desk", 20, 3)
    races = [hand["0.race"].split(MIX_SEPARATOR) for hand in hands]
    assert all(len(mix) == len(set(mix)) == 3 for mix in races)
    assert imbalance([race for mix in races for race in mix], uniform(axes["race"].values)) <= 0.02
    assert all(set(hand["0.gender"].split(MIX_SEPARATOR)) == {"female", "male"} for hand in hands)


def test_relatives_share_their_looks(plans: Plans) -> None:
    for hand in plans("a mother with her newborn", 10, 4):
        assert hand["0.race"] == hand["1.race"]
    assert all("1.race" not in hand for hand in plans("a Japanese woman and her son", 5, 4))
    assert all(
        MIX_SEPARATOR not in hand["0.race"] and "0.gender" not in hand for hand in plans("a family at home", 5, 4)
    )


def test_other_policies_bring_their_own_values(find: Find) -> None:
    hands = deal_plan(find("a nurse"), 10, 1, load("monk").axes)
    assert len({hand["0.race"] for hand in hands}) == 10
    hands = deal_plan(find("a nurse"), 9, 1, load("nonbinary").axes)
    assert Counter(hand["0.gender"] for hand in hands) == {"female": 3, "male": 3, "non-binary": 3}


def test_a_policy_axis_of_looks_follows_race(find: Find) -> None:
    axes = {"skin": Axis(id="skin", title="skin", values=("light", "dark"), weights={})}
    assert {hand["0.skin"] for hand in deal_plan(find("a nurse"), 4, 1, axes)} == {"light", "dark"}
    assert deal_plan(find("a Black nurse"), 1, 1, axes) == [{}]


def test_hundreds_of_people_cost_no_more_than_a_dozen(plans: Plans) -> None:
    [hand] = plans("nurse, " * 400, 1, 1)
    assert len({key.partition(".")[0] for key in hand}) == 12
