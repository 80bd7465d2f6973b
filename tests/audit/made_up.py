"""A made-up result that fills every field, with words in it that no file of a log may show by accident."""

from __future__ import annotations

import numpy as np
from PIL import Image

from ethical_lens.types import (
    Action,
    Attempt,
    Author,
    Box,
    Change,
    Draft,
    Edit,
    Exemption,
    Finding,
    FiredRule,
    Fixed,
    Mask,
    Outcome,
    PersonGroup,
    Plan,
    Request,
    Result,
    Severity,
    Shot,
    Span,
    Stage,
    Status,
    Verdict,
)

SECRETS = ("quokka", "zanzibar", "wombat", "tapir", "ocelot", "axolotl", "narwhal", "lemming", "pangolin", "okapi")
"""One for every place where a user's words may turn up."""


def made_up_result(
    entry_id: str = "r-1", *, prompt: str = "a quokka surgeon in Zanzibar", category: str = "violence"
) -> Result:
    request = Request(
        prompt=prompt, count=2, seed=7, negative_prompt="no wombat", tags=("tapir", "nightly"), width=64, height=64
    )
    bad = Finding(
        category=category, score=np.float32(0.93).item(), source="lexicon@1", severity=Severity.K2,
        where=Span(start=2, end=8), note="ocelot matched",
    )  # fmt: skip
    blank = Finding(category="failure", score=float("nan"), source="judge@0")
    rule = FiredRule(
        reason=f"text.{category}.k2", action=Action.REWRITE, message='"axolotl" was replaced', findings=(bad,)
    )
    screened = Verdict(stage=Stage.TEXT, action=Action.REWRITE, findings=(bad, blank), fired=(rule,))
    clean = Verdict(stage=Stage.TEXT, action=Action.ALLOW, findings=(blank,))
    change = Change(kind="replaced", before="narwhal", after="calm", why="because of the lemming")
    first = Draft(text=prompt, author=Author.USER, verdict=screened)
    second = Draft(text="a pangolin surgeon", author=Author.REWRITER, verdict=clean, changes=(change,))
    group = PersonGroup(
        phrase="okapi surgeon", span=Span(start=2, end=16), number="one", stated={"age": "middle age"},
        fixed={"race": Fixed(value=("Asian",), reason="the okapi was Asian", confidence=0.8)}, open_axes=("gender",),
    )  # fmt: skip
    shot = Shot(
        index=0, draft=second, seed=11, attributes={"okapi surgeon.gender": "female"}, negative_prompt="no wombat"
    )
    mask = Mask(box=Box(left=1, top=2, right=4, bottom=4), bits=np.array([[1, 0, 1], [0, 0, 1]], dtype=bool))
    nude = Finding(category="nude", score=0.7, source="heads@1", where=mask)
    blur = FiredRule(
        reason="image.nude", action=Action.EDIT, message="blurred", findings=(nude,), editor="blur", editors=("blur",)
    )
    seen = Verdict(stage=Stage.IMAGE, action=Action.EDIT, findings=(nude,), fired=(blur,))
    looked = Verdict(stage=Stage.IMAGE, action=Action.ALLOW, findings=(blank,))
    edit = Edit(editor="blur@1", finding=nude, parameters={"radius": 9, "prompt": "a narwhal"})
    attempts = (
        Attempt(shot=shot, edits=(), verdict=seen, seconds=0.5),
        Attempt(shot=shot, edits=(edit,), verdict=looked, seconds=0.25),
    )
    image = Image.new("RGB", (64, 64), (201, 17, 113))
    outcomes = (
        Outcome(index=0, status=Status.EDITED, image=image, attempts=attempts, reasons=("image.nude",)),
        Outcome(index=1, status=Status.WITHHELD, image=None, attempts=(), message="the tapir failed", retryable=True),
    )
    return Result(
        id=entry_id,
        request=request,
        policy="default@1+abc",
        models={"text": "lexicon@1", "image": "heads@1"},
        plan=Plan(request=request, drafts=(first, second), groups=(group,), shots=(shot,), notes=("no lemming",)),
        outcomes=outcomes,
        seconds={"screen": 0.001, "look": 0.75},
        exemptions=(Exemption.SHADOW,),
    )
