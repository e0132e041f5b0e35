"""Parquet, Arrow/Feather and Excel tables as streams of rows, in and out."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from pyarrow import ipc, parquet

from detector.errors import InputError
from detector.render import FLAT_COLUMNS
from detector.scan.table import Piece, Row

NAMES = ("parquet", "feather", "xlsx")
ROWS_AT_ONCE = 1_000
_MOST_UNPACKED = 4_000_000_000
"""Bytes a workbook may unpack to; a zip bomb holds more."""
_UNREADABLE = (OSError, pa.ArrowInvalid, zipfile.BadZipFile, KeyError, ValueError, InputError)
_TYPES = {"risk": pa.float64()}
_ROWS_OF_GROUP = 50_000
"""Rows of a row group that is written."""


@contextmanager
def cut_columns(source: str, name: str, most: int) -> Iterator[tuple[pa.Schema, Iterator[Piece]]]:
    """Open a columnar file; yield its schema and its parts of at most so many rows.

    Raises:
        InputError: it cannot be read.
    """
    with ExitStack() as stack:
        try:
            schema, pieces = _opened(source, name, most, stack)
        except _UNREADABLE as error:
            raise _refusal(source, name, error) from error
        yield schema, _named(pieces, source, name)


def _opened(
    source: str, name: str, most: int, stack: ExitStack
) -> tuple[pa.Schema, Iterator[Piece]]:
    path = Path(source)
    path.open("rb").close()  # says in the system's words what is wrong with the name or rights
    if name == "xlsx":
        header, rows = _opened_excel(path, stack)
        return pa.schema([(column, pa.null()) for column in header]), _excel_pieces(rows)
    table = stack.enter_context(_Batches(path, name))
    return table.schema, _pieces([table.rows(n) for n in range(table.count)], most)


def _pieces(groups: Sequence[int], most: int) -> Iterator[Piece]:
    total, before = sum(groups), 0
    for number, rows in enumerate(groups):
        for first in range(0, rows, most):
            size = min(most, rows - first)
            before += size
            yield (number, first), size, None, before / total


def _excel_pieces(rows: Iterator[Row]) -> Iterator[Piece]:
    while cells := tuple(islice(rows, ROWS_AT_ONCE)):
        yield (0, 0), len(cells), cells, None


class _Batches:
    """Record batches of a Parquet or Feather file: row groups, or batches as they were written."""

    def __init__(self, path: Path, name: str) -> None:
        self._stack = ExitStack()
        self._parquet: Any = None
        self._reader: Any = None
        if name == "parquet":
            self._parquet = self._stack.enter_context(parquet.ParquetFile(path))
            self.schema, self.count = self._parquet.schema_arrow, self._parquet.num_row_groups
        else:
            mapped = self._stack.enter_context(pa.memory_map(str(path)))
            self._reader = self._stack.enter_context(ipc.open_file(mapped))
            self.schema, self.count = self._reader.schema, self._reader.num_record_batches
        self._cursor: tuple[int, int, Iterator[pa.RecordBatch]] = (-1, 0, iter(()))
        self._left: pa.RecordBatch | None = None

    def __enter__(self) -> _Batches:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def rows(self, number: int) -> int:
        """Return how many rows a group has."""
        if self._reader is not None:
            return int(self._reader.get_batch(number).num_rows)
        return int(self._parquet.metadata.row_group(number).num_rows)

    def read(self, number: int, first: int, rows: int) -> Iterator[pa.RecordBatch]:
        """Yield rows of a group. A row group is read once as long as readers go forward."""
        if self._reader is not None:
            yield self._reader.get_batch(number).slice(first, rows)
            return
        group, position, batches = self._cursor
        if group != number or first < position:
            position, self._left = 0, None
            batches = self._parquet.iter_batches(ROWS_AT_ONCE, row_groups=[number])
        end = first + rows
        while position < end:
            batch = self._left if self._left is not None else next(batches)
            self._left = None
            if position + batch.num_rows <= first:
                position += batch.num_rows
                continue
            skipped = max(0, first - position)
            wanted = batch.slice(skipped, end - position - skipped)
            yield wanted
            used = skipped + wanted.num_rows
            if used < batch.num_rows:
                self._left = batch.slice(used)
            position += used
        self._cursor = (number, position, batches)


_open: dict[tuple[str, str, int, int], _Batches] = {}
"""The one file that this process reads at the moment, by its name, size and time."""


def read_columns(source: str, name: str, place: tuple[int, int], rows: int) -> Iterator[Row]:
    """Yield the rows of a part that :func:`cut_columns` named.

    Raises:
        InputError: the file can no longer be read.
    """
    try:
        state = Path(source).stat()
        key = (source, name, state.st_size, state.st_mtime_ns)
        if key not in _open:
            for batches in _open.values():
                batches.__exit__()
            _open.clear()
            _open[key] = _Batches(Path(source), name)
        for batch in _open[key].read(*place, rows):
            for fields in batch.to_pylist():
                yield Row(fields)
    except _UNREADABLE as error:
        raise _refusal(source, name, error) from error


def _named(pieces: Iterator[Piece], source: str, name: str) -> Iterator[Piece]:
    try:
        yield from pieces
    except _UNREADABLE as error:
        raise _refusal(source, name, error) from error


def _refusal(source: str, name: str, error: Exception) -> InputError:
    if isinstance(error, InputError):
        return error
    return InputError(
        "unreadable-file",
        "The file {name!r} cannot be read ({why}); check its name, rights and format.",
        name=source,
        why=getattr(error, "strerror", None) or f"it is no whole {name} file",
    )


def _opened_excel(path: Path, stack: ExitStack) -> tuple[list[str], Iterator[Row]]:
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > _MOST_UNPACKED:
            raise InputError(
                "too-large", "The workbook {name!r} unpacks to more than {limit} bytes; split it.",
                name=path.name, limit=str(_MOST_UNPACKED),
            )  # fmt: skip
    stream = stack.enter_context(path.open("rb"))
    book = load_workbook(stream, read_only=True, data_only=True)
    rows = book.worksheets[0].iter_rows(values_only=True)
    header = ["" if cell is None else str(cell) for cell in next(rows, ())]
    while header and not header[-1]:
        header.pop()
    for column in header:
        if header.count(column) > 1:
            raise InputError(
                "duplicate-column",
                "The column {column!r} of {name!r} occurs twice; rename one.",
                name=path.name, column=column,
            )  # fmt: skip
    return header, _excel_rows(header, rows)


def _excel_rows(header: Sequence[str], rows: Iterator[Sequence[Any]]) -> Iterator[Row]:
    for number, cells in enumerate(rows, 2):
        surplus = [cell for cell in cells[len(header) :] if cell is not None]
        error = (
            f"Row {number} has more cells than the header; name every column." if surplus else ""
        )
        filled = [*cells, *[None] * (len(header) - len(cells))]
        yield Row(dict(zip(header, filled, strict=False)), error)


def schema_of(
    header: Sequence[str], schema: pa.Schema | None, extra: Sequence[str] = ()
) -> pa.Schema:
    """Return the schema of an output: typed columns of the input keep their types.

    Cells of a workbook, of CSV and of JSONL have no type of their column: they become text.
    """
    results = (*FLAT_COLUMNS, *extra)
    inputs = header[: len(header) - len(results)]
    kinds = [pa.string() if pa.types.is_null(t) else t for t in (schema.types if schema else [])]
    if len(kinds) != len(inputs):
        kinds = [pa.string()] * len(inputs)
    kinds += [_TYPES.get(column, pa.string()) for column in results]
    return pa.schema(list(zip(header, kinds, strict=True)))


def record_batch(rows: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Return rows as a record batch; what is no text becomes text in columns of text."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = []
    for values, field in zip(columns, schema, strict=True):
        is_text = field.type == pa.string()
        told = [as_text(value) for value in values] if is_text else values
        arrays.append(pa.array(told, field.type))
    return pa.record_batch(arrays, schema=schema)


def as_stream(batch: pa.RecordBatch) -> bytes:
    """Return a record batch as bytes that :func:`from_stream` reads."""
    sink = pa.BufferOutputStream()
    with ipc.new_stream(sink, batch.schema) as writer:
        writer.write(batch)
    return bytes(sink.getvalue().to_pybytes())


def from_stream(content: bytes) -> pa.RecordBatch:
    """Return the record batch of :func:`as_stream`."""
    with ipc.open_stream(content) as reader:
        return next(iter(reader))


class ArrowSink:
    """Writes Parquet or Feather."""

    def __init__(self, stream: IO[bytes], name: str, schema: pa.Schema) -> None:
        self._schema = schema
        if name == "parquet":
            self._writer: Any = parquet.ParquetWriter(stream, schema)
        else:
            self._writer = ipc.new_file(stream, schema)
        self._rows: list[Sequence[Any]] = []
        self._batches: list[pa.RecordBatch] = []

    def write(self, cells: Sequence[Any]) -> None:
        """Add one row."""
        self._rows.append(cells)
        if len(self._rows) >= ROWS_AT_ONCE:
            self._gather()

    def write_batch(self, batch: pa.RecordBatch) -> None:
        """Add many rows."""
        self._gather()
        self._batches.append(batch)
        if sum(part.num_rows for part in self._batches) >= _ROWS_OF_GROUP:
            self._flush()

    def _gather(self) -> None:
        if self._rows:
            batch = record_batch(self._rows, self._schema)
            self._rows.clear()
            self.write_batch(batch)

    def _flush(self) -> None:
        if self._batches:
            table = pa.Table.from_batches(self._batches, self._schema).combine_chunks()
            self._writer.write_table(table)
            self._batches.clear()

    def close(self) -> None:
        """Write the last rows and the end of the file."""
        self._gather()
        self._flush()
        self._writer.close()


class ExcelSink:
    """Writes a workbook of one sheet."""

    def __init__(self, stream: IO[bytes], header: Sequence[str]) -> None:
        self._stream = stream
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet("scan")
        self.write(header)

    def write(self, cells: Sequence[Any]) -> None:
        """Add one row; a text that begins like a formula stays a text."""
        row = []
        for value in cells:
            if isinstance(value, (dict, list)):
                value = as_text(value)
            if isinstance(value, str):
                cell = WriteOnlyCell(self._sheet, ILLEGAL_CHARACTERS_RE.sub("\ufffd", value))
                cell.data_type = "s"
                row.append(cell)
            else:
                row.append(value)
        self._sheet.append(row)

    def close(self) -> None:
        """Write the file."""
        self._book.save(self._stream)


def as_text(value: Any) -> str | None:
    """Return a cell as text: what is no text is written as JSON, nothing as nothing."""
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    # Half a surrogate pair has no place in a table.
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
