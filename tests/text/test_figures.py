from __future__ import annotations

import time
from pathlib import Path

import pytest

from ethical_lens.sketch.world import CELEBRITIES
from ethical_lens.text import figures as module
from ethical_lens.text.figures import FICTIONAL, HISTORICAL, OPTED_OUT, Figure, Gazetteer
from ethical_lens.text.lexicon import PhraseDetector
from ethical_lens.text.normalize import normalize
from ethical_lens.text.patterns import split

GAZETTEER = Gazetteer(
    "[actors]\nTalia Brennock | Brennock\n~Ron Plain\n[politicians]\nOrson Vail | ^Vail\nDelmar Quist\n"
    "Samuel L Harrowgate\n[artists]\nMiro Tandell | Tandell\n[old masters]\nAldo Fenwicke\n"
    "[historical]\nQueen Isolda\n[fictional]\nCaptain Zarn\n[things]\nVail card\n"
)


def found(text: str, gazetteer: Gazetteer = GAZETTEER) -> list[Figure]:
    reading = normalize(text)
    return gazetteer.find(split(reading.text), reading, text)


def names(text: str, gazetteer: Gazetteer = GAZETTEER) -> list[str]:
    return [figure.name for figure in found(text, gazetteer)]


def span(text: str) -> str:
    reading = normalize(text)
    words = split(reading.text)
    [figure] = GAZETTEER.find(words, reading, text)
    place = reading.span(words.starts[figure.start], words.ends[figure.end - 1])
    return text[place.start : place.end]


@pytest.fixture(scope="module")
def shipped() -> Gazetteer:
    return Gazetteer.shipped()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Talia Brennock in a park", ["Talia Brennock"]),
        ("talia brennock and orson vail", ["Talia Brennock", "Orson Vail"]),
        ("Brennock's garden", ["Talia Brennock"]),
        ("talia brennocks garden", ["Talia Brennock"]),
        ("TALIA BR\u00c9NNOCK", ["Talia Brennock"]),
        ("Talia J. Brennock", ["Talia Brennock"]),
        ("Samuel L. Harrowgate", ["Samuel L Harrowgate"]),
        ("Vail giving a speech", ["Orson Vail"]),
        ("snow in vail", []),
        ("senator vail on a sofa", ["Orson Vail"]),
        ("president quist on a sofa", ["Delmar Quist"]),
        ("quist on a sofa", []),
        ("ron plain in a garden", []),
        ("ron plain at the premiere", ["Ron Plain"]),
        ("a cat on a mat", []),
    ],
)
def test_names_are_found_as_people_write_them(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a castle by Talia Brennock", []),
        ("in the style of Talia Brennock", []),
        ("art by talia brennock and orson vail", []),
        ("Talia Brennock style portrait", []),
        ("portrait of Orson Vail by Talia Brennock", ["Orson Vail"]),
        ("a child hugged by Talia Brennock", ["Talia Brennock"]),
        ("a pilot played by Talia Brennock", ["Talia Brennock"]),
        ("art by Miro Tandell, Talia Brennock waving", ["Talia Brennock"]),
        ("a meadow, miro tandell, trending", []),
        ("a Tandell painting of a mill", []),
        ("portrait of Miro Tandell", ["Miro Tandell"]),
        ("Miro Tandell eating soup", ["Miro Tandell"]),
        ("Aldo Fenwicke eating soup", []),
    ],
)
def test_figures_in_the_picture_are_told_from_style(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Brennock museum",
        "Talia Brennock Boulevard",
        "Talia Brennock International Airport",
        "Vail card",
        "USS Brennock at sea",
        "a dog named Brennock",
        "Talia Brennock-Moss, my dentist",
        "Orson Brennock in a park",
    ],
)
def test_things_places_and_other_people_with_the_name_are_no_figures(text: str) -> None:
    assert names(text) == []


@pytest.mark.parametrize(
    "text", ["Talia Brenock", "Tallia Brennock", "Orson Brennock", "taliabrennock", "Talia Brennokc", "Delmar Quistt"]
)
def test_one_slip_is_forgiven_unless_it_makes_another_name(text: str) -> None:
    assert bool(names(f"{text} on a swing")) == (text != "Orson Brennock")


def test_short_names_are_not_guessed_at() -> None:
    gazetteer = Gazetteer("[actors]\nAnn Bly\n")
    assert names("Ann Bly", gazetteer) == ["Ann Bly"]
    assert names("Ann Blay", gazetteer) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Prime Minister Xanthe Blore at a lectern", "politicians"),
        ("the actor Tom Wexley in the rain", "actors"),
        ("pop star Mira Kolt on a balcony", "musicians"),
        ("Senator Ablet shaking hands", "politicians"),
        ("Dana Lume, CEO of Orbix, on a stage", "business"),
        ("Oscar winner Lena Corvane in tears", "actors"),
        ("Nobel laureate Ivo Perrin in a library", "science, letters and media"),
    ],
)
def test_unknown_figures_are_told_by_office_or_fame(text: str, kind: str) -> None:
    [figure] = found(text)
    assert (figure.kind, figure.known) == (kind, False)


@pytest.mark.parametrize(
    "text",
    [
        "Maria Lopez baking bread",
        "Dr. Smith with a patient",
        "an actor in the rain",
        "The Senator Hotel",
        "President Street",
        "Senator In A Garden Of Roses And Tulips",
        "a singer with a guitar",
        "my dentist, an actress once",
        "the president's office",
    ],
)
def test_roles_and_private_names_are_no_figures(text: str) -> None:
    assert names(text) == []


def test_the_place_of_a_figure_takes_their_title_in() -> None:
    assert span("a photo of the former president Orson Vail at sea") == "the former president Orson Vail"
    assert span("we saw the actor Tom Wexley at sea") == "the actor Tom Wexley"


def test_historical_and_fictional_names_are_known_but_nobody_to_flag() -> None:
    text = "Queen Isolda and Captain Zarn with Aldo Fenwicke eating soup"
    reading = normalize(text)
    kinds = [figure.kind for figure in GAZETTEER.named(split(reading.text), reading, text)]
    assert kinds == [HISTORICAL, FICTIONAL, HISTORICAL]
    assert names(text) == []


@pytest.mark.parametrize(
    "text", ["quillon vasterby", "Quilon Vasterby", "QuillonVasterby", "Quillon T. Vasterby's cat"]
)
def test_people_who_opted_out_are_found_misspelt_too(text: str) -> None:
    gazetteer = Gazetteer.shipped(["Quillon Vasterby"])
    assert [figure.kind for figure in found(f"{text} on a bench", gazetteer)] == [OPTED_OUT]


def test_opting_out_goes_before_being_famous() -> None:
    gazetteer = Gazetteer("[actors]\nTalia Brennock\n", ["Talia Brennock"])
    assert [figure.kind for figure in found("Talia Brennock", gazetteer)] == [OPTED_OUT]


def test_every_celebrity_of_the_sketch_world_is_listed(shipped: Gazetteer) -> None:
    for celebrity in CELEBRITIES:
        assert names(f"{celebrity.name} at the beach", shipped) == [celebrity.name]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("President Macron with a baguette", "Emmanuel Macron"),
        ("King Charles planting a tree", "King Charles III"),
        ("Obama's dog", "Barack Obama"),
        ("donald trump eating a burger", "Donald Trump"),
        ("Elon Muskk on the moon", "Elon Musk"),
        ("Barak Obama dancing", "Barack Obama"),
        ("Shaquille O'Neal in a tiny car", "Shaquille ONeal"),
        ("J.K. Rowling signing books", "JK Rowling"),
        ("leonardo di caprio at sea", "Leonardo DiCaprio"),
        ("Kim Jong-un eating noodles", "Kim Jong Un"),
        ("Frida Kahlo surrounded by parrots", "Frida Kahlo"),
    ],
)
def test_the_shipped_list_finds_the_famous(text: str, expected: str, shipped: Gazetteer) -> None:
    assert names(text, shipped) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "a field in the style of Van Gogh",
        "an elf, greg rutkowski, artgerm, wlop",
        "Rembrandt lighting",
        "a Christian Dior dress",
        "Harry Potter and Batman",
        "Napoleon and Cleopatra",
        "Washington D.C. at night",
        "a red Ford Mustang by a Tesla coil",
        "a Caesar salad at JFK airport",
        "Jordan sneakers",
        "a king charles spaniel",
        "Ronald Reagan Washington National Airport",
        "the Hoover Dam",
        "Bill Smith mowing the lawn",
    ],
)
def test_the_shipped_list_leaves_everything_else_alone(text: str, shipped: Gazetteer) -> None:
    assert names(text, shipped) == []


def test_the_shipped_list_is_long_and_without_repeats() -> None:
    lines = (Path(module.__file__).parent / "figures.txt").read_text(encoding="utf-8").splitlines()
    listed = [line.partition("|")[0].strip(" ^~").lower() for line in lines if line and line[0] not in "#["]
    assert len(listed) >= 2500
    assert len(listed) == len(set(listed))


def test_the_shipped_list_is_read_once() -> None:
    Gazetteer.shipped()
    begun = time.perf_counter()
    Gazetteer.shipped()
    assert time.perf_counter() - begun < 0.01


@pytest.mark.parametrize(
    "text", ["Trump card on a felt table", "may bush in flower", "Lincoln Logs cabin", "a Ford pickup"]
)
def test_names_that_are_ordinary_words_are_left_alone(detector: PhraseDetector, text: str) -> None:
    [findings] = detector.detect([text])
    assert all(finding.score == 0 for finding in findings if finding.category == "public_figure")


def test_people_who_opted_out_are_reported_as_such(detector: PhraseDetector) -> None:
    [findings] = detector.detect(["quillon vasterby on a bench"])
    assert [finding.score for finding in findings if finding.category == "opt_out"] == [0.9]
