"""``python -m ethical_lens.cli``."""

from __future__ import annotations

from ethical_lens.cli import main

main()
