"""What the labels of a model mean in the words of a policy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ethical_lens.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Which category each label of a model stands for; nothing for those that are no harm."""

    categories: Mapping[str, str | None]
    """Label to category, None for one that is left out."""

    @property
    def named(self) -> tuple[str, ...]:
        """The categories, each once, in order."""
        return tuple(dict.fromkeys(each for each in self.categories.values() if each is not None))

    def scores(self, probabilities: Mapping[str, float], *, exclusive: bool) -> dict[str, float]:
        """Return the probability of each category.

        Args:
            probabilities: Label to probability.
            exclusive: Whether labels exclude each other, so that those of one category add up; else the highest counts.
        """
        scores = dict.fromkeys(self.named, 0.0)
        for label, category in self.categories.items():
            if category is not None:
                present = probabilities[label]
                scores[category] = scores[category] + present if exclusive else max(scores[category], present)
        return {category: min(1.0, score) for category, score in scores.items()}


def require_all_mapped(model: str, known: Iterable[str], mapping: Mapping[str, str | None]) -> Labels:
    """Return the mapping, after making sure that it speaks of every label of the model and of no other.

    Args:
        model: Name of the model, for the message.
        known: Its labels.
        mapping: Label to category; None, or an empty text, for a label that is no harm.

    Raises:
        ConfigurationError: If a label has no entry, an entry no label, or nothing is mapped to a category.
    """
    labels = list(known)
    unmapped = [label for label in labels if label not in mapping]
    if unmapped:
        raise ConfigurationError(
            f"{model} has labels without a category: {', '.join(map(repr, unmapped))}; map each to a category of the "
            "policy, or to nothing ('label: null') if it is no harm"
        )
    for label in mapping:
        if label not in labels:
            near = difflib.get_close_matches(label, labels, n=1)
            advice = f"did you mean {near[0]!r}?" if near else f"use these: {', '.join(map(repr, labels))}"
            raise ConfigurationError(f"{model} has no label {label!r}; {advice}")
    found = Labels(categories={label: mapping[label] or None for label in labels})
    if not found.named:
        raise ConfigurationError(f"no label of {model} is mapped to a category, so it would find nothing; map one")
    return found
