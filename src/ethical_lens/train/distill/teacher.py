"""A teacher labels texts; what it says is checked by form and by the lens, and what is doubtful is kept apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ethical_lens.errors import DetectionError
from ethical_lens.lens.measure import measure
from ethical_lens.lens.screening import Screen
from ethical_lens.policy import Policy, decide, grade, load
from ethical_lens.registry import text_tools
from ethical_lens.text.lexicon import Lexicon
from ethical_lens.text.rewrite import SpanRewriter
from ethical_lens.train.distill.labels import APART, LABELS, Label, Text, append_labels, read_labels
from ethical_lens.train.text.grammar import CATEGORIES
from ethical_lens.types import FAILURE, MINOR_SEXUAL, Action, Finding, Rewriter, Severity, Stage, TextDetector

EMBEDDED: Final = "embedded"
_CHUNK: Final = 64
_SECONDS: Final = 600.0
"""Time-out of one chunk; labelling has no user who waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Teacher:
    """What labels texts, and what checks it."""

    detector: TextDetector
    rewriter: Rewriter | None
    lens: Screen
    """Judges the teacher's rewrites, and its grades where the teacher is another than the lens itself."""
    is_lens: bool = False
    """Whether the teacher is the lens's own detector."""

    def label(self, texts: Sequence[Text], *, with_rewrites: bool) -> list[Label | None]:
        """Return a label for each text; None for those of which nothing is to be learned.

        Nothing is learned from texts about minors in a sexual context, which hard rules refuse. Where the teacher gave
        no answer, the label is that of the lens, kept apart.

        Args:
            texts: What to label.
            with_rewrites: Whether to ask for a harmless wording where the policy wants one.
        """
        plain = [each.text for each in texts]
        answers = measure([self.detector], plain, _SECONDS)
        seconds = answers if self.is_lens else measure(self.lens.detectors, plain, _SECONDS)
        labels = [
            self._label(text, answer, second) for text, answer, second in zip(texts, answers, seconds, strict=True)
        ]
        return self._with_rewrites(labels, answers) if with_rewrites else labels

    def _label(self, text: Text, answer: Sequence[Finding], second: Sequence[Finding]) -> Label | None:
        policy = self.lens.policy
        if any(each.category == MINOR_SEXUAL and each.score >= policy.label_threshold for each in (*answer, *second)):
            return None
        unanswered = any(each.category == FAILURE and each.score >= policy.label_threshold for each in answer)
        told = second if unanswered else answer
        found = grade(policy, told)
        reasons = ["the teacher gave no answer that can be used"] if unanswered else []
        if text.known is not None and (text.known > 0) != (found > 0):
            reasons.append(f"its author graded it K{text.known}")
        if not self.is_lens and (grade(policy, second) > 0) != (found > 0):
            reasons.append(f"the lens grades it {grade(policy, second).name}")
        category = foremost(told, found, policy.label_threshold)
        if found and not category:
            return None
        return Label(
            text=text.text,
            cluster=text.cluster,
            grade=int(found),
            category=category,
            known=text.known,
            apart=tuple(reasons),
        )

    def _with_rewrites(
        self, labels: Sequence[Label | None], answers: Sequence[Sequence[Finding]]
    ) -> list[Label | None]:
        return [
            label if label is None else self._with_rewrite(label, answer)
            for label, answer in zip(labels, answers, strict=True)
        ]

    def _with_rewrite(self, label: Label, answer: Sequence[Finding]) -> Label:
        """Add the teacher's best wording that the lens releases; keep the label apart where the lens releases none."""
        verdict = decide(self.lens.policy, Stage.TEXT, answer)
        if self.rewriter is None or verdict.action is not Action.REWRITE:
            return label
        fired = [finding for rule in verdict.fired for finding in rule.findings]
        try:
            offered = [text for text, _ in self.rewriter.rewrite(label.text, fired)]
        except DetectionError:
            return replace(label, apart=(*label.apart, "the teacher gave no wording that can be used"))
        if not offered:
            return label
        passing = [
            text
            for text, judged in zip(offered, self.lens.verdicts(offered), strict=True)
            if judged.action is Action.ALLOW
        ]
        if passing:
            return replace(label, rewrite=passing[0])
        return replace(label, apart=(*label.apart, "no wording of the teacher passes the lens"))


def foremost(findings: Sequence[Finding], severity: Severity, threshold: float) -> str:
    """Return the category that most speaks for a grade; empty where none that can be learned does.

    Args:
        findings: All measurements of one text.
        severity: The grade.
        threshold: Score from which on a category counts.
    """
    scores = {
        category: max(
            (each.score for each in findings if each.category == category and each.severity >= severity), default=0.0
        )
        for category in CATEGORIES
    }
    best = max(CATEGORIES, key=lambda category: scores[category])
    return best if severity > Severity.K0 and scores[best] >= threshold else ""


def open_teacher(name: str, policy: Policy | None = None) -> Teacher:
    """Return a teacher.

    Args:
        name: "embedded" for the lens's own scrutiny, else a language model as `chat_model` names it.
        policy: Its grades and rules; the default one if None.

    Raises:
        ConfigurationError: If there is no such model.
    """
    rules = policy or load("default")
    detector = text_tools().detectors[0]
    lens = Screen(policy=rules, detectors=(detector,))
    if name == EMBEDDED:
        # Candidates are not measured while they are looked for: the lens measures those that are offered.
        return Teacher(detector=detector, rewriter=SpanRewriter(Lexicon()), lens=lens, is_lens=True)
    # A language model is known only to those who ask for one.
    from ethical_lens.chat.choosing import chat_model
    from ethical_lens.text.judge import JudgeDetector, JudgeRewriter

    model = chat_model(name)
    return Teacher(detector=JudgeDetector(model), rewriter=JudgeRewriter(model), lens=lens)


def label_all(teacher: Teacher, texts: Sequence[Text], folder: Path, *, n_rewrites: int) -> tuple[int, int]:
    """Label texts into a folder; those that were labelled before are passed over.

    Args:
        teacher: The teacher.
        texts: What to label.
        folder: Gets ``labels.jsonl`` and ``apart.jsonl``.
        n_rewrites: Texts, from the first, for which a harmless wording is asked for.

    Returns:
        Number of labels to learn from, and of those kept apart.
    """
    done = {label.text for name in (LABELS, APART) for label in read_labels(folder / name)}
    for start in range(0, len(texts), _CHUNK):
        chunk = [each for each in texts[start : start + _CHUNK] if each.text not in done]
        labels = teacher.label(chunk, with_rewrites=start < n_rewrites) if chunk else []
        told = [label for label in labels if label is not None]
        append_labels(folder / LABELS, [label for label in told if not label.apart])
        append_labels(folder / APART, [label for label in told if label.apart])
    return len(read_labels(folder / LABELS)), len(read_labels(folder / APART))
