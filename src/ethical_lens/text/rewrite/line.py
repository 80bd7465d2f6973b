"""The words of a prompt, with their places and a rough idea of what each is good for.

There is no tagger: small closed classes, endings and neighbours have to do. What is wrong here makes a wording clumsy,
never unsafe, since every candidate is judged again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ethical_lens.text.normalize import normalize
from ethical_lens.text.patterns import COMMA, END, split
from ethical_lens.text.syntax import Prompt
from ethical_lens.types import Span

Use = Literal["verb", "noun", "adjective"]


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


ARTICLES: Final = _listed("a an the")
DETERMINERS: Final = ARTICLES | _listed(
    "his her their its my your our this that these those some another each every no any two three four five several"
    " many few both all other various countless numerous"
)
PREPOSITIONS: Final = _listed(
    "with of in on at by for to from into onto over under around through against about near beside behind before after"
    " between among across along down up off inside outside within without above below beneath towards toward upon past"
    " during amid amidst next like as via out"
)
CONJUNCTIONS: Final = _listed("and or but while whilst as when then where who which because so")
AUXILIARIES: Final = _listed(
    "is are was were be been being am has have had having will would can could should must may might do does did get"
    " gets getting got gotten about not to"
)
PRONOUNS: Final = _listed(
    "he she it they him them her himself herself themselves itself someone somebody me us we i you"
)
FUNCTION_WORDS: Final = (
    DETERMINERS | PREPOSITIONS | CONJUNCTIONS | AUXILIARIES | PRONOUNS | _listed("very there that s")
)
_PLURALS: Final = _listed("men women people children police")
_MARKS: Final = frozenset({COMMA, END, ""})
_NOUNS_IN_ING: Final = _listed(
    "building painting evening morning ceiling wedding king ring spring string lighting drawing clothing engraving"
    " railing thing sling wing clearing crossing opening setting rendering sibling duckling pudding meeting beijing"
    " sterling parking living dining dressing swimming bowling"
)
_ADJECTIVES: Final = _listed(
    "red blue green black white grey gray brown yellow pink purple orange golden silver dark bright pale old young big"
    " small large huge tiny little tall short long thin thick wide narrow new fresh dirty clean rusty sharp blunt heavy"
    " light wet dry hot cold warm cool deep open empty full broken loaded raised drawn bare fake real plain rough"
    " smooth soft hard strong weak rich poor wild raw lone single final last first second great good bad ugly pretty"
    " fat slim loud quiet angry mad sad happy bloody muddy dusty foggy smoky icy snowy rainy stormy shiny dim gloomy"
    " grim nasty scary creepy crude mass public homemade hidden secret brutal violent giant massive enormous gigantic"
    " cheap expensive human male female naked nude severe extreme vile graphic explicit offensive political religious"
)
_ADJECTIVE_ENDINGS: Final = ("ous", "ful", "less", "ive", "ish", "able", "ible", "ed")
_VERBAL_LINKS: Final = _listed(
    "holding wearing carrying showing featuring wielding brandishing clutching gripping using having armed covered"
    " filled dripping drenched soaked stained smeared full bearing displaying depicting containing including swinging"
    " waving pointing aiming drawing making doing taking committing splattered spattered surrounded caused"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The words of a prompt."""

    words: Sequence[str]
    """Folded; marks as in ``patterns``; notation counts as the end of a sentence."""
    spans: Sequence[Span]
    """Place of each word in the original."""
    things: Collection[str]
    """Words known to name people or animals."""

    def inside(self, span: Span) -> list[int]:
        """Return the words that a span touches."""
        touched = (i for i, each in enumerate(self.spans) if each.start < span.end and span.start < each.end)
        return [index for index in touched if self.is_word(index)]

    def span(self, start: int, end: int) -> Span:
        """Return the place of a half-open range of words."""
        return Span(start=self.spans[start].start, end=self.spans[end - 1].end)

    def word(self, index: int) -> str:
        """Return the word at a place; the end of a sentence outside."""
        return self.words[index] if 0 <= index < len(self.words) else END

    def is_word(self, index: int) -> bool:
        """Tell whether there is a word, not a mark."""
        return self.word(index) not in _MARKS

    def is_content(self, index: int) -> bool:
        """Tell whether there is a word that says something by itself."""
        return self.is_word(index) and self.word(index) not in FUNCTION_WORDS

    def is_adjective(self, index: int) -> bool:
        """Tell whether the word there is most likely an adjective or a participle."""
        word = self.word(index)
        if word in self.things or not self.is_content(index):
            return False
        return word in _ADJECTIVES or (len(word) > 4 and word.endswith(_ADJECTIVE_ENDINGS))

    def is_action(self, index: int) -> bool:
        """Tell whether the word there is most likely a verb in "-ing"."""
        word = self.word(index)
        return len(word) > 4 and word.endswith("ing") and word not in _NOUNS_IN_ING and word.isalpha()

    def is_link(self, index: int) -> bool:
        """Tell whether the word there only ties something to somebody, like "holding" or "covered"."""
        return self.word(index) in _VERBAL_LINKS

    def has_object(self, index: int) -> bool:
        """Tell whether what begins there can be the object of a verb."""
        word = self.word(index)
        if word in DETERMINERS or word in PRONOUNS:
            return True
        acts = self.is_action(index) and not self.is_content(index + 1)
        return self.is_content(index) and not acts and not word.endswith("ly")

    def object(self, index: int) -> str:
        """Return the word that names the object beginning there, as far as can be told; "" for none."""
        named = ""
        for at in range(index, index + 6):
            word = self.word(at)
            if not self.is_word(at) or (word in PREPOSITIONS and word != "of") or word in CONJUNCTIONS:
                break
            if word in PRONOUNS or word in self.things or self.is_content(at):
                named = word
        return named

    def use(self, start: int, end: int, form: str) -> Use:
        """Return what a range of words is used as, were its first word a verb of the given form.

        Args:
            start: First word.
            end: One behind the last word.
            form: "base", "s", "past" or "ing".
        """
        before, follows = self.word(start - 1), self.is_content(end)
        if form == "adjective":
            return "noun" if before in DETERMINERS and not follows else "adjective"
        if before in DETERMINERS or self.is_adjective(start - 1):
            if form in ("ing", "past"):
                return "adjective" if follows else "noun" if before in DETERMINERS else "verb"
            return "noun" if before not in ("that", "who", "they", "all", "both") else "verb"
        if before in PREPOSITIONS and before not in ("to", "as", "while", "like", "about"):
            return "verb" if form == "ing" else "adjective" if form == "past" and follows else "noun"
        if not self.is_word(start - 1) and form == "past":
            return "adjective" if follows else "verb"
        if form in ("base", "s") and before not in AUXILIARIES | PRONOUNS | CONJUNCTIONS:
            plural = before.endswith("s") or before in _PLURALS
            agrees = self.is_word(start - 1) and plural is (form == "base")
            return "verb" if agrees and self.has_object(end) else "noun"
        return "verb"


def read(prompt: Prompt, things: Collection[str]) -> Line:
    """Return the words of a prompt; those that belong to its notation count as marks.

    Args:
        prompt: The prompt, parsed.
        things: Words known to name people or animals.
    """
    folded = normalize(prompt.text)
    found = split(folded.text)
    spans = [folded.span(start, end) for start, end in zip(found.starts, found.ends, strict=True)]
    barred = [(each.start, each.end) for each in prompt.segments if each.kind in ("syntax", "name")]
    words = [
        END if any(start < span.end and span.start < end for start, end in barred) and word.isalnum() else word
        for word, span in zip(found.words, spans, strict=True)
    ]
    return Line(words=words, spans=spans, things=things)
