"""Reads and writes tables as streams: CSV, TSV and JSONL; a broken row keeps its place."""

from __future__ import annotations

import csv
import json
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from detector.errors import InputError

FORMATS = {
    ".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".parquet": "parquet", ".feather": "feather", ".arrow": "feather", ".xlsx": "xlsx",
}  # fmt: skip
NAMES = tuple(dict.fromkeys(FORMATS.values()))
DELIMITERS = {"csv": ",", "tsv": "\t"}
LINE_LIMIT = 1_000_000
"""Bytes a line of JSONL may have; a longer one is refused, its rest is read over."""
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Row:
    """One row as read: its fields, and what is wrong with it (empty when nothing is)."""

    fields: Mapping[str, Any]
    error: str = ""


def format_of(name: str, given: str | None = None) -> str:
    """Return the format of a file by ``--format`` or its ending; ``-`` is JSONL.

    Raises:
        InputError: neither tells.
    """
    if given:
        return given
    if name == "-":
        return "jsonl"
    suffix = Path(name).suffix.lower()
    if suffix not in FORMATS:
        raise InputError(
            "unknown-format",
            "The ending of {name!r} tells no known format; name it with --format ({known}).",
            name=name,
            known=", ".join(NAMES),
        )
    return FORMATS[suffix]


# --- JSONL ---------------------------------------------------------------------------


def dump(fields: Mapping[str, Any]) -> bytes:
    """Return one line of JSONL, readable where the text can be written as UTF-8."""
    try:
        return json.dumps(fields, ensure_ascii=False, default=str).encode() + b"\n"
    except UnicodeEncodeError:  # half a surrogate pair, written as \ud83d in the input
        return json.dumps(fields, default=str).encode() + b"\n"


def read_jsonl(stream: IO[bytes]) -> Iterator[Row]:
    """Yield one row a line; empty lines at the end are no rows."""
    empty: list[Row] = []
    for number, line in enumerate(_lines(stream), 1):
        row = _read_line(number, line.removeprefix(_BOM) if number == 1 else line)
        if line.strip():
            yield from empty
            empty.clear()
            yield row
        elif len(empty) < LINE_LIMIT:
            empty.append(row)


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield lines of at most one byte more than the limit, however long they are."""
    while line := stream.readline(LINE_LIMIT + 1):
        yield line
        while len(line) > LINE_LIMIT and not line.endswith(b"\n"):
            line = stream.readline(LINE_LIMIT + 1)


def _read_line(number: int, line: bytes) -> Row:
    if len(line) > LINE_LIMIT:
        return Row({}, f"Line {number} is longer than {LINE_LIMIT} bytes; shorten it.")
    if not line.strip():
        return Row({}, f"Line {number} is empty; write one object a line.")
    try:
        fields = json.loads(line.decode("utf-8"), parse_constant=_no_number, parse_float=_number)
    except UnicodeDecodeError as error:
        return Row({}, f"Line {number} is not UTF-8 at byte {error.start}; convert it to UTF-8.")
    except json.JSONDecodeError as error:
        return Row({}, f"Line {number} is not valid JSON at column {error.colno}; correct it.")
    except (ValueError, RecursionError):
        return Row({}, f"Line {number} has a number or a nesting that cannot be read; correct it.")
    if not isinstance(fields, dict):
        return Row({}, f"Line {number} is not a JSON object; write one object a line.")
    return Row(fields)


def _no_number(name: str) -> float:
    raise ValueError(name)


def _number(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise ValueError(digits)  # 1e999 could only be written back as no JSON
    return value


# --- CSV and TSV -----------------------------------------------------------------------


class FlatReader:
    """A CSV or TSV file with a header; iterate over its rows.

    Raises:
        InputError: a column occurs twice.
    """

    def __init__(self, stream: IO[bytes], delimiter: str, name: str) -> None:
        self._delimiter = delimiter
        self._pending: list[str] = []
        # strict: a quote that never ends must not swallow the rest of the file in silence.
        self._reader = csv.reader(self._decoded(stream), delimiter=delimiter, strict=True)
        try:
            self.header = [_repaired(cell) for cell in next(self._reader, [])]
        except csv.Error as error:
            raise InputError(
                "broken-header", "The first line of {name!r} cannot be read ({why}); correct it.",
                name=name, why=str(error),
            ) from error  # fmt: skip
        for column in self.header:
            if self.header.count(column) > 1:
                raise InputError(
                    "duplicate-column",
                    "The column {column!r} of {name!r} occurs twice; rename one.",
                    name=name, column=column,
                )  # fmt: skip

    def _decoded(self, stream: IO[bytes]) -> Iterator[str]:
        for number, line in enumerate(_lines(stream), 1):
            line = line.removeprefix(_BOM) if number == 1 else line
            # Bytes that are no UTF-8 become surrogates, so that their row can be named.
            text = line.decode("utf-8", "surrogateescape")
            self._pending.append(text)
            yield text

    def __iter__(self) -> Iterator[Row]:
        while True:
            self._pending.clear()
            error = ""
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as problem:
                error = f"Line {self._reader.line_num} cannot be read ({problem}); correct it."
                cells = self._guess()
            if cells:
                yield self._row(cells, error)

    def _guess(self) -> list[str]:
        """Return the cells of a broken row as they stand, so that it can be recognised."""
        cells = "".join(self._pending).rstrip("\r\n").split(self._delimiter)
        return cells[: len(self.header)]

    def _row(self, cells: Sequence[str], error: str) -> Row:
        line = self._reader.line_num
        if not error and len(cells) > len(self.header):
            error = (
                f"Line {line} has {len(cells)} fields, the header {len(self.header)};"
                " put quotes around fields that hold the separator."
            )
        if any(not cell.isascii() and _is_broken(cell) for cell in cells):
            error = error or f"Line {line} is not UTF-8; convert the file to UTF-8."
            cells = [_repaired(cell) for cell in cells]
        filled = [*cells, *[""] * (len(self.header) - len(cells))]
        return Row(dict(zip(self.header, filled, strict=False)), error)


def _is_broken(cell: str) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in cell)


def _repaired(cell: str) -> str:
    return cell.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def flat_line(cells: Sequence[Any], delimiter: str) -> bytes:
    """Return one line of CSV or TSV; what is no text is written as JSON, nothing as nothing."""
    texts = [
        "" if cell is None else cell if isinstance(cell, str) else json.dumps(cell, default=str)
        for cell in cells
    ]
    # The csv module leaves a lone carriage return bare, and readers break the line there.
    line = _Line()
    if any("\r" in text for text in texts):
        writer = csv.writer(line, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
    else:
        writer = csv.writer(line, delimiter=delimiter, lineterminator="\n")
    writer.writerow(texts)
    return line.text.encode("utf-8", "replace")


class _Line:
    text = ""

    def write(self, text: str) -> None:
        self.text = text


# --- files -----------------------------------------------------------------------------


@contextmanager
def reading(source: str) -> Iterator[IO[bytes]]:
    """Open a file, ``-`` for standard input.

    Raises:
        InputError: it cannot be read.
    """
    if source == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = Path(source).open("rb")  # noqa: SIM115 - the with below closes it
    except OSError as error:
        raise InputError(
            "missing-file" if isinstance(error, FileNotFoundError) else "unreadable-file",
            "The file {name!r} cannot be read ({why}); check its name and rights.",
            name=source, why=error.strerror or "unknown reason",
        ) from error  # fmt: skip
    with stream:
        yield stream


@contextmanager
def writing(target: str) -> Iterator[IO[bytes]]:
    """Open a file to write, ``-`` for standard output.

    A file is written beside the target and renamed at the end: under the final
    name there is never half a file.

    Raises:
        InputError: it cannot be written.
    """
    if target == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(target).resolve()
    is_device = path.exists() and not path.is_file()
    beside = path if is_device else path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        stream = beside.open("wb" if is_device else "xb")
    except OSError as error:
        raise InputError(
            "unwritable-file", "The file {name!r} cannot be written ({why}); choose another place.",
            name=target, why=error.strerror or "unknown reason",
        ) from error  # fmt: skip
    try:
        with stream:
            yield stream
        if not is_device:
            beside.replace(path)
    finally:
        if not is_device:
            beside.unlink(missing_ok=True)
