"""Training of heads on image embeddings: split by source, one fit for all, calibration, joint thresholds, card."""

from ethical_lens.train.heads.fit import Settings, fit_heads

__all__ = ["Settings", "fit_heads"]
