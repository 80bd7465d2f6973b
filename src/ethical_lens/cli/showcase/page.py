"""The page of the demo: one file that opens anywhere, without scripts."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ethical_lens.cli.forms import action_of
from ethical_lens.cli.showcase.scenes import Showing
from ethical_lens.cli.showcase.story import Step, attributes_of, course_of, steps_of, tally
from ethical_lens.markup import Markup, data_url, document, element, join
from ethical_lens.types import Action, Change, Outcome, Plan, Result, Status

if TYPE_CHECKING:
    from PIL.Image import Image

    from ethical_lens.policy import Policy

LEAD = (
    "Ethical-Lens stands around a text-to-image model without touching it. Every prompt below was drawn twice from the "
    "same seeds: once by the generator alone, and once through the lens."
)
STAGES = (
    ("Read", "The prompt is judged before anything is drawn. Harm is reworded or refused; the rest stays as written."),
    ("Deal", "Where the prompt speaks of people and leaves open who they are, that is dealt evenly over the pictures."),
    ("Look", "Every picture is looked at before it is released; what should not be seen is put right, or withheld."),
)
LEGEND = (
    (Status.RELEASED, "as it was drawn"),
    (Status.EDITED, "changed or drawn anew, looked at again, then released"),
    (Status.WITHHELD, "not shown; the caller is told why"),
)
DRAWN = (
    "The pictures come from Sketch, a small drawn world made for this software, with harmless stand-ins for harms. "
    "They show that every part works, end to end. They say nothing about photographs, for which the models used here "
    "refuse to vouch. People in the pictures are drawn and do not exist; the celebrity is invented."
)
CONFIGURED = (
    "The pictures come from the generator of a configuration, and are judged by the models that it names. How good "
    "these are, and for which kind of picture, stands in their cards; a few pictures show how the parts work together, "
    "not how often they err."
)
LIMITS = (
    "Gender, race and age are perceived presentations in a picture, never facts about a person, and are dealt only "
    "where the prompt leaves them open.",
    "No filter finds everything, and every filter sometimes stops what is harmless. The policy sets the balance, and "
    "an operator can change it without code.",
)


def page(showings: Sequence[Showing], policy: Policy, *, domain: str = "sketch") -> str:
    """Return the page. The same results give the same page; nothing in it depends on the clock.

    Args:
        showings: Scenes with their results.
        policy: Policy of the guarded results.
        domain: Kind of picture that the generator draws.
    """
    body = join(
        _header(showings),
        _introduction(),
        _contents(showings),
        element("main", *(_scene(number, showing, policy) for number, showing in enumerate(showings, start=1))),
        _footer(showings, DRAWN if domain == "sketch" else CONFIGURED),
    )
    return document(
        title="Ethical-Lens: bare and guarded, side by side",
        style=Path(__file__).with_name("page.css").read_text("utf-8"),
        body=body,
        meta={"viewport": "width=device-width, initial-scale=1", "color-scheme": "light dark", "robots": "noindex"},
    )


def _header(showings: Sequence[Showing]) -> Markup:
    outcomes = [outcome for showing in showings for outcome in showing.guarded.outcomes]
    counted = tally(outcomes)
    facts = [(str(len(showings)), "prompts"), (str(len(outcomes)), "pictures asked for")]
    facts += [(str(counted.get(status, 0)), status.value) for status in Status]
    return element(
        "header",
        element("h1", "Ethical-Lens"),
        element("p", LEAD, class_="lead"),
        element("ul", *(element("li", element("b", number), " ", name) for number, name in facts), class_="facts"),
    )


def _introduction() -> Markup:
    stages = (element("li", element("h3", name), element("p", text)) for name, text in STAGES)
    legend = (element("li", _status(status), " ", meaning) for status, meaning in LEGEND)
    return element(
        "section",
        element("h2", "What you are looking at"),
        element("ol", *stages, class_="stages"),
        element("ul", *legend, class_="legend"),
        class_="introduction",
    )


def _contents(showings: Sequence[Showing]) -> Markup:
    entries = (
        element("li", element("a", _scene_title(number, showing), href=f"#scene-{number}"))
        for number, showing in enumerate(showings, start=1)
    )
    return element("nav", element("ol", *entries), aria_label="Scenes")


def _scene(number: int, showing: Showing, policy: Policy) -> Markup:
    scene, guarded = showing.scene, showing.guarded
    return element(
        "article",
        element(
            "header",
            element("h2", _scene_title(number, showing)),
            element("p", _action(guarded.plan), element("q", scene.prompt), class_="prompt"),
            *([element("p", scene.point, class_="point")] if scene.point else []),
        ),
        element(
            "div",
            _side("Without the lens", "bare", showing.bare, policy),
            _side("Through the lens", "guarded", guarded, policy),
            class_="pair",
        ),
        element("ol", *(_step(step) for step in steps_of(guarded, policy)), class_="steps"),
        _details(guarded, policy),
        id=f"scene-{number}",
    )


def _scene_title(number: int, showing: Showing) -> str:
    return f"{number}. {showing.scene.title}"


def _side(title: str, kind: str, result: Result, policy: Policy) -> Markup:
    figures = (_figure(title, kind, outcome, result) for outcome in result.outcomes)
    return element("section", element("h3", title), element("div", *figures, class_="figures"), class_=kind)


def _figure(title: str, kind: str, outcome: Outcome, result: Result) -> Markup:
    guarded = kind == "guarded"
    chip = [_status(outcome.status)] if guarded or outcome.image is None else []
    said = attributes_of(outcome) if guarded else f"seed {outcome.shot.seed}" if outcome.shot else ""
    caption = join(*chip, " ", said)
    place = f"{title}, picture {outcome.index + 1} of {len(result.outcomes)}"
    shown = _withheld(outcome, place) if outcome.image is None else _picture(outcome.image, outcome, place)
    return element(
        "figure",
        shown,
        element("figcaption", caption),
        class_=outcome.status.value if guarded else "bare",
    )


def _picture(image: Image, outcome: Outcome, place: str) -> Markup:
    drawn_from = outcome.shot.draft.text if outcome.shot else ""
    return element(
        "img",
        src=data_url(image),
        alt=f"{place}, drawn from: {drawn_from}",
        width=str(image.width),
        height=str(image.height),
    )


def _withheld(outcome: Outcome, place: str) -> Markup:
    why = "Not drawn" if not outcome.attempts else "Withheld"
    reasons = ", ".join(outcome.reasons)
    return element(
        "div", element("span", why), class_="placeholder", role="img", aria_label=f"{place}: {why}, {reasons}"
    )


def _step(step: Step) -> Markup:
    return element(
        "li",
        element("h3", step.title),
        *(element("p", sentence) for sentence in step.sentences),
        *(_shares(share) for share in step.shares),
        *([element("ul", *map(_change, step.changes), class_="changes")] if step.changes else []),
        *([element("p", *_codes(step.codes), class_="codes")] if step.codes else []),
    )


def _shares(share: Mapping[str, Mapping[str, int]]) -> Markup:
    rows = [
        part
        for axis, counted in share.items()
        for part in (
            element("dt", axis),
            element("dd", *(element("span", element("b", str(count)), " ", value) for value, count in counted.items())),
        )
    ]
    return element("dl", *rows, class_="shares")


def _change(change: Change) -> Markup:
    parts: list[str] = [element("del", change.before)] if change.before else []
    if change.after:
        parts += [" → " if change.before else "", element("ins", change.after)]
    return element("li", *parts, f" {change.why}" if change.why else "")


def _codes(codes: Sequence[str]) -> list[Markup | str]:
    return [part for code in codes for part in (element("code", code), " ")]


def _details(result: Result, policy: Policy) -> Markup:
    """Return what happened picture by picture, and how to repeat it; folded until somebody opens it."""
    pictures = [_course(outcome, outcome.shot.draft.text, policy) for outcome in result.outcomes if outcome.shot]
    request = result.request
    options = ["-n", str(request.count), "--seed", str(request.seed), "--out", "pictures"]
    command = shlex.join(["ethical-lens", "generate", request.prompt, *options])
    return element(
        "details",
        element("summary", "Picture by picture" if pictures else "How to repeat it"),
        *([element("ol", *pictures)] if pictures else []),
        element("p", "Repeat it: ", element("code", command), class_="repeat"),
    )


def _course(outcome: Outcome, wording: str, policy: Policy) -> Markup:
    return element(
        "li",
        element("p", _status(outcome.status), " ", element("q", wording)),
        element("p", "; then ".join(course_of(outcome, policy)), class_="course"),
        value=str(outcome.index + 1),
    )


def _footer(showings: Sequence[Showing], origin: str) -> Markup:
    first = showings[0].guarded
    models = ", ".join(f"{role}: {name}" for role, name in first.models.items())
    return element(
        "footer",
        element("h2", "Limits"),
        element("ul", *(element("li", limit) for limit in (origin, *LIMITS))),
        element("p", f"Policy {first.policy}. Models: {models}. Seed {first.request.seed}.", class_="made"),
    )


def _status(status: Status) -> Markup:
    return element("span", status.value, class_=f"chip {status.value}")


def _action(plan: Plan) -> Markup:
    words = {Action.ALLOW: "allowed", Action.FLAG: "flagged", Action.REWRITE: "reworded", Action.BLOCK: "refused"}
    action = action_of(plan)
    return element("span", words.get(action, action.name.lower()), class_=f"chip {action.name.lower()}")
