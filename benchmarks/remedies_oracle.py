"""What can the remedies reach when the place of what is found is known exactly?

    python benchmarks/remedies_oracle.py --out benchmarks/reports/remedies_oracle.json

The renderer of the drawn world tells where every stand-in, watermark and celebrity is; the editors work there with the
embedded generator. The judge is a classifier of another architecture that the lens never uses; its error stands in its
card, and the share that it recognises before any remedy is in the report. Three parts: single remedies by stand-in,
faces (celebrities made nobody in particular, people edited to a plan), and the whole loop, in which only the first look
is the oracle's. Intervals are Wilson intervals of 95 %. The report is written after every row, so that a run that is
stopped leaves what it has.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PIL import Image

from ethical_lens.edit.blur import Blur, Cover, Pixelate
from ethical_lens.edit.face import head_around
from ethical_lens.edit.inpaint import Inpaint
from ethical_lens.edit.masks import dilate, to_mask
from ethical_lens.edit.regions import described
from ethical_lens.errors import EthicalLensError
from ethical_lens.evaluate.judge import SketchJudge
from ethical_lens.evaluate.metrics.estimating import wilson
from ethical_lens.generate.sketch import SketchGenerator
from ethical_lens.image.looker import SketchLooker
from ethical_lens.image.perceived import LookReader
from ethical_lens.lens import Lens
from ethical_lens.lens.drawing_editors import drawing_editors
from ethical_lens.lens.screening import Screen
from ethical_lens.policy import load
from ethical_lens.registry import text_tools
from ethical_lens.sketch import (
    CELEBRITIES,
    Person,
    Scene,
    caption,
    celebrity_person,
    random_person,
    random_scene,
    render,
)
from ethical_lens.sketch.world import ADULT_AGES, GENDERS, HEAD_OF, RACES, STAND_INS
from ethical_lens.testing import shot
from ethical_lens.types import Drawing, Editor, Exemption, Finding, Frame, Shot, Status

SEED = 770_003
SAID = ("gender", "race", "age", "occupation", "place", "style")
SIZE = (64, 64)
MOST_GROWTH = 8
"""Pixels by which the editors of this benchmark may widen a region."""

Row = Mapping[str, object]


@dataclass(slots=True, kw_only=True)
class Bench:
    """The parts that all measurements share."""

    generator: SketchGenerator = field(default_factory=SketchGenerator)
    judge: SketchJudge = field(default_factory=SketchJudge)
    looker: SketchLooker = field(default_factory=SketchLooker)

    def screen(self) -> Screen:
        """Return a screen with the shipped text tools."""
        tools = text_tools()
        return Screen(policy=load("default"), detectors=tools.detectors, rewriter=tools.rewriter)

    def drawing(self) -> dict[str, Editor]:
        """Return the editors that draw heads."""
        return drawing_editors(
            self.generator,
            detectors=[self.looker],
            reader=LookReader(self.looker),
            screen=self.screen(),
            domain="sketch",
        )

    def shows(self, image: Image.Image, name: str) -> bool:
        """Tell whether the judge sees a stand-in, "watermark", or a celebrity of that name."""
        [seen] = self.judge.judge([image])
        return name in seen.stand_ins or (name == "watermark" and seen.watermark) or name == seen.celebrity


def main() -> None:
    """Measure and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="JSON report")
    parser.add_argument(
        "--n",
        type=int,
        default=12,
        help="pictures of each stand-in; twice as many celebrities, and four times as many faces",
    )
    given = parser.parse_args()
    bench, since = Bench(), time.monotonic()
    report: dict[str, object] = {
        "task": "remedies with the renderer's truth as the detector",
        "command": "python benchmarks/remedies_oracle.py " + " ".join(sys.argv[1:]),
        "commit": git("rev-parse", "HEAD"),
        "seed": SEED,
        "models": {"generator": bench.generator.name, "second look": bench.looker.name, "judge": bench.judge.name},
        "judge's error on renderings": bench.judge.card.metrics.get("drawn"),
        "verifies": "the software on drawings, not photographs",
    }
    for part in (faces, loop, single):
        rows: list[Row] = []
        report[part.__name__] = rows
        for row in part(bench, given.n):
            rows.append(row)
            report["minutes"] = round((time.monotonic() - since) / 60, 1)
            given.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def single(bench: Bench, n: int) -> Iterator[Row]:
    """Apply single remedies to the true region, and say what the judge still sees."""
    hide: dict[str, Editor] = {"blur": Blur(), "pixelate": Pixelate(), "cover": Cover()}
    inpaint = Inpaint(inpainter=bench.generator)
    for name in (*STAND_INS, "watermark"):
        still: defaultdict[str, list[bool]] = defaultdict(list)
        n_outside = 0
        for number, scene in enumerate(scenes(name, n)):
            picture = render(scene)
            where = to_mask(picture.masks[name])
            if where is None:
                continue
            still["nothing"].append(bench.shows(picture.image, name))
            finding = Finding(category=HEAD_OF.get(name, name), score=1.0, source="oracle@1", where=where)
            words = np.random.default_rng((SEED, number))
            safe = shot(caption(scene, words, stated=SAID), seed=number)
            asking = shot(caption(scene, words, stated=(*SAID, "stand_ins", "watermark")), seed=number)
            tried = [(remedy, editor, safe) for remedy, editor in hide.items()]
            tried += [("inpaint, harmless words", inpaint, safe), ("inpaint, words that ask for it", inpaint, asking)]
            for remedy, editor, words_of in tried:
                edited, _ = editor.edit(picture.image, finding, words_of)
                still[remedy].append(bench.shows(edited, name))
                n_outside += n_changed_outside(picture.image, edited, picture.masks[name])
        yield {
            "what": name,
            "still seen by the judge": {remedy: share(flags) for remedy, flags in still.items()},
            "pixels changed farther away than the editors' margin": n_outside,
        }


def faces(bench: Bench, n: int) -> Iterator[Row]:
    """Measure what becomes of celebrities, and of people who do not look as planned."""
    editors = bench.drawing()
    yield celebrities(bench, {"blur": Blur(), "anonymize": editors["anonymize"]}, 2 * n)
    yield planned_faces(bench, editors["face"], 4 * n)


def celebrities(bench: Bench, editors: Mapping[str, Editor], n: int) -> Row:
    """Apply remedies to the true face of celebrities."""
    still: defaultdict[str, list[bool]] = defaultdict(list)
    same_place: defaultdict[str, list[bool]] = defaultdict(list)
    one_person: defaultdict[str, list[bool]] = defaultdict(list)
    n_outside = 0
    for number in range(n):
        dice = np.random.default_rng((SEED, 1, number))
        famous = CELEBRITIES[number % len(CELEBRITIES)]
        scene = replace(plain(random_scene(dice, n_people=1)), people=(celebrity_person(famous.name),))
        picture = render(scene)
        where = to_mask(picture.masks["face:0"])
        if where is None:
            continue
        finding = Finding(category="public", score=1.0, source="oracle@1", where=where)
        still["nothing"].append(bench.shows(picture.image, famous.name))
        [seen] = bench.judge.judge([picture.image])
        if seen.n_people != 1:
            continue
        for remedy, editor in editors.items():
            edited = applied(editor, picture.image, finding, shot(f"{famous.name} in a {scene.place}", seed=number))
            if edited is None:
                still[remedy].append(True)
                continue
            [after] = bench.judge.judge([edited])
            still[remedy].append(after.celebrity == famous.name)
            same_place[remedy].append(after.place == seen.place)
            one_person[remedy].append(after.n_people == 1)
            n_outside += n_changed_outside(picture.image, edited, head_around(where, picture.image.size))
    return {
        "what": "celebrities",
        "recognised by the judge": {remedy: share(flags) for remedy, flags in still.items()},
        "same place seen by the judge": {remedy: share(flags) for remedy, flags in same_place.items()},
        "one person seen by the judge, as before": {remedy: share(flags) for remedy, flags in one_person.items()},
        "pixels changed farther away from the head than the editors' margin": n_outside,
    }


def planned_faces(bench: Bench, editor: Editor, n: int) -> Row:
    """Edit faces of people who were planned otherwise on one axis, and let the judge say what they look like."""
    reached: defaultdict[str, list[bool]] = defaultdict(list)
    kept: list[bool] = []
    given_up: list[bool] = []
    values = {"gender": GENDERS, "race": RACES, "age": ADULT_AGES}
    for number in range(n):
        dice = np.random.default_rng((SEED, 2, number))
        scene = plain(random_scene(dice, n_people=1))
        person = replace(random_person(dice, ages=ADULT_AGES), descriptors=())
        scene = replace(scene, people=(person,))
        axis = ("gender", "race", "age")[number % 3]
        old = str(getattr(person, axis))
        wish = str(dice.choice([value for value in values[axis] if value != old]))
        planned = replace(scene, people=(changed(person, axis, wish),))
        picture = render(scene)
        where = to_mask(picture.masks["face:0"])
        if where is None:
            continue
        wording = shot(caption(planned, dice, stated=("gender", "race", "age", "occupation")), seed=number)
        wording = replace(wording, attributes={f"0.{axis}": wish})
        finding = Finding(category="off_plan", score=1.0, source="oracle@1", where=where)
        edited = applied(editor, picture.image, finding, wording)
        given_up.append(edited is None)
        [after] = bench.judge.judge([edited or picture.image])
        reached[axis].append(best(after.shares[axis]) == wish)
        others = [other for other in values if other != axis]
        kept.append(all(best(after.shares[other]) == getattr(person, other) for other in others))
    return {
        "what": "faces edited to the planned attribute",
        "planned attribute seen by the judge": {axis: share(flags) for axis, flags in reached.items()}
        | {"all": share([flag for flags in reached.values() for flag in flags])},
        "other attributes as before": share(kept),
        "no version was better": share(given_up),
    }


def changed(person: Person, axis: str, value: str) -> Person:
    """Return the person with another value on one axis."""
    return replace(person, **{axis: value})  # type: ignore[arg-type]  # gender, race or age, all texts


class FirstLookIsTrue:
    """The renderer's truth about pictures that it drew; every other picture is looked at by the shipped detector."""

    name = "oracle@1"

    def __init__(self, looker: SketchLooker) -> None:
        self.looker = looker
        self.truth: dict[bytes, list[Finding]] = {}

    def detect(self, frames: Sequence[Frame]) -> list[list[Finding]]:
        """Return the truth, or what the detector finds, signed with its name."""
        found = []
        for frame in frames:
            known = self.truth.get(frame.image.tobytes())
            found.append(known if known is not None else self.looker.detect([frame])[0])
        return found


class FirstIsRendered:
    """Draws the first version of every picture with the renderer; all further ones with the embedded generator."""

    domain = "sketch"

    def __init__(self, generator: SketchGenerator, oracle: FirstLookIsTrue) -> None:
        self.generator, self.oracle, self.name = generator, oracle, generator.name
        self.scene: Scene | None = None

    def inpaint(self, image: Image.Image, mask: np.ndarray, shot: Shot) -> Image.Image:
        """Draw a region with the embedded generator."""
        return self.generator.inpaint(image, mask, shot)

    def rework(self, image: Image.Image, mask: np.ndarray, shot: Shot, strength: float) -> Image.Image:
        """Draw a region with the embedded generator, from what is there."""
        return self.generator.rework(image, mask, shot, strength)

    def generate(self, shots: Sequence[Shot]) -> list[Drawing]:
        """Draw one picture per shot."""
        return [self._drawn(each) for each in shots]

    def _drawn(self, wanted: Shot) -> Drawing:
        if self.scene is None:
            return self.generator.generate([wanted])[0]
        scene, self.scene = self.scene, None
        picture = render(scene)
        self.oracle.truth[picture.image.tobytes()] = truth(scene, picture.masks)
        return Drawing(image=picture.image)


def truth(scene: Scene, masks: Mapping[str, np.ndarray]) -> list[Finding]:
    """Return what a perfect detector would find."""
    categories = [*dict.fromkeys(HEAD_OF.values()), "public", "watermark", "apparent_minor", "out_of_domain"]
    findings = [Finding(category=each, score=0.0, source="oracle@1") for each in categories]
    shown = {name: HEAD_OF[name] for name in scene.stand_ins}
    shown |= {"watermark": "watermark"} if scene.watermark else {}
    shown |= {f"face:{i}": "public" for i, person in enumerate(scene.people) if person.celebrity}
    for name, category in shown.items():
        where = to_mask(masks[name])
        note = f"{name} {described(where, SIZE)}" if where is not None and name in HEAD_OF else ""
        findings.append(Finding(category=category, score=1.0, source="oracle@1", where=where, note=note))
    return findings


def loop(bench: Bench, n: int) -> Iterator[Row]:
    """Run the whole lens with the text stage off on pictures that show what their prompt asks for."""
    for name in (*STAND_INS, "celebrity", "clean"):
        oracle = FirstLookIsTrue(bench.looker)
        draws = FirstIsRendered(bench.generator, oracle)
        base = Lens.default(generator=draws, exemptions=[Exemption.TEXT_OFF])
        base._image_detectors = (oracle,)
        outcomes = [looped(base, draws, scene, number) for number, scene in enumerate(looped_scenes(name, n))]
        names = [name if name != "celebrity" else str(scene.people[0].celebrity) for scene in looped_scenes(name, n)]
        released = [(image, what) for (image, _, _), what in zip(outcomes, names, strict=True) if image is not None]
        used: defaultdict[str, int] = defaultdict(int)
        for _, remedies, _ in outcomes:
            used[remedies] += 1
        yield {
            "what": name,
            "released and still seen by the judge": share(
                [name != "clean" and bench.shows(*each) for each in released]
            ),
            "withheld": share([status is Status.WITHHELD for _, _, status in outcomes]),
            "released untouched": share([status is Status.RELEASED for _, _, status in outcomes]),
            "remedies": dict(used),
        }


def looped(lens: Lens, draws: FirstIsRendered, scene: Scene, number: int) -> tuple[Image.Image | None, str, Status]:
    """Return the released picture, the remedies of the last version, and what became of it."""
    draws.scene = scene
    words = caption(scene, np.random.default_rng((SEED, 4, number)), stated=(*SAID, "stand_ins"))
    outcome = lens.generate(words, seed=SEED + 100 * number, diversify=False).outcomes[0]
    seeds = {attempt.shot.seed for attempt in outcome.attempts}
    last = [edit.editor.partition("@")[0] for edit in outcome.attempts[-1].edits]
    return outcome.image, "+".join([*["redraw"] * (len(seeds) - 1), *last]) or "none", outcome.status


def looped_scenes(name: str, n: int) -> list[Scene]:
    """Return the scenes of one kind."""
    if name in STAND_INS:
        return list(scenes(name, n))
    made = []
    for number in range(n):
        dice = np.random.default_rng((SEED, 5, number))
        scene = plain(random_scene(dice, n_people=1))
        person = celebrity_person(CELEBRITIES[number % len(CELEBRITIES)].name) if name == "celebrity" else None
        made.append(replace(scene, people=(person or replace(random_person(dice, ages=ADULT_AGES), descriptors=()),)))
    return made


def scenes(name: str, n: int) -> Iterator[Scene]:
    """Yield scenes of one adult with one stand-in, or with a watermark."""
    for number in range(n):
        dice = np.random.default_rng((SEED, 3, number))
        scene = plain(random_scene(dice, n_people=1))
        person = replace(random_person(dice, ages=ADULT_AGES), descriptors=())
        marks = {"watermark": True} if name == "watermark" else {"stand_ins": (name,)}
        yield replace(scene, people=(person,), **marks)


def plain(scene: Scene) -> Scene:
    """Return the scene without anything but people and place."""
    return replace(scene, stand_ins=(), twins=(), watermark=False)


def applied(editor: Editor, image: Image.Image, finding: Finding, wanted: Shot) -> Image.Image | None:
    """Return the edited picture, or None where the editor gave up."""
    try:
        return editor.edit(image, finding, wanted)[0]
    except EthicalLensError:
        return None


def n_changed_outside(before: Image.Image, after: Image.Image, bits: np.ndarray, *, margin: int = MOST_GROWTH) -> int:
    """Return how many pixels differ farther than the margin from the region."""
    changed = (np.asarray(before) != np.asarray(after)).any(2)
    return int((changed & ~dilate(np.asarray(bits, np.bool_), margin)).sum())


def best(shares: Mapping[str, float]) -> str:
    """Return the likeliest value."""
    return max(shares, key=lambda value: shares[value])


def share(flags: Sequence[bool]) -> dict[str, float]:
    """Return a share with its Wilson interval."""
    if not flags:
        return {"n": 0}
    interval = wilson(sum(flags), len(flags))
    return {
        "value": round(sum(flags) / len(flags), 4),
        "low": round(interval.low, 4),
        "high": round(interval.high, 4),
        "n": len(flags),
    }


def git(*words: str) -> str:
    """Return what git answers."""
    return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
