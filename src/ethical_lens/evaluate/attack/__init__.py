"""Red team: attacks on the lens around the embedded generator, and how often they succeed against which stage."""

from ethical_lens.evaluate.attack.folder import AttackFolder
from ethical_lens.evaluate.attack.methods import METHODS, Attack, attacks
from ethical_lens.evaluate.attack.running import attack
from ethical_lens.evaluate.attack.settings import AttackSettings
from ethical_lens.evaluate.attack.summary import AttackSummary, MethodResult, summarise
from ethical_lens.evaluate.attack.targets import Target, targets

__all__ = [
    "METHODS",
    "Attack",
    "AttackFolder",
    "AttackSettings",
    "AttackSummary",
    "MethodResult",
    "Target",
    "attack",
    "attacks",
    "summarise",
    "targets",
]
