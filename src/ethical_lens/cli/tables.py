"""Tables of reports on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethical_lens.cli import output

if TYPE_CHECKING:
    from ethical_lens.evaluate.report.tables import Table


def show_table(table: Table) -> None:
    """Print a table of a report and the note below it."""
    from rich.text import Text

    shown = output.plain_table(*table.columns)
    for row in table.rows:
        shown.add_row(*(Text(output.one_line(str(cell))) for cell in row))
    output.show(shown, Text(table.note), "")
