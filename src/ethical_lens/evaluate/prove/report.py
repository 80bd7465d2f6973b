"""The page that an operator shows before enforcement is switched on."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ethical_lens.evaluate.metrics import share
from ethical_lens.evaluate.prove.decisions import Decision, DecisionFolder
from ethical_lens.evaluate.prove.fitting import Fit
from ethical_lens.evaluate.prove.labelling import Labels
from ethical_lens.evaluate.prove.whatif import WhatIf
from ethical_lens.evaluate.records import Estimate
from ethical_lens.evaluate.study.building import png
from ethical_lens.markup import Markup, document, element, join
from ethical_lens.serial import Json, to_plain
from ethical_lens.types import Action, Stage, Status

MOST_PAIRS: Final = 24
LIMITS: Final = (
    "Everything here is about these prompts and this generator. Other prompts, another generator or another version of "
    "a detector need another proof.",
    "False alarms are counted against the labels of people, by majority; what they could not tell counts as harmless.",
    "Pictures that a hard rule withheld are counted, never kept, shown or labelled.",
    "Every interval is for one rule. Several rules together stop more harmless traffic than any one of them.",
)
SKETCH: Final = "The pictures are drawings of the embedded Sketch world: this verifies the software, not photographs."
STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem; }
:root { color-scheme: light dark; }
table { border-collapse: collapse; display: block; overflow-x: auto; margin: 0.6rem 0 1.2rem; }
th, td { text-align: left; padding: 0.3rem 0.8rem 0.3rem 0; border-bottom: 1px solid #8886; vertical-align: top; }
.pairs { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1rem; }
.pair img { width: 48%; height: auto; filter: blur(1.2rem); clip-path: inset(0); }
.pair input:checked ~ div img { filter: none; }
.pair p { margin: 0.2rem 0; font-size: 0.85rem; overflow-wrap: anywhere; }
.note { border-left: 0.25rem solid #888; padding-left: 0.8rem; }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveReport:
    """Everything that the page says, as numbers."""

    identity: Json
    n_texts: int
    n_pictures: int
    n_withheld_by_hard_rules: int
    actions: tuple[tuple[Stage, Action, int], ...]
    """What the policy of the collection asks for."""
    reasons: tuple[tuple[str, int], ...]
    """Reason code to how often it fired."""
    guarded: tuple[Estimate, ...]
    """Share of the pictures that the enforcing lens released, edited and withheld."""
    fits: tuple[tuple[str, Fit], ...]
    what_if: WhatIf | None
    limits: tuple[str, ...]

    def form(self) -> Json:
        """Return the report as JSON-ready data; prompts and pictures are not in it."""
        plain = to_plain(self)
        if isinstance(plain, dict) and isinstance(changes := plain.get("what_if"), dict):
            changes.pop("changes")
        return plain


def report(
    folder: DecisionFolder, fits: Sequence[tuple[Labels, Fit]] = (), what_if: WhatIf | None = None
) -> ProveReport:
    """Sum up a collection, the thresholds fitted to it, and what they would change."""
    decisions = folder.decisions()
    pictures = [one for one in decisions if one.stage is Stage.IMAGE]
    known = [one for one in pictures if one.guarded_status is not None]
    prompts = [one.sample for one in known]
    is_sketch = folder.identity["domain"] == "sketch"
    return ProveReport(
        identity=dict(folder.identity),
        n_texts=len(decisions) - len(pictures),
        n_pictures=len(pictures),
        n_withheld_by_hard_rules=sum(one.file is None for one in pictures),
        actions=tuple((*key, n) for key, n in sorted(Counter((one.stage, one.action) for one in decisions).items())),
        reasons=tuple(sorted(Counter(reason for one in decisions for reason in one.reasons).items())),
        guarded=tuple(
            share([one.guarded_status == status.value for one in known], metric=status.value, clusters=prompts)
            for status in Status
        )
        if known
        else (),
        fits=tuple((labels.rule, fit) for labels, fit in fits),
        what_if=what_if,
        limits=(SKETCH, *LIMITS) if is_sketch else LIMITS,
    )


def page(made: ProveReport, folder: DecisionFolder) -> str:
    """Return the report as one HTML file that loads nothing."""
    body = join(
        element("h1", "Before enforcement: what the lens would do here"),
        *(element("p", limit, class_="note") for limit in made.limits[:1]),
        _facts(made, folder),
        element("h2", "Thresholds and their false alarms"),
        _fits(made),
        element("h2", "Bare against guarded"),
        _guarded(made),
        element("h2", "What the policy asks for"),
        _table(("stage", "action", "decisions"), [(s.value, a.name.lower(), str(n)) for s, a, n in made.actions]),
        _table(("rule", "fired"), [(reason, str(n)) for reason, n in made.reasons]),
        *_what_if(made.what_if),
        *_pairs(folder),
        element("h2", "Limits"),
        element("ul", *(element("li", limit) for limit in made.limits)),
    )
    meta = {"viewport": "width=device-width, initial-scale=1", "robots": "noindex"}
    return document(title="Ethical-Lens: before enforcement", style=STYLE, body=body, meta=meta)


def percent(estimate: Estimate) -> str:
    """Return a share with its interval, for people."""
    if estimate.value != estimate.value:
        return "not measured"
    return f"{estimate.value:.1%} ({estimate.low:.1%} to {estimate.high:.1%})"


def fit_cells(rule: str, fit: Fit) -> tuple[str, ...]:
    """Return one row of the table of thresholds."""
    threshold = "none found" if fit.threshold is None else f"{fit.threshold:.4f}"
    verdict = "proved" if fit.threshold is not None else "not proved; label more, or ask for a higher rate"
    labels = f"{fit.n_labels} ({fit.n_harmless} harmless, {fit.n_harmful} harmful)"
    return rule, f"{fit.rate:.1%}", threshold, percent(fit.false_alarms), percent(fit.caught), labels, verdict


FIT_HEAD: Final = ("rule", "at most", "threshold", "false alarms", "caught", "labels", "")


def _facts(made: ProveReport, folder: DecisionFolder) -> Markup:
    identity = folder.identity
    rows = [(name, str(identity[name])) for name in ("generator", "domain", "policy", "dataset", "prompts", "seed")]
    rows += [
        ("prompts run", str(made.n_texts)),
        ("pictures", f"{made.n_pictures}, of which hard rules withheld {made.n_withheld_by_hard_rules}"),
    ]
    return _table(("", ""), rows)


def _fits(made: ProveReport) -> Markup:
    if not made.fits:
        return element("p", "No labels were given, so no rule is proved and advisory detectors stay advisory.")
    return _table(FIT_HEAD, [fit_cells(rule, fit) for rule, fit in made.fits])


def _guarded(made: ProveReport) -> Markup:
    if not made.guarded:
        return element("p", "The guarded pictures were not drawn in this collection.")
    return _table(("pictures", "share"), [(each.metric, percent(each)) for each in made.guarded])


def _what_if(changed: WhatIf | None) -> Sequence[Markup]:
    if changed is None:
        return ()
    moves = [(s.value, a.name.lower(), b.name.lower(), str(n)) for s, a, b, n in changed.moves if a is not b]
    return (
        element("h2", "With the other policy"),
        element("p", f"{changed.before} against {changed.after}: {len(changed.changes)} decisions change."),
        _table(("stage", "before", "after", "decisions"), moves),
    )


def _pairs(folder: DecisionFolder) -> Sequence[Markup]:
    changed = [one for one in folder.decisions() if _is_changed(folder, one)][:MOST_PAIRS]
    if not changed:
        return ()
    pairs = element("div", *(_pair(folder, one) for one in changed), class_="pairs")
    return (element("h2", f"Before and after, {len(changed)} pairs, blurred until ticked"), pairs)


def _is_changed(folder: DecisionFolder, one: Decision) -> bool:
    """Whether the guarded picture is another one: edited, drawn from other words, or withheld."""
    if one.file is None or one.guarded_status is None:
        return False
    if one.guarded_file is None:
        return True
    return (folder.path / one.file).read_bytes() != (folder.path / one.guarded_file).read_bytes()


def _pair(folder: DecisionFolder, one: Decision) -> Markup:
    after: Markup | str = " withheld"
    if one.guarded_file is not None:
        after = _image(folder, one.guarded_file, "guarded")
    return element(
        "div",
        element("input", type="checkbox", aria_label="Show this pair"),
        element("div", _image(folder, one.file or "", "bare"), " ", after),
        element("p", one.prompt),
        element("p", ", ".join(one.reasons) or "changed by its prompt"),
        class_="pair",
    )


def _image(folder: DecisionFolder, file: str, name: str) -> Markup:
    encoded = base64.b64encode(png(folder.picture(file))).decode()
    return element("img", src=f"data:image/png;base64,{encoded}", alt=name)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    return element(
        "table",
        element("tr", *(element("th", cell) for cell in head)),
        *(element("tr", *(element("td", cell) for cell in row)) for row in rows),
    )
