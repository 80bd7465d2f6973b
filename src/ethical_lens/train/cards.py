"""Write model cards, and bring the sha256 in them up to date: ``python -m ethical_lens.train.cards NAME...``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from ethical_lens.models import ROOT, JsonValue, parse_card, sha256_of


def write_card(path: Path, content: Mapping[str, JsonValue], *, root: Path = ROOT) -> None:
    """Check a card, fill in the sha256 of its files, and write it.

    Args:
        path: The JSON file.
        content: Its fields; the sha256 of a file may be missing or out of date.
        root: Folder that the paths of the files are relative to.

    Raises:
        FileNotFoundError: If a file of the card is missing.
        ValueError: If it is not a card.
    """
    files = content.get("files", [])
    if not isinstance(files, list):
        raise ValueError(f"files must be a list, got {files!r}")
    fresh = [{"path": each["path"], "sha256": sha256_of(root / each["path"])} for each in files]
    whole = {**content, "files": fresh}
    parse_card(whole, root=root)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(path)


def main(arguments: list[str] | None = None) -> int:
    """Bring the named cards up to date."""
    parser = argparse.ArgumentParser(prog="python -m ethical_lens.train.cards", description=__doc__)
    parser.add_argument("name", nargs="+", help="name of a card in ethical_lens/cards, without .json")
    for name in parser.parse_args(arguments).name:
        path = ROOT / "cards" / f"{name}.json"
        write_card(path, json.loads(path.read_text(encoding="utf-8")))
        sys.stdout.write(f"{name}: up to date\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
