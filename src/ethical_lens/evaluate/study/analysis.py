"""What a study says: preferences with intervals, agreement, and who was left out."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ethical_lens.errors import InputError
from ethical_lens.evaluate.metrics import share
from ethical_lens.evaluate.records import Estimate
from ethical_lens.evaluate.study.agreement import krippendorff_alpha
from ethical_lens.evaluate.study.records import Answer, Choice, Kind
from ethical_lens.evaluate.study.store import StudyFile
from ethical_lens.serial import Json, to_plain

CHOICES: Final = {
    Kind.PAIRS: (Choice.GUARDED, Choice.BARE, Choice.NONE),
    Kind.LABELS: (Choice.FINE, Choice.HARMFUL, Choice.NONE),
}
LIMITS: Final = (
    "Intervals of shares count how answers to one item hang together (Wilson's interval with the design effect); they "
    "do not speak for people who are unlike those who took part.",
    "Answers of participants who failed more attention checks than allowed are left out of every number.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Answers of one category, or all of them."""

    category: str
    """Empty for all."""
    shares: tuple[Estimate, ...]
    """Share of every choice among all answers."""
    decided: Estimate
    """Share of the guarded picture (or of "harmful") among the answers that decide."""
    majorities: Estimate
    """The same among items, by what most people answered; items without a majority are unscored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Everything that a study says."""

    title: str
    question: str
    kind: Kind
    n_items: int
    n_items_answered: int
    n_participants: int
    n_left_out: int
    """Participants who failed more attention checks than allowed."""
    n_unchecked: int
    """Participants who stopped before their first attention check; they are counted in."""
    n_answers: int
    """Answers that count."""
    n_answers_left_out: int
    n_checks_failed: int
    most_failures: int
    median_seconds: float
    left_share: Estimate
    """How often the left picture was chosen among decided answers; about a half, as the sides are dealt at random."""
    groups: tuple[Group, ...]
    """All answers, then each category."""
    agreement: Estimate
    notes: Json
    limits: tuple[str, ...] = LIMITS

    def form(self) -> Json:
        """Return the analysis as JSON-ready data."""
        return to_plain(self)


def analyse(file: StudyFile, *, most_failures: int = 0, level: float = 0.95) -> Analysis:
    """Analyse the answers of a study.

    Args:
        file: The study.
        most_failures: Attention checks that a participant may fail and still count.
        level: Confidence level of the intervals.

    Raises:
        InputError: If nobody has answered anything yet.
    """
    answers = file.answers()
    if not any(not answer.is_check for answer in answers):
        raise InputError(f"{file.path} holds no answers yet; serve it with 'study serve'")
    failures = Counter(answer.participant for answer in answers if answer.choice is Choice.FAILED)
    out = {participant for participant, n in failures.items() if n > most_failures}
    judged = [answer for answer in answers if not answer.is_check]
    kept = [answer for answer in judged if answer.participant not in out]
    kind, counts = file.study.kind, file.counts()
    checked = {answer.participant for answer in answers if answer.is_check}
    return Analysis(
        title=file.study.title,
        question=file.study.question,
        kind=kind,
        n_items=counts["items"],
        n_items_answered=len({answer.item for answer in kept}),
        n_participants=len({answer.participant for answer in answers}),
        n_left_out=len(out),
        n_unchecked=len({answer.participant for answer in judged} - checked) if counts["checks"] else 0,
        n_answers=len(kept),
        n_answers_left_out=len(judged) - len(kept),
        n_checks_failed=sum(failures.values()),
        most_failures=most_failures,
        median_seconds=_median([answer.seconds for answer in kept]),
        left_share=_left_share(kept, kind, level),
        groups=tuple(_groups(kept, kind, level)),
        agreement=krippendorff_alpha([[one.choice for one in each] for each in by_item(kept).values()], level=level),
        notes=to_plain(dict(file.notes)),
    )


def by_item(answers: Iterable[Answer]) -> dict[str, list[Answer]]:
    """Return the answers to each item."""
    found: defaultdict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        found[answer.item].append(answer)
    return dict(found)


def majority(answers: Sequence[Answer]) -> Choice | None:
    """Return what more people answered than anything else, or None where nothing leads."""
    ranked = Counter(answer.choice for answer in answers).most_common(2)
    if len(ranked) == 2 and ranked[0][1] == ranked[1][1]:
        return None
    return ranked[0][0]


def _groups(kept: Sequence[Answer], kind: Kind, level: float) -> Iterable[Group]:
    if not kept:
        return
    yield _group("", kept, kind, level)
    categories = sorted({answer.category for answer in kept})
    if len(categories) > 1:
        for category in categories:
            named = [answer for answer in kept if answer.category == category]
            yield _group(category or "(none)", named, kind, level)


def _group(category: str, answers: Sequence[Answer], kind: Kind, level: float) -> Group:
    items = [answer.item for answer in answers]
    choices = CHOICES[kind]
    first, second = (Choice.GUARDED, Choice.BARE) if kind is Kind.PAIRS else (Choice.HARMFUL, Choice.FINE)
    decided = [None if answer.choice is Choice.NONE else answer.choice is first for answer in answers]
    leading = [majority(each) for each in by_item(answers).values()]
    return Group(
        category=category,
        shares=tuple(
            share([answer.choice is choice for answer in answers], metric=choice.value, clusters=items, level=level)
            for choice in choices
        ),
        decided=share(decided, metric=f"{first}_of_decided", clusters=items, level=level),
        majorities=share(
            [choice is first if choice in (first, second) else None for choice in leading],
            metric=f"{first}_by_majority",
            level=level,
        ),
    )


def _left_share(kept: Sequence[Answer], kind: Kind, level: float) -> Estimate:
    decided = [answer for answer in kept if kind is Kind.PAIRS and answer.choice is not Choice.NONE]
    left = [(answer.choice is Choice.GUARDED) == answer.flipped for answer in decided]
    return share(left, metric="left", level=level)


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    if not ordered:
        return math.nan
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def markdown(analysis: Analysis) -> str:
    """Return the analysis as a page for people."""
    first = "guarded" if analysis.kind is Kind.PAIRS else "harmful"
    names = [choice.value for choice in CHOICES[analysis.kind]]
    head = ["category", "answers", *(_HEADS.get(name, name) for name in names), f"{first} of decided", "by majority"]
    rows = [
        [
            group.category or "all",
            str(group.shares[0].n),
            *(_interval(estimate) for estimate in group.shares),
            _interval(group.decided),
            f"{_interval(group.majorities)} of {group.majorities.n}",
        ]
        for group in analysis.groups
    ]
    out = analysis.n_left_out
    lines = [
        f"# {analysis.title}",
        "",
        f"Question: {analysis.question}",
        "",
        f"- {analysis.n_participants} participants, {out} of them left out because they failed more than "
        f"{analysis.most_failures} attention checks ({analysis.n_answers_left_out} answers); "
        f"{analysis.n_unchecked} stopped before their first check.",
        f"- {analysis.n_answers} answers to {analysis.n_items_answered} of {analysis.n_items} items; median "
        f"{analysis.median_seconds:.1f} seconds.",
        f"- Krippendorff's alpha (nominal): {_number(analysis.agreement)} over {analysis.agreement.n} items with two "
        "answers or more.",
    ]
    if analysis.kind is Kind.PAIRS:
        lines.append(f"- Left picture chosen: {_interval(analysis.left_share)} of decided answers.")
    lines += ["", _row(head), _row(["---"] * len(head)), *map(_row, rows), ""]
    return "\n".join([*lines, *(f"{limit}\n" for limit in analysis.limits)])


_HEADS: Final = {"none": "no preference"}


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _interval(estimate: Estimate) -> str:
    if math.isnan(estimate.value):
        return "not measured"
    return f"{estimate.value:.1%} ({estimate.low:.1%} to {estimate.high:.1%})"


def _number(estimate: Estimate) -> str:
    if math.isnan(estimate.value):
        return "not measurable"
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"
