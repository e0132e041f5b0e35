"""Parquet, Arrow/Feather and Excel tables as streams of rows, in and out."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

import pyarrow as pa
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from pyarrow import ipc, parquet

from detector.errors import InputError
from detector.render import FLAT_COLUMNS
from detector.table import Row

NAMES = ("parquet", "feather", "xlsx")
ROWS_AT_ONCE = 1_000
_MOST_UNPACKED = 4_000_000_000
"""Bytes a workbook may unpack to; a zip bomb holds more."""
_UNREADABLE = (OSError, pa.ArrowInvalid, zipfile.BadZipFile, KeyError, ValueError, InputError)
_TYPES = {"risk": pa.float64()}


class Sink(Protocol):
    """Takes finished rows; ``close`` writes what is left."""

    def write(self, cells: Sequence[Any]) -> None:
        """Add one row, its cells in the order of the header."""

    def close(self) -> None:
        """Write the rest and the end of the file."""


@contextmanager
def reading_columns(source: str, name: str) -> Iterator[tuple[pa.Schema, Iterator[Row]]]:
    """Open a columnar file; yield its schema and its rows.

    Raises:
        InputError: it cannot be read.
    """
    with ExitStack() as stack:
        try:
            schema, rows = _opened(source, name, stack)
        except _UNREADABLE as error:
            raise _refusal(source, name, error) from error
        yield schema, _named(rows, source, name)


def _opened(source: str, name: str, stack: ExitStack) -> tuple[pa.Schema, Iterator[Row]]:
    path = Path(source)
    path.open("rb").close()  # says in the system's words what is wrong with the name or rights
    if name == "parquet":
        file = stack.enter_context(parquet.ParquetFile(path))
        return file.schema_arrow, _rows_of(file.iter_batches(ROWS_AT_ONCE))
    if name == "feather":
        mapped = stack.enter_context(pa.memory_map(str(path)))
        reader = stack.enter_context(ipc.open_file(mapped))
        numbers = range(reader.num_record_batches)
        return reader.schema, _rows_of(reader.get_batch(number) for number in numbers)
    return _opened_excel(path, stack)


def _named(rows: Iterator[Row], source: str, name: str) -> Iterator[Row]:
    try:
        yield from rows
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


def _rows_of(batches: Iterator[pa.RecordBatch]) -> Iterator[Row]:
    for batch in batches:
        for fields in batch.to_pylist():
            yield Row(fields)


def _opened_excel(path: Path, stack: ExitStack) -> tuple[pa.Schema, Iterator[Row]]:
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
    return pa.schema([(name, pa.null()) for name in header]), _excel_rows(header, rows)


def _excel_rows(header: Sequence[str], rows: Iterator[Sequence[Any]]) -> Iterator[Row]:
    for number, cells in enumerate(rows, 2):
        surplus = [cell for cell in cells[len(header) :] if cell is not None]
        error = (
            f"Row {number} has more cells than the header; name every column." if surplus else ""
        )
        filled = [*cells, *[None] * (len(header) - len(cells))]
        yield Row(dict(zip(header, filled, strict=False)), error)


@contextmanager
def sink_of(
    stream: IO[bytes], name: str, header: Sequence[str], schema: pa.Schema | None
) -> Iterator[Sink]:
    """Open what writes a columnar file to a stream.

    Args:
        stream: where the bytes go.
        name: parquet, feather or xlsx.
        header: the names of all columns, those of the verdict last.
        schema: of the input where it has types; its columns keep them.
    """
    sink = _Excel(stream, header) if name == "xlsx" else _Arrow(stream, name, header, schema)
    yield sink
    sink.close()


class _Arrow:
    def __init__(
        self, stream: IO[bytes], name: str, header: Sequence[str], schema: pa.Schema | None
    ) -> None:
        inputs = header[: len(header) - len(FLAT_COLUMNS)]
        # Cells of a workbook, of CSV and of JSONL have no type of their column: they become text.
        typed = [
            pa.string() if pa.types.is_null(t) else t for t in (schema.types if schema else [])
        ]
        kinds = typed if len(typed) == len(inputs) else [pa.string()] * len(inputs)
        self._is_text = [kind == pa.string() for kind in kinds]
        kinds += [_TYPES.get(column, pa.string()) for column in FLAT_COLUMNS]
        self._is_text += [False] * len(FLAT_COLUMNS)
        self._schema = pa.schema(list(zip(header, kinds, strict=True)))
        if name == "parquet":
            self._writer: Any = parquet.ParquetWriter(stream, self._schema)
        else:
            self._writer = ipc.new_file(stream, self._schema)
        self._rows: list[Sequence[Any]] = []

    def write(self, cells: Sequence[Any]) -> None:
        """Add one row."""
        self._rows.append(cells)
        if len(self._rows) >= ROWS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        columns = list(zip(*self._rows, strict=True))
        arrays = []
        for values, field, is_text in zip(columns, self._schema, self._is_text, strict=True):
            told = [as_text(value) for value in values] if is_text else values
            arrays.append(pa.array(told, field.type))
        self._writer.write(pa.record_batch(arrays, schema=self._schema))
        self._rows.clear()

    def close(self) -> None:
        """Write the last rows and the end of the file."""
        if self._rows:
            self._flush()
        self._writer.close()


class _Excel:
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
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def flat_cells(flat: Mapping[str, str]) -> list[Any]:
    """Return the cells of the verdict, the risk as a number."""
    risk = flat.get("risk")
    return [
        float(risk) if name == "risk" and risk else flat.get(name, "") if name != "risk" else None
        for name in FLAT_COLUMNS
    ]
