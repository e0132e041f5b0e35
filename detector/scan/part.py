"""Cuts a table into parts that can be read apart from each other, in order, each once."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from detector.scan.judge import Columns, demand_columns, guessed
from detector.scan.table import COLUMNAR, DELIMITERS, Format, Piece, Row, Source, reading
from detector.scan.text_rows import FlatReader, JsonlReader, reader_of

ROWS = 2_000
"""Rows of a part: a second or some of work, so that little is lost when a scan is stopped."""
BYTES = 4_000_000
"""Bytes of a part, where rows are long."""
_GUESSED_FROM = 100


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a table that follow each other.

    Attributes:
        number: from 0.
        row: number of its first row, from 1.
        rows: how many rows it has; as good as known for all but streams.
        place: start and end, as offsets in bytes; for columnar tables the number of the row
            group or batch and of the first row in it.
        line: lines of the file before it.
        cells: its rows, where only one process can read them, in order.
        share: how much of the table is read at its end, 0 to 1; None when that is not known.
    """

    number: int
    row: int
    rows: int
    place: tuple[int, int] = (0, 0)
    line: int = 0
    cells: tuple[Row, ...] | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it will be read: what a process needs besides a part of it."""

    name: str
    format: Format
    encoding: str
    header: list[str]
    schema: Any = None
    """Of a columnar table, a ``pyarrow.Schema``."""
    columns: Columns = field(default_factory=Columns)


@contextmanager
def cut(
    name: str, format: Format, columns: Columns, encoding: str | None, *, is_flat: bool
) -> Iterator[tuple[Table, Iterator[Part]]]:
    """Open a table; yield what is known of it, and its parts as they are asked for.

    Args:
        name: file, ``-`` for standard input.
        format: of the file.
        columns: those that were named; the others are guessed.
        encoding: of the text; None for UTF-8, or UTF-16 with its mark.
        is_flat: whether the output needs one header for all rows.

    Raises:
        InputError: it cannot be read, or lacks a column.
    """
    if format.name in COLUMNAR:
        # Libraries of a hundred milliseconds, loaded by those who need them.
        from detector.scan.columnar import cut_columns

        with cut_columns(name, format.name, ROWS) as (schema, pieces):
            columns = guessed(columns, schema.names)
            demand_columns(schema.names, columns, name)
            yield Table(name, format, "utf-8", schema.names, schema, columns), _numbered(pieces)
        return
    with ExitStack() as stack:
        source = stack.enter_context(reading(name, format.packing, encoding))
        header: list[str] = []
        if format.name in DELIMITERS:
            flat = FlatReader(source.stream, DELIMITERS[format.name], name, source.encoding)
            columns = guessed(columns, flat.header)
            demand_columns(flat.header, columns, name)
            table = Table(name, format, source.encoding, flat.header, None, columns)
            yield table, _flat_parts(table, flat, source)
            return
        if format.name == "lines":
            table = Table(name, format, source.encoding, ["text"], None, guessed(columns, ["text"]))
            demand_columns(table.header, table.columns, name)
            yield table, _text_parts(table, source)
            return
        if name != "-":
            header = _names_of(name, format, encoding, all_rows=is_flat)
            columns = guessed(columns, header)
        elif is_flat:
            table, parts = _stream_with_header(name, format, source, columns)
            yield table, parts
            return
        table = Table(name, format, source.encoding, header, None, columns)
        yield table, _text_parts(table, source)


def rows_of(table: Table, part: Part) -> Iterator[Row]:
    """Yield the rows of a part, wherever it is read."""
    if part.cells is not None:
        yield from part.cells
        return
    if table.format.name in COLUMNAR:
        from detector.scan.columnar import read_columns

        yield from read_columns(table.name, table.format.name, part.place, part.rows)
        return
    start, end = part.place
    with Path(table.name).open("rb") as stream:
        stream.seek(start)
        content = stream.read(end - start)
    yield from reader_of(
        io.BytesIO(content), table.format.name, table.name, table.encoding, table.header, part.line
    )


def _numbered(pieces: Iterator[Piece]) -> Iterator[Part]:
    row = 1
    for number, (place, rows, cells, share) in enumerate(pieces):
        yield Part(number, row, rows, place, cells=cells, share=share)
        row += rows


def _flat_parts(table: Table, reader: FlatReader, source: Source) -> Iterator[Part]:
    start = reader.start
    if source.has_places:
        yield from _placed(table, reader.places(), start, Path(table.name).stat().st_size)
    else:
        yield from _read_ahead(iter(reader))


def _text_parts(table: Table, source: Source) -> Iterator[Part]:
    reader = reader_of(source.stream, table.format.name, table.name, source.encoding)
    if source.has_places:
        size = Path(table.name).stat().st_size
        yield from _placed(table, reader.places(), (0, 0), size)
    else:
        yield from _read_ahead(iter(reader))


def _placed(
    table: Table, places: Iterator[tuple[int, int]], start: tuple[int, int], size: int
) -> Iterator[Part]:
    """Yield parts that end where a row ends."""
    number, row, rows, (begin, line) = 0, 1, 0, start
    end = begin
    last = line
    for reached, lines in places:
        # Several rows may end at one place (empty lines and what follows): never between them.
        if (rows >= ROWS and reached != end) or (end - begin >= BYTES and reached != end):
            yield Part(number, row, rows, (begin, end), line, share=end / size)
            number, row, rows, begin, line = number + 1, row + rows, 0, end, last
        rows += 1
        end, last = reached, lines
    if rows:
        yield Part(number, row, rows, (begin, end), line, share=1.0)


def _read_ahead(rows: Iterator[Row]) -> Iterator[Part]:
    """Yield parts with their rows: only this process can read the stream."""
    number, first = 0, 1
    while cells := tuple(islice(rows, 1_000)):
        yield Part(number, first, len(cells), cells=cells)
        number, first = number + 1, first + len(cells)


def _names_of(name: str, format: Format, encoding: str | None, *, all_rows: bool) -> list[str]:
    """Return the fields that occur in JSONL, in order of appearance."""
    with reading(name, format.packing, encoding) as again:
        rows = iter(JsonlReader(again.stream, again.encoding))
        seen = rows if all_rows else islice(rows, _GUESSED_FROM)
        return list(dict.fromkeys(field for row in seen for field in row.fields))


def _stream_with_header(
    name: str, format: Format, source: Source, columns: Columns
) -> tuple[Table, Iterator[Part]]:
    """Return JSONL of a stream as a flat table.

    It cannot be read twice: the first batch tells the fields, and a row that brings a new one
    later is refused rather than cut.
    """
    parts = _read_ahead(iter(JsonlReader(source.stream, source.encoding)))
    first = next(parts, None)
    seen = first.cells if first is not None and first.cells is not None else ()
    header = list(dict.fromkeys(field for row in seen for field in row.fields))
    table = Table(name, format, source.encoding, header, None, guessed(columns, header))

    def told() -> Iterator[Part]:
        if first is not None:
            yield first
        for part in parts:
            kept = tuple(_without_surplus(row, header, len(seen)) for row in part.cells or ())
            yield replace(part, cells=kept)

    return table, told()


def _without_surplus(row: Row, header: list[str], first: int) -> Row:
    surplus = sorted(set(row.fields).difference(header))
    if not surplus:
        return row
    kept = {name: value for name, value in row.fields.items() if name in header}
    names = ", ".join(map(repr, surplus[:5]))
    return Row(kept, f"The first {first} rows have no field {names}; write JSONL or scan a file.")
