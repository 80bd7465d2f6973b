"""Appends to a log, in a process of its own: writer.py FOLDER ID_PREFIX N_ENTRIES N_CHARACTERS [N_BYTES_OF_DISK]."""

from __future__ import annotations

import resource
import runpy
import sys
from pathlib import Path

from ethical_lens.audit import AuditLog

made_up_result = runpy.run_path(str(Path(__file__).with_name("made_up.py")))["made_up_result"]


def main() -> None:
    folder, prefix, n_entries, n_characters, *disk = sys.argv[1:]
    log = AuditLog(folder, retention="text", fsync=False)
    if disk:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(disk[0]), int(disk[0])))
    for number in range(int(n_entries)):
        log.append(made_up_result(f"{prefix}-{number}", prompt="p" * int(n_characters)))
        print(number, flush=True)


if __name__ == "__main__":
    main()
