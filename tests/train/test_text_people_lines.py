"""Lines in which people are marked by hand, as rows of the text model's training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from ethical_lens.errors import ConfigurationError
from ethical_lens.train.text import network, people_lines, rows
from ethical_lens.train.text.network import UNKNOWN
from ethical_lens.types import PersonGroup, Span

LINES = """# brands and animals
a [tired young nurse] feeding a nurse shark
[Marie Curie] in her laboratory, a [group of hikers] outside

a jar of Old Captain rum on a bar
a chess king on a wet board --ar 16:9
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lines.txt").write_text(LINES, encoding="utf-8")
    return tmp_path


def _said(row: rows.Row) -> list[str]:
    return [row.text[start:end].lower() for start, end in row.people or ()]


def test_every_form_of_a_line_keeps_its_marks_and_its_split(folder: Path) -> None:
    listed = list(people_lines.from_lines(folder, seed=3))
    nurses = [row for row in listed if "shark" in row.text.lower()]
    assert len(nurses) == 3
    assert nurses[0].text == "a tired young nurse feeding a nurse shark"
    assert nurses[1].text == "A tired young nurse feeding a nurse shark"
    assert nurses[2].text.lower().startswith(nurses[0].text + ", ")
    assert all(_said(row) == ["tired young nurse"] for row in nurses)
    assert len({row.cluster for row in nurses}) == 1
    assert {tuple(_said(row)) for row in listed} == {
        ("tired young nurse",),
        ("marie curie", "group of hikers"),
        (),
    }
    assert all(row.severity == 0 and row.categories == () and row.harm == () for row in listed)


def test_a_line_with_capitals_is_also_seen_in_lower_case(folder: Path) -> None:
    texts = [row.text for row in people_lines.from_lines(folder, n_forms=2, seed=3)]
    assert "a jar of old captain rum on a bar" in texts


def test_style_words_follow_no_flags(folder: Path) -> None:
    chess = [row.text for row in people_lines.from_lines(folder, seed=3) if "chess" in row.text]
    assert all(text.endswith("--ar 16:9") for text in chess)


@pytest.mark.parametrize("line", ["a [nurse on a bed", "a nurse] on a bed", "a [[nurse] here]", "a [] nurse"])
def test_broken_brackets_are_refused_with_their_place(tmp_path: Path, line: str) -> None:
    (tmp_path / "odd.txt").write_text(f"# comment\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"odd\.txt, line 2"):
        list(people_lines.from_lines(tmp_path, seed=3))


class _SeesPeopleEverywhere:
    name = "everywhere@1"

    def analyze(self, texts: Sequence[str]) -> list[list[PersonGroup]]:
        return [[PersonGroup(phrase=text[:1], span=Span(start=0, end=1), number="one")] for text in texts]


def test_the_rules_say_nothing_of_lines_marked_by_hand(folder: Path) -> None:
    marked = list(people_lines.from_lines(folder, n_forms=1, seed=3))
    other = rows.Row(text="a doctor", source="corpus", cluster="c", severity=0)
    united = rows.with_people([marked[0], other, *marked[1:]], _SeesPeopleEverywhere())
    assert united[1].people == ((0, 1),)
    assert [united[0], *united[2:]] == marked


def test_rows_of_more_weight_count_more_in_the_loss_of_people() -> None:
    logits = torch.tensor([[[4.0, 0.0, 0.0]] * 2, [[0.0, 4.0, 0.0]] * 2])
    answers = network.Answers(
        grades=torch.zeros(2, 3),
        categories=torch.zeros(2, 1),
        figure=torch.zeros(2),
        harm=torch.zeros(2, 2),
        people=logits,
        names=logits,
    )
    labels = {
        "grades": torch.full((2, 3), UNKNOWN),
        "categories": torch.full((2, 1), UNKNOWN),
        "figure": torch.full((2,), UNKNOWN),
        "harm": torch.full((2, 2), UNKNOWN),
        "people": torch.zeros(2, 2, dtype=torch.int64),  # the first row is right, the second wrong
        "names": torch.zeros(2, 2, dtype=torch.int64),
        "weight": torch.ones(2),
    }

    def loss(*weights: float) -> tuple[float, float]:
        parts = network.losses(answers, {**labels, "people_weight": torch.tensor(weights)})
        return float(parts["people"]), float(parts["names"])

    right, wrong = loss(1.0, 0.0)[0], loss(0.0, 1.0)[0]
    assert loss(1.0, 4.0)[0] == pytest.approx((right + 4 * wrong) / 5)
    assert loss(1.0, 4.0)[1] == pytest.approx((right + wrong) / 2)
