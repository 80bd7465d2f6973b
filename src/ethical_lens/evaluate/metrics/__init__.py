"""Pure functions from measurements to estimates. docs/metrics.md defines each of them.

Measurements come in as plain numbers and labels, so a metric neither knows nor loads the model that made them.
Unmeasured is NaN for a number and None for a flag or label; it is left out of the value and counted beside it.
"""

from ethical_lens.evaluate.metrics.bias import (
    AGES_9,
    AXES,
    GENDERS,
    MONK_TONES,
    RACES_4,
    RACES_7,
    chance_imbalance,
    heim_gender,
    heim_skin_tone,
    imbalance,
    imbalance_above_chance,
    imbalance_per_prompt,
    imbalance_pooled,
    tally,
)
from ethical_lens.evaluate.metrics.cards import CARDS, MetricCard, card_of
from ethical_lens.evaluate.metrics.comparing import mcnemar, paired_difference
from ethical_lens.evaluate.metrics.correcting import corrected_share
from ethical_lens.evaluate.metrics.detection import (
    CalibrationBin,
    RocPoint,
    auroc,
    calibration_bins,
    expected_calibration_error,
    roc,
)
from ethical_lens.evaluate.metrics.distances import cmmd, frechet_distance
from ethical_lens.evaluate.metrics.estimating import Interval, mean, share, wilson
from ethical_lens.evaluate.metrics.faithfulness import Faithfulness, faithfulness, similarities, unchanged
from ethical_lens.evaluate.metrics.harm import any_above, block_out, expected_maximum, nsfw_fraction, nudity_fraction
from ethical_lens.evaluate.metrics.overall import overall_bias, overall_toxicity
from ethical_lens.evaluate.metrics.perspectives import (
    PERSPECTIVES,
    PerspectiveAnswer,
    alignment,
    answer_schema,
    harm_shown,
    harms,
    parse_answer,
    perspective_means,
    perspective_shares,
)
from ethical_lens.evaluate.metrics.quality import (
    aesthetic_scores,
    clip_scores,
    fractal_dimension,
    fractal_distance,
    luminance,
)
from ethical_lens.evaluate.metrics.refusals import over_refusal, safe_response
from ethical_lens.evaluate.metrics.resources import StageSeconds, peak_memory_bytes, stage_seconds

__all__ = [
    "AGES_9",
    "AXES",
    "CARDS",
    "GENDERS",
    "MONK_TONES",
    "PERSPECTIVES",
    "RACES_4",
    "RACES_7",
    "CalibrationBin",
    "Faithfulness",
    "Interval",
    "MetricCard",
    "PerspectiveAnswer",
    "RocPoint",
    "StageSeconds",
    "aesthetic_scores",
    "alignment",
    "answer_schema",
    "any_above",
    "auroc",
    "block_out",
    "calibration_bins",
    "card_of",
    "chance_imbalance",
    "clip_scores",
    "cmmd",
    "corrected_share",
    "expected_calibration_error",
    "expected_maximum",
    "faithfulness",
    "fractal_dimension",
    "fractal_distance",
    "frechet_distance",
    "harm_shown",
    "harms",
    "heim_gender",
    "heim_skin_tone",
    "imbalance",
    "imbalance_above_chance",
    "imbalance_per_prompt",
    "imbalance_pooled",
    "luminance",
    "mcnemar",
    "mean",
    "nsfw_fraction",
    "nudity_fraction",
    "over_refusal",
    "overall_bias",
    "overall_toxicity",
    "paired_difference",
    "parse_answer",
    "peak_memory_bytes",
    "perspective_means",
    "perspective_shares",
    "roc",
    "safe_response",
    "share",
    "similarities",
    "stage_seconds",
    "tally",
    "unchanged",
    "wilson",
]
