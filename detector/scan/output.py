"""Judged rows as bytes: each part on its own, and all parts as one file."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any, Protocol

from detector.errors import InputError
from detector.scan.judge import Judged, as_line, flat_cells, flat_header
from detector.scan.part import Table
from detector.scan.table import DELIMITERS, Format, packed
from detector.scan.text_rows import flat_lines

Extra = Mapping[str, Any]
"""What options add to a row, for instance its action."""


class Output(Protocol):
    """Writes one format."""

    def encode(self, judged: Sequence[Judged], extras: Sequence[Extra]) -> bytes:
        """Return the rows of a part, in the form that :meth:`begin` and :meth:`add` take."""

    def begin(self, stream: IO[bytes]) -> None:
        """Write what comes before the rows."""

    def add(self, piece: bytes) -> None:
        """Write the next part."""

    def end(self) -> None:
        """Write what comes after the rows."""


def output_of(table: Table, format: Format, extra_names: Sequence[str]) -> Output:
    """Return what writes a table.

    Args:
        table: what is read.
        format: what is written.
        extra_names: columns beyond those of every verdict.

    Raises:
        InputError: the format has no place for verdicts.
    """
    if format.name == "jsonl":
        return _Lines(format)
    if format.name in DELIMITERS:
        return _Flat(table, format, extra_names)
    if format.name == "xlsx":
        return _Workbook(table, extra_names)
    if format.is_columnar:
        return _Columns(table, format, extra_names)
    raise InputError(
        "unknown-format", "Plain lines have no place for a verdict; write {known}.",
        known="csv, tsv, jsonl, parquet, feather or xlsx",
    )  # fmt: skip


class _Text:
    """Pieces are the packed bytes of the file itself."""

    def __init__(self, format: Format) -> None:
        self._packing = format.packing
        self._stream: IO[bytes] | None = None

    def begin(self, stream: IO[bytes]) -> None:
        """Write nothing yet."""
        self._stream = stream

    def add(self, piece: bytes) -> None:
        """Write the next part."""
        assert self._stream is not None
        self._stream.write(piece)

    def end(self) -> None:
        """Write nothing more."""


class _Lines(_Text):
    def encode(self, judged: Sequence[Judged], extras: Sequence[Extra]) -> bytes:
        """Return lines of JSONL."""
        lines = (as_line(*one, extra) for one, extra in zip(judged, extras, strict=True))
        return packed(b"".join(lines), self._packing)


class _Flat(_Text):
    def __init__(self, table: Table, format: Format, extra_names: Sequence[str]) -> None:
        super().__init__(format)
        self._delimiter = DELIMITERS[format.name]
        self._header = table.header
        self._extra_names = extra_names

    def begin(self, stream: IO[bytes]) -> None:
        """Write the header."""
        super().begin(stream)
        header = flat_lines([flat_header(self._header, self._extra_names)], self._delimiter)
        self.add(packed(header, self._packing))

    def encode(self, judged: Sequence[Judged], extras: Sequence[Extra]) -> bytes:
        """Return lines of CSV or TSV."""
        rows = [
            flat_cells(self._header, one, extra, self._extra_names)
            for one, extra in zip(judged, extras, strict=True)
        ]
        return packed(flat_lines(rows, self._delimiter), self._packing)


class _Columns:
    """Pieces are record batches."""

    def __init__(self, table: Table, format: Format, extra_names: Sequence[str]) -> None:
        from detector.scan.columnar import schema_of

        self._format = format
        self._header = table.header
        self._extra_names = extra_names
        self._schema = schema_of(flat_header(table.header, extra_names), table.schema, extra_names)
        self._sink: Any = None

    def encode(self, judged: Sequence[Judged], extras: Sequence[Extra]) -> bytes:
        """Return a stream of one record batch."""
        from detector.scan.columnar import as_stream, record_batch

        rows = [
            _with_number(flat_cells(self._header, one, extra, self._extra_names), self._schema)
            for one, extra in zip(judged, extras, strict=True)
        ]
        return as_stream(record_batch(rows, self._schema))

    def begin(self, stream: IO[bytes]) -> None:
        """Open the file."""
        from detector.scan.columnar import ArrowSink

        self._sink = ArrowSink(stream, self._format.name, self._schema)

    def add(self, piece: bytes) -> None:
        """Write the next part."""
        from detector.scan.columnar import from_stream

        self._sink.write_batch(from_stream(piece))

    def end(self) -> None:
        """Write the rest and the end of the file."""
        self._sink.close()


class _Workbook:
    """Pieces are lines of JSON in which dates are named as such."""

    def __init__(self, table: Table, extra_names: Sequence[str]) -> None:
        self._header = table.header
        self._extra_names = extra_names
        self._names = flat_header(table.header, extra_names)
        self._sink: Any = None

    def encode(self, judged: Sequence[Judged], extras: Sequence[Extra]) -> bytes:
        """Return the rows of a part."""
        place = self._names.index("risk", len(self._header))
        lines = []
        for one, extra in zip(judged, extras, strict=True):
            cells = flat_cells(self._header, one, extra, self._extra_names)
            cells[place] = float(cells[place]) if cells[place] else None
            lines.append(json.dumps([_tagged(cell) for cell in cells]))
        return "\n".join(lines).encode()

    def begin(self, stream: IO[bytes]) -> None:
        """Open the workbook."""
        from detector.scan.columnar import ExcelSink

        self._sink = ExcelSink(stream, self._names)

    def add(self, piece: bytes) -> None:
        """Write the next part."""
        for line in piece.decode().split("\n"):
            if line:
                self._sink.write([_untagged(cell) for cell in json.loads(line)])

    def end(self) -> None:
        """Write the file."""
        self._sink.close()


def _with_number(cells: list[Any], schema: Any) -> list[Any]:
    place = schema.names.index("risk")
    cells[place] = float(cells[place]) if cells[place] else None
    return cells


_DATES = (datetime.datetime, datetime.date, datetime.time)


def _tagged(cell: Any) -> Any:
    if isinstance(cell, _DATES):
        return [type(cell).__name__, cell.isoformat()]
    if cell is None or isinstance(cell, (str, int, float)):
        return cell
    return json.dumps(cell, ensure_ascii=False, default=str)


def _untagged(cell: Any) -> Any:
    if isinstance(cell, list):
        kind = next(kind for kind in _DATES if kind.__name__ == cell[0])
        return kind.fromisoformat(cell[1])
    return cell


def write_table(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a table of texts and numbers as CSV, TSV or JSONL, by its ending.

    Raises:
        InputError: the ending is another, or the file cannot be written.
    """
    from detector.scan.table import format_of, writing
    from detector.scan.text_rows import dump

    format = format_of(name)
    if format.name != "jsonl" and format.name not in DELIMITERS:
        raise InputError(
            "unknown-format", "{name!r} is written as csv, tsv or jsonl; name it so.", name=name
        )
    with writing(name) as stream:
        if format.name == "jsonl":
            for cells in rows:
                stream.write(packed(dump(dict(zip(header, cells, strict=True))), format.packing))
            return
        delimiter = DELIMITERS[format.name]
        stream.write(packed(flat_lines([header], delimiter), format.packing))
        for cells in rows:
            stream.write(packed(flat_lines([cells], delimiter), format.packing))
