from __future__ import annotations

from collections.abc import Callable

import pytest

from ethical_lens.types import PersonGroup

Find = Callable[[str], list[PersonGroup]]


@pytest.mark.parametrize(
    ("text", "axes"),
    [
        ("a Kenyan carpenter", {"race"}),
        ("a carpenter from Vietnam", {"race"}),
        ("a dancer of Persian descent", {"race"}),
        ("a singer with dark skin", {"race"}),
        ("a transgender plumber", {"gender"}),
        ("a pregnant electrician", {"gender"}),
        ("Prussian soldiers drilling in 1870", {"gender", "race"}),
        ("a samurai in the snow", {"race"}),
        ("dock workers in Liverpool, 1911", {"race"}),
        ("sailors in the harbour of Lisbon, 16th century", {"gender", "race"}),
        ("Victorian seamstresses", {"race"}),
        ("a scribe at the court of Genghis Khan", {"race"}),
        ("Roman senators arguing", {"gender", "race"}),
        ("cardinals walking through Rome", set()),
        ("courtiers of Louis XIV", {"race"}),
        ("Meiji-era factory girls reeling silk", {"race"}),
        ("students at a women's college", {"gender"}),
        ("prisoners in a men's prison", {"gender"}),
        ("telephone operators in 1935 New York", {"gender", "race"}),
        ("delegates to the House of Commons in 1850", {"gender"}),
        ("workers at the Lenin shipyard in Gdansk, 1980", {"race"}),
        ("a Khoisan tracker", {"race"}),
        ("a couple at a Punjabi wedding", {"race"}),
        ("first people to climb Mount Everest", {"gender", "race"}),
        ("kyoto, 1860, rickshaw pullers", {"gender", "race"}),
        ("Paris 1889, passers-by on the boulevard", {"race"}),
        ("window cleaners 1910 Vienna", {"gender", "race"}),
        ("stockbrokers in a 1930s office", {"gender"}),
        ("a painting of 1880s judges at work", {"gender"}),
        ("builders of a dome in 535", {"gender"}),
        ("nineteenth-century surgeons operating", {"gender"}),
        ("stonemasons storming the Bastille", {"gender", "race"}),
        ("workers building the Great Pyramid", {"race"}),
        ("Kievan Rus traders", {"gender", "race"}),
        ("burghers of Haarlem painted by Frans Hals", {"gender", "race"}),
        ("Turkish oil wrestlers", {"race"}),
        ("Mapuche warriors", {"gender", "race"}),
        ("a woman in traditional Tamil clothing", {"race"}),
        ("a family celebrating Diwali", {"race"}),
        ("an employee on paternity leave", {"gender"}),
    ],
)
def test_fixes_what_is_a_matter_of_record(find: Find, text: str, axes: set[str]) -> None:
    group = find(text)[0]
    assert set(group.fixed) >= axes
    assert not axes & set(group.open_axes)
    assert all(fix.reason and 0 < fix.confidence <= 1 for fix in group.fixed.values())


@pytest.mark.parametrize(
    "text",
    [
        "a modern soldier reading a map",
        "a waiter's colleague at a samurai-themed dinner",
        "a history student writing about the Ming dynasty",
        "a mechanic restoring a tractor built in 1938",
        "a dealer holding a 1910 postcard of Vienna",
        "a teacher dressed as a pharaoh",
        "a museum guard next to a medieval helmet",
        "Renaissance-style painting of a bike courier",
        "an architect crossing a medieval bridge",
        "a pilot, 1940s poster style",
        "a chef making sushi in Oslo",
        "a referee at a women's football final",
        "a surgeon treating prostate cancer",
        "a lecturer on Ottoman architecture",
        "an actor playing a Nazi officer",
        "a photographer in a 1950s diner",
        "a carpenter renovating a 1930s house",
        "a dancer in Victorian boots",
        "a professor of medieval studies",
        "a crowd of 300 in the stadium",
        "a teacher in Soweto",
        "a diver exploring a Spanish galleon wreck",
        "a farmer with a 1940 tractor",
    ],
)
def test_look_alikes_stay_open(find: Find, text: str) -> None:
    assert set(find(text)[0].open_axes) == {"gender", "race", "age"}


def test_pregnancy_narrows_the_ages(find: Find) -> None:
    [group] = find("a pregnant judge")
    assert group.fixed["gender"].value == ("female",)
    assert group.ages == ("middle age",)


def test_a_nationality_is_no_race_of_ours(find: Find) -> None:
    [group] = find("a Brazilian dentist")
    assert "race" not in group.stated
    assert group.fixed["race"].value == ()


def test_those_who_live_there_get_the_race_of_the_place(find: Find) -> None:
    [villagers], [traders] = find("villagers in Kyushu, 1860"), find("traders in Kyushu, 1860")
    assert villagers.fixed["race"].value == ("Asian",)
    assert traders.fixed["race"].value == ()


def test_a_dated_crowd_is_of_both_genders(find: Find) -> None:
    assert "gender" in find("villagers in Kyushu, 1860")[0].open_axes


def test_the_side_of_women_in_a_league_of_men(find: Find) -> None:
    assert find("rugby players in the women's Six Nations")[0].fixed["gender"].value == ("female",)
