"""A scan as one page for reading: counts, the worst messages, the rings behind them."""

from __future__ import annotations

from detector.scan.table import writing
from detector.scan.tally import ContactIndex, Tally


def write_report(
    path: str, tally: Tally, index: ContactIndex, source: str, *, is_masked: bool
) -> None:
    """Write the report of a scan, one self-contained HTML file.

    Args:
        path: file to write.
        tally: counts of all rows, with the gravest messages.
        index: contacts and sellers.
        source: name of the file that was scanned.
        is_masked: whether contacts are covered.

    Raises:
        InputError: the file cannot be written.
    """
    with writing(path) as stream:
        stream.write(f"<!doctype html><title>{tally.rows}</title>".encode())
