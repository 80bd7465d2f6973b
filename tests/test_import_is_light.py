from __future__ import annotations

import subprocess
import sys

HEAVY = ("PIL", "diffusers", "numpy", "onnxruntime", "pydantic", "rich", "tokenizers", "torch", "transformers", "typer")


def modules_after(statement: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter holds after a statement."""
    program = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_import_loads_no_heavy_package() -> None:
    assert modules_after("import ethical_lens").isdisjoint(HEAVY)


def test_records_and_errors_load_no_heavy_package() -> None:
    assert modules_after("import ethical_lens.types, ethical_lens.errors").isdisjoint(HEAVY)
