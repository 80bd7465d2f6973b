"""Global edits: the finding goes back to the rewriter, and the next shot follows from the last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ethical_lens.image.locate import Query
from ethical_lens.lens import Lens
from ethical_lens.lens.redrawing import NOTHING, Reviser
from ethical_lens.lens.screening import Screen
from ethical_lens.policy import load
from ethical_lens.testing import PlainGenerator, ScriptedLook, WordDetector, shot, small_lens
from ethical_lens.text.lexicon import Lexicon, PhraseDetector
from ethical_lens.text.rewrite.rewriter import SpanRewriter
from ethical_lens.types import (
    Author,
    Box,
    Change,
    Draft,
    Edit,
    Exemption,
    Finding,
    Frame,
    Request,
    Severity,
    Shot,
    Span,
    Status,
)

SEED = 40
REGION = Box(left=2, top=44, right=20, bottom=62)
WORDS = {"sword": ("violence", Severity.K1, 0.9), "stabbing": ("violence", Severity.K2, 0.9)}


class Listening:
    """A rewriter that remembers what it was told, and swaps one word."""

    name = "listening@1"

    def __init__(self, answer: str | None = "spoon") -> None:
        self.answer = answer
        self.told: list[tuple[str, list[Finding]]] = []

    def rewrite(self, text: str, findings: Sequence[Finding]) -> list[tuple[str, tuple[Change, ...]]]:
        self.told.append((text, list(findings)))
        if self.answer is None or not any(word in text for word in WORDS):
            return []
        change = Change(kind="replaced", before="sword", after=self.answer, why="found in the picture")
        return [(text.replace("sword", self.answer).replace("stabbing", self.answer), (change,))]


class Marking:
    """An editor that marks the picture and remembers the words it was to draw from."""

    name = "marking@1"

    def __init__(self) -> None:
        self.words: list[str] = []

    def edit(self, image: Image.Image, finding: Finding, shot: Shot) -> tuple[Image.Image, Edit]:
        self.words.append(shot.draft.text)
        edited = image.copy()
        edited.putpixel((5, 50), (0, 0, len(self.words)))
        return edited, Edit(editor=self.name, finding=finding)


def lens_of(
    rewriter: Listening,
    scores: Mapping[str, float],
    *,
    policy: str = "paper",
    editor: Marking | None = None,
    only: int | None = None,
    exemptions: Sequence[Exemption] = (),
) -> Lens:
    """Return a lens that finds something in every picture, or in the first picture of one index only."""
    first = PlainGenerator()

    def look(frame: Frame) -> Mapping[str, float]:
        if only is not None and not _same(frame.image, first, only, frame.prompt or ""):
            return {}
        return scores

    lens = small_lens(
        policy=load(policy),
        text_detector=WordDetector(words=WORDS),
        image_detectors=[ScriptedLook(score=look, box=REGION)],
        editors={"inpaint": editor} if editor else {},
        exemptions=exemptions,
    )
    lens._rewriter = rewriter
    return lens


def _same(image: Image.Image, generator: PlainGenerator, index: int, prompt: str) -> bool:
    [drawing] = generator.generate([shot(prompt, index=index, seed=SEED + index)])
    return drawing.image is not None and drawing.image.tobytes() == image.tobytes()


@pytest.fixture(scope="module")
def small_screen() -> Screen:
    """A screen of the real phrases and the real rewriter, without models."""
    lexicon = Lexicon()
    return Screen(policy=load("default"), detectors=[PhraseDetector(lexicon)], rewriter=SpanRewriter(lexicon))


def test_rewriter_is_told_category_and_place() -> None:
    rewriter = Listening()
    outcome = lens_of(rewriter, {"nsfw": 0.95}).generate("a man with a spoon", seed=SEED).outcomes[0]
    assert outcome.status is Status.WITHHELD
    text, told = rewriter.told[0]
    assert text == "a man with a spoon"
    assert {"violence", "shocking", "self_harm", "illegal"} == {each.category for each in told}
    assert {each.note for each in told} == {"nsfw in the lower left"}
    assert all(each.where is None for each in told)


def test_revised_wording_is_screened_and_used_with_a_seed_derived_from_the_old() -> None:
    lens = lens_of(Listening(), {"nsfw": 0.95}, exemptions=[Exemption.TEXT_OFF])
    one, other = (lens.generate("a man with a sword", seed=SEED).outcomes[0] for _ in range(2))
    shots = [attempt.shot for attempt in one.attempts]
    assert [each.draft.text for each in shots] == ["a man with a sword", "a man with a spoon"]
    assert shots[1].draft.verdict.action.releases
    assert shots[0].seed != shots[1].seed
    assert [each.seed for each in shots] == [attempt.shot.seed for attempt in other.attempts]


def test_rounds_are_bounded() -> None:
    policy = load("default")
    outcome = lens_of(Listening(), {"nsfw": 0.95}, policy="default").generate("a cat", seed=SEED).outcomes[0]
    seeds = {attempt.shot.seed for attempt in outcome.attempts}
    assert len(seeds) == policy.max_regenerations + 1
    assert outcome.image is None


def test_other_images_of_the_batch_are_untouched() -> None:
    alone = lens_of(Listening(), {}).generate("a cat", count=6, seed=SEED)
    beside = lens_of(Listening(), {"nsfw": 0.95}, only=3).generate("a cat", count=6, seed=SEED)
    assert beside.outcomes[3].attempts[-1].shot.seed != alone.outcomes[3].attempts[-1].shot.seed
    for index in (0, 1, 2, 4, 5):
        one, other = alone.outcomes[index].image, beside.outcomes[index].image
        assert one is not None
        assert other is not None
        assert np.array_equal(np.asarray(one), np.asarray(other))
        assert len(beside.outcomes[index].attempts) == 1


@pytest.mark.parametrize(("rewriter", "expected"), [(Listening(), "two men spoon"), (Listening(answer=None), NOTHING)])
def test_editors_never_draw_from_words_that_ask_for_what_was_found(rewriter: Listening, expected: str) -> None:
    editor = Marking()
    lens = lens_of(rewriter, {"nsfw": 0.95}, policy="default", editor=editor, exemptions=[Exemption.TEXT_OFF])
    lens.generate("two men stabbing", seed=SEED)
    assert editor.words[0] == expected


def test_editors_draw_from_the_prompt_itself_where_it_asks_for_nothing() -> None:
    editor = Marking()
    lens_of(Listening(), {"nsfw": 0.95}, policy="default", editor=editor).generate("a cat", seed=SEED)
    assert editor.words[0] == "a cat"


class Slime:
    """A locator that sees green slime everywhere."""

    name = "slime@1"
    domain = "sketch"

    def queries(self, category: str) -> tuple[Query, ...]:
        return (Query(text="green slime", peak=0.5, outline=0.5),)

    def locate(self, image: Image.Image, queries: Sequence[str]) -> NDArray[np.float32]:
        return np.ones((len(queries), image.height, image.width), np.float32)


def test_words_that_name_what_the_locator_saw_are_pointed_out_to_the_rewriter() -> None:
    rewriter = Listening()
    lens = lens_of(rewriter, {"nsfw": 0.95})
    lens._locator = Slime()
    lens.generate("a cook slimed with green goo", seed=SEED)
    text, told = rewriter.told[0]
    pointed = [text[each.where.start : each.where.end] for each in told if isinstance(each.where, Span)]
    assert pointed == ["slimed", "green"]
    assert {each.note for each in told} == {"green slime over most of the picture"}
    assert all(each.score > 0.5 for each in told)


def test_last_redraw_leaves_out_what_hangs_on_the_subject() -> None:
    lens = lens_of(Listening(), {"nsfw": 0.95}, policy="default")
    outcome = lens.generate("a cat slimed with something unheard of in a park", seed=SEED).outcomes[0]
    first, *_, last = [attempt.shot.draft for attempt in outcome.attempts]
    assert first.text == "a cat slimed with something unheard of in a park"
    assert last.text == "a cat"
    assert last.author is Author.REWRITER
    assert last.verdict.action.releases
    [change] = last.changes
    assert (change.before, change.after) == (first.text, "a cat")


def test_subject_that_does_not_pass_the_screen_is_not_drawn() -> None:
    reviser = Reviser(screen=lens_of(Listening(answer=None), {})._screen)
    drawn = shot("two men stabbing in a park")
    found = Finding(category="nsfw", score=0.9, source="eye@1", note="nsfw in the middle")
    following = reviser.next_shot(Request(prompt="", count=1, seed=1), drawn, [found], redraw=2, size=(64, 64))
    assert following.draft.text == "two men"
    alone = replace(drawn, draft=replace(drawn.draft, text="the stabbing in a park"))
    following = reviser.next_shot(Request(prompt="", count=1, seed=1), alone, [found], redraw=2, size=(64, 64))
    assert following.draft.text == "a park"


@pytest.mark.parametrize(
    ("prompt", "category", "note", "gone"),
    [
        ("a farmer slimed with green goo", "nsfw", "slime in the middle", ("slime", "goo")),
        ("a farmer oozing green gunk in a park", "nsfw", "", ("ooz", "gunk")),
        ("two bakers with slimy hands", "nsfw", "", ("slim",)),
        ("a surgeon splashed with crimson blood", "nsfw", "blood in the middle", ("blood",)),
        ("a nurse with a hypodermic needle", "nsfw", "", ("needle", "hypodermic")),
        ("a chef clutching a jackknife", "nsfw", "knife on the left", ("knife",)),
        ("a guard with a kalashnikov", "nsfw", "", ("kalashnikov",)),
        ("a chef in a birthday suit", "nude", "", ("birthday",)),
        ("a woman shouting slogans", "politic", "", ("slogan",)),
        ("a man with a protest banner", "politic", "", ("protest",)),
    ],
)
def test_redraw_has_other_words_for_what_was_seen(
    small_screen: Screen, prompt: str, category: str, note: str, gone: tuple[str, ...]
) -> None:
    [verdict] = small_screen.verdicts([prompt])
    drawn = replace(shot(prompt), draft=Draft(text=prompt, author=Author.USER, verdict=verdict))
    found = Finding(category=category, score=0.95, source="eye@1", note=note, where=REGION)
    request = Request(prompt=prompt, count=1, seed=1)
    first = Reviser(screen=small_screen).next_shot(request, drawn, [found], redraw=1, size=(64, 64))
    assert not any(word in first.draft.text for word in gone), first.draft.text
    assert prompt.split()[1] in first.draft.text.split()
    last = Reviser(screen=small_screen).next_shot(request, first, [found], redraw=2, size=(64, 64))
    assert last.draft.text.split() == prompt.split()[:2]
