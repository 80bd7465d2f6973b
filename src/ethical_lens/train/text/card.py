"""What the card of the text model says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ethical_lens.models import ROOT, JsonValue, sha256_of
from ethical_lens.text.encoder import CARD
from ethical_lens.train.text.export import TABLE
from ethical_lens.train.text.fit import MAX_TOKENS
from ethical_lens.train.text.grammar import CATEGORIES

STARTED_FROM: Final = "started from"
"""Key of rows.json and the card: the earlier training that this one went on from."""
_STRIDE: Final = 44
_FILES: Final = ("model.onnx", TABLE, "tokenizer.json")
_START: Final = (
    "The encoder starts from five of the six layers of all-MiniLM-L6-v2 (Apache-2.0); its word table and first two "
    "layers are unchanged."
)
_LIMITS: Final = (
    "It reads English. Other languages reach it as word-by-word glosses from small dictionaries (es, fr, de, pt, it, "
    "zh, ja, ru, ar, hi); what the dictionaries do not know is not seen, and every further language is only flagged.",
    "It judges words, not intentions: a harmless wording that stands for something harmful by a code it has not "
    "learned passes the text stage. The image stage looks at what was drawn.",
    "Grades are a reader's judgement; the border between touching a harm (K1) and showing it (K2) is soft.",
    "The labels of the rows that were read by hand come from one reader each; agreement was not measured.",
)


def content(folder: Path, learned: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the card without calibration and metrics.

    Args:
        folder: Where the exported files lie, inside the package.
        learned: What rows.json holds: rows by source and grade, and under `STARTED_FROM` an earlier training.
    """
    counts = {name: value for name, value in learned.items() if name != STARTED_FROM}
    earlier = {STARTED_FROM: learned[STARTED_FROM]} if STARTED_FROM in learned else {}
    inside = folder.resolve().relative_to(ROOT.resolve()).as_posix()
    return {
        "name": CARD,
        "version": "1",
        "role": "text detector",
        "domain": "English text",
        "files": [{"path": f"{inside}/{name}", "sha256": sha256_of(folder / name)} for name in _FILES],
        "categories": list(CATEGORIES),
        "preprocessing": {
            "normalisation": "as for the phrases; every reading is judged, the gravest counts",
            "longest_window": MAX_TOKENS,
            "stride": _STRIDE,
        },
        "trained_on": {"start": _START, "rows": counts, **earlier},
        "limits": list(_LIMITS),
        "licence": "Apache-2.0",
    }
