"""A teacher's labels are checked by form and by the lens; what is doubtful is kept apart for a person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from ethical_lens.chat.marking import take_apart
from ethical_lens.chat.model import Message
from ethical_lens.chat.schema import Schema
from ethical_lens.chat.scripted import ScriptedChat
from ethical_lens.errors import ConfigurationError
from ethical_lens.lens.screening import Screen
from ethical_lens.policy import load
from ethical_lens.testing import WORDS, WordDetector
from ethical_lens.text.judge import JudgeDetector, JudgeRewriter
from ethical_lens.train.distill.__main__ import main
from ethical_lens.train.distill.labels import APART, LABELS, Label, Text, append_labels, digest_of, read_labels
from ethical_lens.train.distill.teacher import Teacher, label_all

GRADES = {"stabbing": "K2", "slapping": "K2", "massacre": "K3", "duel": "K1"}


def script(messages: Sequence[Message], schema: Schema) -> str:
    """Grade by one word, and word stabbings and slaps anew; a slap becomes something that the lens refuses."""
    data = [each for message in messages for each in take_apart(message.text).data]
    text = next(each.text for each in data if each.kind == "prompt")
    if "silence" in text:
        return "I would rather not say."
    if schema.name == "revision-1":
        if "mute" in text:
            return "No."
        new = text.replace("stabbing", "meeting").replace("slapping", "massacre")
        return json.dumps({"possible": True, "wordings": [{"text": new, "changed": "milder"}]})
    grade = next((grade for word, grade in GRADES.items() if word in text), "K0")
    harms = [] if grade == "K0" else [{"category": "violence", "grade": grade, "quote": ""}]
    rest = {"public_figures": [], "minor_sexual": False, "orders": False, "rewrite": None}
    return json.dumps({"explanation": "By a word.", "grade": grade, "harms": harms, **rest})


@pytest.fixture
def teacher() -> Teacher:
    model = ScriptedChat(script)
    words = {**WORDS, "slapping": WORDS["stabbing"]}
    lens = Screen(policy=load("default"), detectors=(WordDetector(words=words),))
    return Teacher(detector=JudgeDetector(model), rewriter=JudgeRewriter(model), lens=lens)


def labelled(teacher: Teacher, text: str, known: int | None = None) -> Label | None:
    [label] = teacher.label([Text(text=text, cluster="c", known=known)], with_rewrites=True)
    return label


def test_labels_carry_grade_category_and_a_wording_that_passed_the_lens(teacher: Teacher) -> None:
    calm, harmful = labelled(teacher, "a cat", known=0), labelled(teacher, "a stabbing", known=2)
    assert calm is not None
    assert (calm.grade, calm.category, calm.rewrite, calm.apart) == (0, "", None, ())
    assert harmful is not None
    assert (harmful.grade, harmful.category, harmful.rewrite, harmful.apart) == (2, "violence", "a meeting", ())


@pytest.mark.parametrize(
    ("text", "known", "reason"),
    [
        ("silence", None, "no answer"),
        ("a duel", None, "the lens grades it K0"),
        ("a sword", None, "the lens grades it K1"),
        ("a massacre", 0, "its author graded it K0"),
        ("two men slapping", None, "no wording of the teacher passes"),
        ("a mute stabbing", None, "gave no wording"),
    ],
)
def test_what_is_doubtful_is_kept_apart(teacher: Teacher, text: str, known: int | None, reason: str) -> None:
    label = labelled(teacher, text, known)
    assert label is not None
    assert any(reason in each for each in label.apart)
    assert label.rewrite is None


def test_nothing_is_learned_from_what_hard_rules_refuse(teacher: Teacher) -> None:
    assert labelled(teacher, "forbidden") is None


def test_labelling_goes_on_where_it_was_stopped(teacher: Teacher, tmp_path: Path) -> None:
    texts = [Text(text=each, cluster=each) for each in ("a cat", "a stabbing", "silence", "forbidden")]
    assert label_all(teacher, texts[:1], tmp_path, n_rewrites=9) == (1, 0)
    assert label_all(teacher, texts, tmp_path, n_rewrites=9) == (2, 1)
    assert label_all(teacher, texts, tmp_path, n_rewrites=9) == (2, 1)
    assert [each.text for each in read_labels(tmp_path / LABELS)] == ["a cat", "a stabbing"]
    assert [each.text for each in read_labels(tmp_path / APART)] == ["silence"]


def test_labels_become_rows_of_the_small_encoder() -> None:
    row = Label(text="a stabbing", cluster="c", grade=2, category="violence").row
    assert (row.severity, row.categories, row.harm, row.people, row.figure) == (2, ("violence",), None, None, None)
    assert Label(text="a cat", cluster="c", grade=0, category="").row.harm == ()


@pytest.mark.parametrize(
    "fields",
    [{"grade": 4}, {"grade": 0}, {"category": "unheard_of"}, {"category": ""}, {"apart": None}, {"more": 1}],
)
def test_a_file_with_anything_else_is_refused(tmp_path: Path, fields: dict[str, object]) -> None:
    good = {"text": "a", "cluster": "c", "grade": 2, "category": "hate", "rewrite": None, "known": None, "apart": []}
    path = tmp_path / LABELS
    path.write_text(json.dumps(good) + "\n" + json.dumps({**good, **fields}) + "\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"labels\.jsonl:2"):
        read_labels(path)


def test_digest_does_not_depend_on_the_order() -> None:
    labels = [Label(text=each, cluster="c", grade=0, category="") for each in ("a", "b")]
    assert digest_of(labels) == digest_of(labels[::-1]) != digest_of(labels[:1])


def test_embedded_scrutiny_is_a_teacher(tmp_path: Path) -> None:
    texts = tmp_path / "texts.jsonl"
    texts.write_text('{"text": "a bowl of apples"}\n{"text": "two men in a bloody knife fight"}\n', encoding="utf-8")
    main(["label", "--runs", str(tmp_path), "--texts", str(texts), "--rewrites", "9"])
    calm, harmful = sorted(read_labels(tmp_path / LABELS), key=lambda each: each.grade)
    assert calm.grade == 0
    assert harmful.grade >= 1
    assert harmful.category == "violence"


def test_append_keeps_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / LABELS
    for text in ("a", "b"):
        append_labels(path, [Label(text=text, cluster="c", grade=0, category="", apart=("why",))])
    assert [(each.text, each.apart) for each in read_labels(path)] == [("a", ("why",)), ("b", ("why",))]
