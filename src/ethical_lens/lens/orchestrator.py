"""The lens: everything between a request and its result."""

from __future__ import annotations

import os
import secrets
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ethical_lens import registry
from ethical_lens.errors import InputError
from ethical_lens.image.locate import Locator
from ethical_lens.image.perceived import PersonReader
from ethical_lens.lens.cascade import with_second_opinion
from ethical_lens.lens.drawing_editors import drawing_editors
from ethical_lens.lens.editing import Workshop
from ethical_lens.lens.fixing import Fixed, Fixer
from ethical_lens.lens.hard import HardFinding, ReportHook, hard_reasons, without_places
from ethical_lens.lens.looking import Look
from ethical_lens.lens.plan_check import PlanCheck, minors, wanted
from ethical_lens.lens.planning import SEED_BITS, Composer, Planner, TokenLimited
from ethical_lens.lens.previewing import PreviewJudge
from ethical_lens.lens.redrawing import Reviser
from ethical_lens.lens.remedy import Seconds, Studio, Tick
from ethical_lens.lens.reports import FaceReport, ImageReport, TextReport, regions_of, scores_of
from ethical_lens.lens.screening import Screen, Screening
from ethical_lens.lens.scrutiny import require_scrutiny, with_text_only
from ethical_lens.people.ledger import Ledger, settle
from ethical_lens.policy import Policy, grade, load
from ethical_lens.types import (
    Action,
    Draft,
    Editor,
    Exemption,
    Frame,
    Generator,
    ImageDetector,
    Inpainter,
    Outcome,
    PeopleAnalyzer,
    Plan,
    Request,
    Result,
    Rewriter,
    Stage,
    Status,
    TextDetector,
    Verdict,
)

if TYPE_CHECKING:
    from PIL.Image import Image

    from ethical_lens.audit import AuditLog
    from ethical_lens.generate.preview import EarlyStop
    from ethical_lens.lens.guard import GuardedGenerator, GuardedPipeline
    from ethical_lens.lens.safety_checker import SafetyChecker

MOST_IMAGES: Final = 1000
"""Largest number of images in one request."""
OUT_OF_DOMAIN: Final = "out_of_domain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a request has come."""

    stage: str
    """ "screen", "plan", "generate", "look" or "remedy"."""
    done: int
    total: int


class Lens:
    """Stands around a text-to-image model: screens what goes in, looks at what comes out.

    Nothing is drawn unscreened, nothing is released unseen, and whatever fails withholds the image it concerns. The
    detectors measure, the policy decides.

    Args:
        policy: What is done about what is measured.
        generator: What draws.
        text_detectors: Every prompt is measured by all of them.
        negative_detectors: Every negative prompt is measured by all of them; without any, all are refused.
        image_detectors: Every image is measured by all of them.
        analyzer: Finds people; None leaves every prompt undiversified.
        composer: Words what is dealt to people; None uses the rules.
        rewriter: Proposes safe wordings; None refuses what the policy wants rewritten.
        editors: Name to editor, as the policy names them.
        locator: Finds the place of what was found without one; None leaves that to the detectors.
        person_reader: Perceives the people in planned pictures; None leaves them as they were drawn.
        report_hook: Whom to tell of hard findings; by default what the policy names.
        audit: Log that gets one line per request; a request whose line cannot be written fails.
        ledger: Evens out over requests, per tenant, what is dealt; None balances every request by itself.
        exemptions: Named modes in which part of the lens is off; stamped on every result.

    Raises:
        ConfigurationError: If no image detector judges the kind of picture that is drawn, and images are judged.

    Example:
        >>> lens = Lens.default()
        >>> lens.check_text(["a killer whale under the northern lights"])[0].action.name
        'ALLOW'
    """

    def __init__(
        self,
        *,
        policy: Policy,
        generator: Generator,
        text_detectors: Sequence[TextDetector],
        image_detectors: Sequence[ImageDetector],
        negative_detectors: Sequence[TextDetector] = (),
        analyzer: PeopleAnalyzer | None = None,
        composer: Composer | None = None,
        rewriter: Rewriter | None = None,
        editors: Mapping[str, Editor] | None = None,
        locator: Locator | None = None,
        person_reader: PersonReader | None = None,
        report_hook: ReportHook | None = None,
        audit: AuditLog | None = None,
        ledger: Ledger | None = None,
        exemptions: Collection[Exemption] = (),
    ) -> None:
        self.policy = policy
        self.generator = generator
        self.exemptions = with_text_only(policy, exemptions)
        require_scrutiny(generator.domain, image_detectors, policy, self.exemptions)
        self._text_detectors = tuple(text_detectors)
        self._negative_detectors = tuple(negative_detectors)
        self._image_detectors = tuple(image_detectors)
        self._analyzer = analyzer
        self._composer = composer
        self._rewriter = rewriter
        self._editors = dict(editors or {})
        self._locator = locator
        self._person_reader = person_reader
        self._report_hook = report_hook or _hook_of(policy)
        self._audit = audit
        self._ledger = ledger

    @classmethod
    def default(
        cls,
        *,
        policy: str | os.PathLike[str] | Policy = "default",
        generator: str | Generator = "sketch",
        audit: AuditLog | None = None,
        ledger: Ledger | None = None,
        exemptions: Collection[Exemption] = (),
    ) -> Lens:
        """Return a lens with the parts that the package ships; models are loaded at their first use.

        Args:
            policy: Name of a shipped policy, path of a YAML file, or a policy.
            generator: Name of a registered generator, or a generator.
            audit: Log for the requests.
            ledger: Evens out over requests what is dealt.
            exemptions: Parts that are switched off.

        Raises:
            PolicyError: If the policy is refused.
            ConfigurationError: If there is no generator of that name.
        """
        rules = policy if isinstance(policy, Policy) else load(policy)
        draws = registry.generator(generator) if isinstance(generator, str) else generator
        tools = registry.text_tools(opted_out=rules.opt_out)
        detectors = registry.image_detectors()
        return cls(
            policy=rules,
            generator=draws,
            text_detectors=with_second_opinion(tools.detectors, rules),
            negative_detectors=tools.negative_detectors,
            image_detectors=detectors,
            analyzer=registry.analyzer(),
            rewriter=tools.rewriter,
            editors=registry.editors(draws if isinstance(draws, Inpainter) else None),
            locator=registry.locator(),
            person_reader=registry.person_reader(detectors),
            audit=audit,
            ledger=ledger,
            exemptions=exemptions,
        )

    @classmethod
    def from_config(cls, path: str | os.PathLike[str]) -> Lens:
        """Return the lens that a configuration file describes; see ``docs/configuration.md``.

        Args:
            path: The YAML file.

        Raises:
            ConfigFileError: If the file cannot be used; the message names the line, and what to write instead.
            PolicyError: If the policy that it names is refused.
            MissingExtraError: If a part needs an extra that is not installed.
        """
        from ethical_lens.lens.configured import lens_from_config

        return lens_from_config(path)

    def replacing(self, *, generator: Generator | None = None, exemptions: Collection[Exemption] | None = None) -> Lens:
        """Return a lens that shares every other part with this one."""
        draws = generator or self.generator
        editors = self._editors
        if generator is not None:
            editors = {**editors, **registry.editors(draws if isinstance(draws, Inpainter) else None)}
            if not isinstance(draws, Inpainter):
                editors = {name: editor for name, editor in editors.items() if name != "inpaint"}
        return Lens(
            policy=self.policy,
            generator=draws,
            text_detectors=self._text_detectors,
            negative_detectors=self._negative_detectors,
            image_detectors=self._image_detectors,
            analyzer=self._analyzer,
            composer=self._composer,
            rewriter=self._rewriter,
            editors=editors,
            locator=self._locator,
            person_reader=self._person_reader,
            report_hook=self._report_hook,
            audit=self._audit,
            ledger=self._ledger,
            exemptions=self.exemptions if exemptions is None else exemptions,
        )

    @property
    def models(self) -> Mapping[str, str]:
        """Role to the "name@version" of what plays it."""
        parts: dict[str, str] = {"generator": self.generator.name}
        parts |= {f"text.{index}": each.name for index, each in enumerate(self._text_detectors)}
        parts |= {f"image.{index}": each.name for index, each in enumerate(self._image_detectors)}
        if self._analyzer:
            parts["people"] = self._analyzer.name
        if self._composer:
            parts["composer"] = self._composer.name
        if self._rewriter:
            parts["rewriter"] = self._rewriter.name
        return parts

    @property
    def advisors(self) -> frozenset[str]:
        """Image detectors, as "name@version", whose findings only advise until they are proved."""
        return self._look.advisors

    def check_text(self, texts: Sequence[str]) -> list[TextReport]:
        """Return what the lens says of texts, without drawing anything.

        Raises:
            PromptError: If a text cannot be read at all.
        """
        return [self._text_report(text, each) for text, each in zip(texts, self._screen.screen(texts), strict=True)]

    def check_images(self, frames: Sequence[Frame]) -> list[ImageReport]:
        """Return what the lens says of images that exist already."""
        verdicts = self._look.verdicts(frames, [False] * len(frames))
        return [self._image_report(frame, verdict) for frame, verdict in zip(frames, verdicts, strict=True)]

    def fix_images(self, frames: Sequence[Frame], *, last_resort: Sequence[str] = ()) -> list[Fixed]:
        """Return images that exist already with what was found in them hidden; each is looked at again.

        Args:
            frames: Images, which are not changed.
            last_resort: Editors that are tried after those of the policy: "blur", "pixelate", "cover".
        """
        hiding = {name: editor for name, editor in registry.editors(None).items() if name in self._editors}
        workshop = Workshop(
            policy=self.policy,
            editors={} if Exemption.EDIT_OFF in self.exemptions else hiding,
            domain=self.generator.domain,
            locator=self._locator,
        )
        fixer = Fixer(look=self._look, workshop=workshop, last_resort=last_resort)
        fixed = [fixer.fixed(frame) for frame in frames]
        for frame, each in zip(frames, fixed, strict=True):
            self._tell(each.verdicts[-1], uuid.uuid4().hex, image=frame.image)
        return fixed

    def on_hard_finding(
        self, callback: Callable[[HardFinding], object], *, with_image: bool = False, seconds: float = 10.0
    ) -> Lens:
        """Return a lens that tells the operator when a hard rule fired, for a duty to report; nothing else changes.

        Args:
            callback: Gets the result's id and the reason codes. What it returns or raises changes no decision.
            with_image: Whether it also gets the picture, which nobody else keeps.
            seconds: How long is waited for it.
        """
        lens = self.replacing()
        lens._report_hook = ReportHook(callback=callback, with_image=with_image, seconds=seconds)
        return lens

    def plan(self, request: Request) -> Plan:
        """Return what would be drawn for a request, and why.

        Raises:
            InputError: If the request cannot be used.
        """
        _require_usable(request)
        return self._planner.plan(request)

    def generate(
        self,
        prompt: str,
        *,
        count: int = 1,
        seed: int | None = None,
        negative_prompt: str | None = None,
        diversify: bool = True,
        tags: Sequence[str] = (),
        tenant: str = "",
    ) -> Result:
        """Draw images for a prompt; see :meth:`run`.

        Args:
            prompt: The user's words.
            count: Number of images.
            seed: Whole number from 0 on; None draws one, which the result's request tells.
            negative_prompt: What the generator is told to avoid.
            diversify: Whether to deal attributes that the prompt leaves open.
            tags: Labels for the audit log.
            tenant: Whose pictures the ledger balances together, where one is used.
        """
        return self.run(
            Request(
                prompt=prompt,
                count=count,
                seed=secrets.randbits(SEED_BITS) if seed is None else seed,
                negative_prompt=negative_prompt,
                diversify=diversify,
                tags=tuple(tags),
                tenant=tenant,
            )
        )

    def run(self, request: Request, *, on_progress: Callable[[Progress], None] | None = None) -> Result:
        """Screen, plan, shoot, look, remedy, and release or withhold.

        Args:
            request: What is asked for.
            on_progress: Told how far it has come.

        Returns:
            One outcome per image asked for, and everything that led to it.

        Raises:
            InputError: If the request cannot be used; nothing was drawn.
            AuditError: If the audit log cannot be written; nothing is released.
        """

        def tick(stage: str, done: int, total: int) -> None:
            if on_progress is not None:
                on_progress(Progress(stage=stage, done=done, total=total))

        since = time.perf_counter()
        seconds: Seconds = defaultdict(float)
        result_id = uuid.uuid4().hex
        tick("plan", 0, 1)
        _require_usable(request)
        plan, grant = self._planner.reserve(request)
        released: list[int] = []
        try:
            seconds["plan"] = time.perf_counter() - since
            tick("plan", 1, 1)
            outcomes = self._outcomes(plan, tick, seconds, result_id)
            dealt = {shot.index for shot in plan.shots if shot.attributes}
            released = [each.index for each in outcomes if each.status is not Status.WITHHELD and each.index in dealt]
        finally:
            if self._ledger is not None and grant is not None:
                settle(self._ledger, grant, released)
        seconds["total"] = time.perf_counter() - since
        result = Result(
            id=result_id,
            request=request,
            policy=self.policy.title,
            models=self.models,
            plan=plan,
            outcomes=tuple(outcomes),
            seconds=dict(seconds),
            exemptions=tuple(sorted(self.exemptions)),
        )
        if self._audit is not None:
            self._audit.append(result, model_digests=registry.model_digests(self.models.values()))
        return result

    def guard(
        self, generator: object, *, domain: str = "photograph", early_stop: EarlyStop | None = None
    ) -> GuardedGenerator | GuardedPipeline:
        """Return something that is called like a generator or diffusers pipeline, with this lens around it.

        Args:
            generator: The generator or pipeline; it is used as it is, never copied or changed.
            domain: Kind of picture that a pipeline draws; generators tell their own.
            early_stop: When to look at pictures while a diffusers pipeline draws them; None looks at finished ones.

        Raises:
            ConfigurationError: If it is neither, or cannot be stopped early although that is asked for.
        """
        from ethical_lens.lens.guard import guard

        return guard(self, generator, domain=domain, early_stop=early_stop)

    def safety_checker(self, *, domain: str = "photograph") -> SafetyChecker:
        """Return what takes the place of the safety checker of a Stable Diffusion pipeline.

        Args:
            domain: Kind of picture that the pipeline draws.
        """
        from ethical_lens.lens.safety_checker import SafetyChecker

        return SafetyChecker(self.would_release, domain)

    def would_release(self, frames: Sequence[Frame]) -> list[bool]:
        """Tell for each image that exists already whether it would be released as it is."""
        return [self._look.releases(report.verdict) for report in self.check_images(frames)]

    def preview_judge(self, *, generator: str, domain: str) -> PreviewJudge:
        """Return what judges pictures that are still being drawn.

        Args:
            generator: What draws them, as "name@version".
            domain: Kind of picture that it draws.
        """
        return PreviewJudge(look=replace(self._look, generator=generator), domain=domain)

    def _outcomes(self, plan: Plan, tick: Tick, seconds: Seconds, result_id: str) -> list[Outcome]:
        if not plan.shots:
            verdict = plan.verdict
            self._tell(verdict, result_id, tenant=plan.request.tenant)
            return [_refused(index, verdict) for index in range(plan.request.count)]
        return self._studio.develop(plan.request, plan.shots, tick, seconds, result_id=result_id)

    def _tell(self, verdict: Verdict, result_id: str, *, tenant: str = "", image: Image | None = None) -> None:
        """Tell the operator of a hard finding, if this is one and somebody wants to know."""
        reasons = hard_reasons(verdict)
        if self._report_hook is not None and reasons:
            self._report_hook.tell(
                HardFinding(
                    result_id=result_id,
                    stage=verdict.stage,
                    index=None,
                    reasons=reasons,
                    policy=self.policy.title,
                    tenant=tenant,
                    image=image,
                )
            )

    def _text_report(self, text: str, screening: Screening) -> TextReport:
        verdict = screening.drafts[0].verdict
        milder = self._milder(screening)
        return TextReport(
            text=text,
            verdict=verdict,
            action=verdict.action if screening.used is not None else Action.BLOCK,
            label=grade(self.policy, verdict.findings),
            scores=scores_of(self.policy, Stage.TEXT, verdict.findings),
            rewritten=milder.text if milder else None,
            changes=milder.changes if milder else (),
            groups=self._planner.groups_of(text),
            public_figure=any(
                finding.category == "public_figure" and finding.score >= self.policy.label_threshold
                for finding in verdict.findings
            ),
            message=verdict.message,
        )

    def _milder(self, screening: Screening) -> Draft | None:
        rewritten = screening.used if screening.used is not screening.drafts[0] else None
        return rewritten or screening.offered

    def _image_report(self, frame: Frame, verdict: Verdict) -> ImageReport:
        if hard_reasons(verdict):
            self._tell(verdict, uuid.uuid4().hex, image=frame.image)
            verdict = without_places(verdict)
        scores = scores_of(self.policy, Stage.IMAGE, verdict.findings)
        foreign = (scores.get(OUT_OF_DOMAIN) or 0.0) >= 1.0
        finders = [each for each in self._image_detectors if isinstance(each, registry.FaceFinder)]
        faces = [
            FaceReport(box=face.box, score=face.score)
            for finder in finders
            for face in ([] if foreign else finder.look([frame])[0].faces)
        ]
        return ImageReport(
            verdict=verdict,
            scores=scores,
            regions=regions_of(verdict.findings),
            faces=tuple(faces) if finders and not foreign else None,
            looked=not foreign,
        )

    @cached_property
    def _screen(self) -> Screen:
        return Screen(
            policy=self.policy,
            detectors=self._text_detectors,
            negative_detectors=self._negative_detectors,
            rewriter=None if Exemption.REWRITE_OFF in self.exemptions else self._rewriter,
            exemptions=self.exemptions,
        )

    @cached_property
    def _look(self) -> Look:
        return Look(policy=self.policy, detectors=self._image_detectors, exemptions=self.exemptions)

    @cached_property
    def _planner(self) -> Planner:
        limit = self.generator if isinstance(self.generator, TokenLimited) else None
        return Planner(
            screen=self._screen,
            analyzer=self._analyzer,
            composer=self._composer,
            limit=limit,
            ledger=self._ledger,
            exemptions=self.exemptions,
        )

    @cached_property
    def _studio(self) -> Studio:
        return Studio(
            generator=self.generator,
            reviser=Reviser(screen=self._screen),
            # A proof is about one generator's pictures; what is only checked may come from anywhere.
            look=replace(self._look, generator=self.generator.name, detectors=self._planned_detectors()),
            workshop=Workshop(
                policy=self.policy,
                editors={} if Exemption.EDIT_OFF in self.exemptions else self._all_editors(),
                domain=self.generator.domain,
                locator=self._locator,
            ),
            exemptions=self.exemptions,
            hook=self._report_hook,
        )

    def _planned_detectors(self) -> tuple[ImageDetector, ...]:
        """Return what looks at planned pictures; whether they follow the plan, only if the policy asks."""
        reader = self._person_reader
        if reader is None or not wanted(self.policy):
            return self._image_detectors
        return (*self._image_detectors, PlanCheck(reader=reader, minors=minors(self.policy)))

    def _all_editors(self) -> dict[str, Editor]:
        if not isinstance(self.generator, Inpainter):
            return self._editors
        drawing = drawing_editors(
            self.generator,
            detectors=self._image_detectors,
            reader=self._person_reader,
            screen=self._screen,
            domain=self.generator.domain,
        )
        return {**drawing, **self._editors}


def _hook_of(policy: Policy) -> ReportHook | None:
    """Return the hook that a policy names; one that is not there refuses to start, since a duty hangs on it."""
    if policy.report_hook is None:
        return None
    return ReportHook(callback=registry.factory(registry.REPORT_HOOKS, policy.report_hook))


def _refused(index: int, verdict: Verdict) -> Outcome:
    return Outcome(
        index=index,
        status=Status.WITHHELD,
        image=None,
        attempts=(),
        reasons=verdict.reasons,
        message=verdict.message,
        retryable=any(reason.endswith(".failure") for reason in verdict.reasons),
    )


def _require_usable(request: Request) -> None:
    if not isinstance(request.count, int) or not 1 <= request.count <= MOST_IMAGES:
        raise InputError(f"count has to be a whole number from 1 to {MOST_IMAGES}, got {request.count!r}")
    if not isinstance(request.seed, int) or request.seed < 0:
        raise InputError(f"seed has to be a whole number from 0 on, got {request.seed!r}")
    for name in ("width", "height"):
        side = getattr(request, name)
        if side is not None and (not isinstance(side, int) or side < 1):
            raise InputError(f"{name} has to be a whole number of pixels from 1 on, got {side!r}")
