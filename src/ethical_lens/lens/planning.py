"""From a screened prompt to the shots: finding people, dealing what is open, wording it, screening that again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, runtime_checkable

from ethical_lens.lens.deadline import within
from ethical_lens.lens.screening import Screen, Screening
from ethical_lens.people.analyze import why_nobody
from ethical_lens.people.compose import Composition, composition
from ethical_lens.people.ledger import Grant, Ledger
from ethical_lens.people.plan import deal_plan, deal_plan_with, of_record
from ethical_lens.people.wording import Words
from ethical_lens.types import Author, Draft, Exemption, PeopleAnalyzer, PersonGroup, Plan, Request, Shot

_ADULTS_ONLY: Final = frozenset({"sexual", "minor_sexual", "illegal", "self_harm"})
"""With the slightest signal of one of these, stages under 18 are never dealt."""

SEED_BITS: Final = 32


@runtime_checkable
class TokenLimited(Protocol):
    """A generator whose text encoder cuts prompts off."""

    @property
    def max_tokens(self) -> int:
        """Longest prompt in tokens, marks included."""
        ...

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text, marks included."""
        ...


class Composer(Protocol):
    """Words dealt attributes into a prompt, as the rules of `people.compose.composition` do."""

    @property
    def name(self) -> str:
        """Name and version, "name@version"."""
        ...

    def compose(
        self,
        text: str,
        groups: Sequence[PersonGroup],
        attributes: Mapping[str, str],
        axis_words: Words,
        *,
        token_limit: int | None = None,
        count_tokens: Callable[[str], int] | None = None,
        with_record: bool = False,
    ) -> Composition:
        """Return the composed text, the changes, and the attributes that it says."""
        ...


@runtime_checkable
class Explaining(Protocol):
    """An analyzer that can say why it found nobody."""

    def explained(self, text: str) -> tuple[list[PersonGroup], tuple[str, ...]]:
        """Return the groups in a text, and in sentences why there are none; no sentence where it speaks of nobody."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Plans requests."""

    screen: Screen
    analyzer: PeopleAnalyzer | None = None
    composer: Composer | None = None
    """Words what is dealt; None uses the rules."""
    limit: TokenLimited | None = None
    ledger: Ledger | None = None
    """Evens out over requests what is dealt; None deals every request by itself."""
    exemptions: frozenset[Exemption] = field(default_factory=frozenset)

    def plan(self, request: Request) -> Plan:
        """Return what would be drawn for a request, and why. A ledger is not asked, so nothing is counted.

        Raises:
            PromptError: If the prompt or negative prompt cannot be read.
            SteeringError: If the negative prompt steers towards harm.
        """
        return replace(self, ledger=None).reserve(request)[0]

    def reserve(self, request: Request) -> tuple[Plan, Grant | None]:
        """Return what will be drawn for a request, and what the ledger holds for it until it is settled.

        Raises:
            PromptError: If the prompt or negative prompt cannot be read.
            SteeringError: If the negative prompt steers towards harm.
        """
        if request.negative_prompt:
            self.screen.require_harmless_exclusion(request.negative_prompt)
        [screening] = self.screen.screen([request.prompt])
        if screening.used is None:
            return Plan(request=request, drafts=screening.drafts, groups=None, shots=()), None
        groups, notes = self._find_people(screening.used.text)
        hands, grant, why_not = self._deal(request, screening, groups)
        worded, fallen_back = self._composed(screening.used, groups or (), hands)
        shots = tuple(
            Shot(
                index=index,
                draft=draft,
                seed=shot_seed(request.seed, index, 0),
                attributes=attributes,
                width=request.width,
                height=request.height,
                negative_prompt=request.negative_prompt,
            )
            for index, (draft, attributes) in enumerate(worded)
        )
        plan = Plan(
            request=request,
            drafts=screening.drafts,
            groups=groups,
            shots=shots,
            notes=(*notes, *why_not, *fallen_back),
            ledger=grant.counts if grant else None,
        )
        return plan, grant

    def groups_of(self, text: str) -> tuple[PersonGroup, ...] | None:
        """Return the people that a text speaks of, or None when nothing could look for them."""
        return self._find_people(text)[0]

    def _find_people(self, text: str) -> tuple[tuple[PersonGroup, ...] | None, tuple[str, ...]]:
        analyzer = self.analyzer
        if analyzer is None:
            return None, ()
        try:
            return within(
                self.screen.policy.seconds["detector"], lambda: _people_of(analyzer, text), step=analyzer.name
            )
        except Exception as error:  # noqa: BLE001 - without an analysis nothing is dealt, and the result says so
            return None, (f"nothing was dealt, because the people in the prompt could not be found: {error}",)

    def _deal(
        self, request: Request, screening: Screening, groups: Sequence[PersonGroup] | None
    ) -> tuple[list[dict[str, str]], Grant | None, tuple[str, ...]]:
        nothing: list[dict[str, str]] = [{} for _ in range(request.count)]
        policy = self.screen.policy
        off = {Exemption.BARE, Exemption.SHADOW, Exemption.DIVERSIFY_OFF} & self.exemptions
        if not groups:
            return nothing, None, ()
        if off or not policy.diversify or not request.diversify:
            return nothing, None, ("nothing was dealt, because diversifying is switched off",)
        findings = [finding for draft in screening.drafts for finding in draft.verdict.findings]
        no_minors = any(each.category in _ADULTS_ONLY and each.score != 0 for each in findings)
        hands, grant = self._dealt(request, groups, no_minors=no_minors)
        if policy.assert_record is None:
            return hands, grant, ()
        record = of_record(groups, request.count, request.seed, policy.axes, confidence=policy.assert_record)
        return [{**said, **hand} for said, hand in zip(record, hands, strict=True)], grant, ()

    def _dealt(
        self, request: Request, groups: Sequence[PersonGroup], *, no_minors: bool
    ) -> tuple[list[dict[str, str]], Grant | None]:
        axes = self.screen.policy.axes
        if self.ledger is None:
            return deal_plan(groups, request.count, request.seed, axes, no_minors=no_minors), None
        return deal_plan_with(
            self.ledger, request.tenant, groups, request.count, request.seed, axes, no_minors=no_minors
        )

    def _composed(
        self, screened: Draft, groups: Sequence[PersonGroup], hands: Sequence[Mapping[str, str]]
    ) -> tuple[list[tuple[Draft, Mapping[str, str]]], tuple[str, ...]]:
        """Word every hand; where the wording does not pass, fall back to the screened one with nothing dealt."""
        made = [self._composition(screened.text, groups, hand) if hand else None for hand in hands]
        texts = list(dict.fromkeys(each.text for each in made if each and each.text != screened.text))
        verdicts = dict(zip(texts, self.screen.verdicts(texts) if texts else [], strict=True))
        worded: list[tuple[Draft, Mapping[str, str]]] = []
        refused = 0
        for each in made:
            verdict = verdicts.get(each.text) if each else None
            if each is None or verdict is None:
                worded.append((screened, {}))
            elif self.screen.releases(verdict):
                draft = Draft(text=each.text, author=Author.COMPOSER, verdict=verdict, changes=each.changes)
                worded.append((draft, each.attributes))
            else:
                worded.append((screened, {}))
                refused += 1
        note = f"{refused} composed wordings did not pass the screen, so the screened wording was used instead"
        return worded, (note,) if refused else ()

    def _composition(self, text: str, groups: Sequence[PersonGroup], hand: Mapping[str, str]) -> Composition:
        policy = self.screen.policy
        words = {name: axis.words for name, axis in policy.axes.items()}
        limit = self.limit.max_tokens if self.limit else None
        count = self.limit.count_tokens if self.limit else None

        def worded(compose: Callable[..., Composition]) -> Composition:
            return compose(
                text,
                groups,
                hand,
                words,
                token_limit=limit,
                count_tokens=count,
                with_record=policy.assert_record is not None,
            )

        composer = self.composer
        if composer is not None:
            try:
                return within(policy.seconds["rewriter"], lambda: worded(composer.compose), step=composer.name)
            except Exception:  # noqa: BLE001 - the rules word it where the composer fails
                return worded(composition)
        return worded(composition)


def _people_of(analyzer: PeopleAnalyzer, text: str) -> tuple[tuple[PersonGroup, ...], tuple[str, ...]]:
    """Return the people that a text speaks of, and where there are none, why."""
    if isinstance(analyzer, Explaining):
        groups, why = analyzer.explained(text)
        return tuple(groups), why
    [groups] = analyzer.analyze([text])
    return tuple(groups), () if groups else why_nobody(text)


def shot_seed(seed: int, index: int, attempt: int) -> int:
    """Return the seed of one attempt at one image.

    The first attempt uses ``seed + index``, as other tools number a batch, so that a picture can be drawn again alone;
    later ones are hashed, so that they meet no neighbour's.
    """
    if attempt == 0:
        return (seed + index) % (1 << SEED_BITS)
    text = f"{seed}/{index}/{attempt}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=SEED_BITS // 8).digest())
