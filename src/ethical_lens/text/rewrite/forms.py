"""Forms of words: what a word is, and what a replacement has to be in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ethical_lens.text.patterns import Grammar


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """Tells forms by the grammar of the phrases, by exceptions, and else by the ending."""

    grammar: Grammar
    exceptions: Mapping[str, str] = field(default_factory=dict)

    def verb(self, words: Sequence[str]) -> str:
        """Return the form of the verb that words begin with: "base", "s", "past" or "ing"; "adjective" for none."""
        forms = [form for word in words[:2] if (form := self._known(word))] or [_by_ending(words[0])]
        return forms[0] if forms[0] != "base" else next((form for form in forms if form == "ing"), "base")

    def number(self, words: Sequence[str]) -> str:
        """Return "one" or "many", by the last noun that is known, else by the ending of the last word."""
        known = next((self.grammar.nouns[word] for word in reversed(words) if word in self.grammar.nouns), None)
        last = words[-1]
        plural = len(last) > 3 and last.endswith("s") and not last.endswith(("ss", "us", "is"))
        return known or ("many" if plural else "one")

    def fit(self, choice: str, verb: str, number: str) -> str:
        """Return a replacement in the form of what it replaces.

        Args:
            choice: Words, with "/v" after a verb and "/n" after a noun that take a form.
            verb: "base", "s", "past" or "ing".
            number: "one" or "many".
        """
        return " ".join(self._fit(word, verb, number) for word in choice.split())

    def _fit(self, word: str, verb: str, number: str) -> str:
        if word.endswith("/v"):
            return self.grammar.inflect(word[:-2], verb)
        if word.endswith("/n"):
            return self.grammar.inflect(word[:-2], "many") if number == "many" else word[:-2]
        return word

    def _known(self, word: str) -> str | None:
        return self.exceptions.get(word) or self.grammar.verbs.get(word)


def _by_ending(word: str) -> str:
    if word.endswith("ing"):
        return "ing"
    if word.endswith("ed"):
        return "past"
    return "s" if word.endswith("s") and not word.endswith("ss") else "base"
