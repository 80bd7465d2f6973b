"""Reports of runs: one HTML file that opens anywhere, Markdown, JSON and CSV."""

from ethical_lens.evaluate.report.writing import Written, write_report

__all__ = ["Written", "write_report"]
