"""Tables in, tables out: every row keeps its place, whatever is wrong with it."""

from __future__ import annotations

import csv
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from detector.detector import Detector
from detector.errors import InputError
from detector.render import FLAT_COLUMNS, as_object, as_row
from detector.types import Message

FORMATS = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
TEXT_COLUMNS = ("text", "message")
BATCH = 1_000
"""Rows judged at a time."""
LINE_LIMIT = 20_000_000
"""Bytes a line of JSONL or a field of CSV may have; a longer one is refused as a row."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns are read; ``text=None`` takes the first of ``TEXT_COLUMNS``."""

    text: str | None = None
    language: str | None = None
    region: str | None = None
    """The region of all rows (ISO 3166), not a column."""


@dataclass(slots=True)
class Summary:
    """What a scan did. ``refused`` rows have ``error`` filled."""

    rows: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One row as read: its fields, or what is wrong with it."""

    fields: Mapping[str, Any]
    error: str = ""


def format_of(name: str, given: str | None) -> str:
    """Return the format of a file by ``--format`` or its ending.

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
            "The format of {name!r} is not known by its ending; name it with --format {known}.",
            name=name,
            known=", ".join(sorted(set(FORMATS.values()))),
        )
    return FORMATS[suffix]


def read_jsonl(stream: IO[bytes]) -> Iterator[Row]:
    """Yield one row a line; a line that cannot be read becomes a row with its error."""
    for number, line in enumerate(stream, 1):
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if len(line) > LINE_LIMIT:
            yield Row({}, f"line {number} is longer than {LINE_LIMIT} bytes; shorten it")
            continue
        try:
            fields = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            yield Row({}, f"line {number} is not UTF-8 at byte {error.start}; convert it to UTF-8")
        except (json.JSONDecodeError, RecursionError) as error:
            where = getattr(error, "colno", 1)
            yield Row({}, f"line {number} is not valid JSON at column {where}; correct the line")
        else:
            if isinstance(fields, dict):
                yield Row(fields)
            else:
                yield Row({}, f"line {number} is not a JSON object; write one object a line")


def _decoded(stream: IO[bytes]) -> Iterator[str]:
    """Yield lines; bytes that are no UTF-8 become surrogates, named later in their row."""
    for number, line in enumerate(stream, 1):
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        yield line.decode("utf-8", "surrogateescape").replace("\x00", "\ufffd")


def _read_flat(stream: IO[bytes], delimiter: str) -> tuple[list[str], Iterator[Row]]:
    csv.field_size_limit(LINE_LIMIT)
    reader = csv.reader(_decoded(stream), delimiter=delimiter)
    header = next(reader, [])

    def rows() -> Iterator[Row]:
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row({}, f"line {reader.line_num} cannot be read ({error}); correct it")
                continue
            if not cells:
                continue
            fields = dict(zip(header, cells, strict=False))
            for name in header[len(cells) :]:
                fields[name] = ""
            error_text = ""
            if len(cells) > len(header):
                error_text = (
                    f"line {reader.line_num} has {len(cells)} fields, the header {len(header)};"
                    " put quotes around fields that hold the separator"
                )
            elif any(_is_broken(cell) for cell in cells):
                error_text = f"line {reader.line_num} is not UTF-8; convert the file to UTF-8"
                fields = {name: _repaired(cell) for name, cell in fields.items()}
            yield Row(fields, error_text)

    return header, rows()


def _is_broken(cell: str) -> bool:
    return any("\udc80" <= c <= "\udcff" for c in cell) if not cell.isascii() else False


def _repaired(cell: str) -> str:
    return cell.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _text_column(header: Iterable[str], columns: Columns, name: str) -> str:
    known = list(header)
    wished = (columns.text,) if columns.text else TEXT_COLUMNS
    for column in wished:
        if column in known:
            return column
    raise InputError(
        "no-text-column",
        "{name} has no column {wished}; name the column of the messages with --text"
        " (it has {known}).",
        name=name,
        wished=" or ".join(repr(w) for w in wished),
        known=", ".join(known[:20]) or "none",
    )


def _message(detector: Detector, row: Row, columns: Columns, text: str | None) -> Message | str:
    """Return the message of a row, or the sentence that says why there is none."""
    if row.error:
        return row.error
    names = (text,) if text else TEXT_COLUMNS
    name = next((n for n in names if n in row.fields), None)
    if name is None:
        return f"the row has no field {' or '.join(repr(n) for n in names)}; add the text"
    language = row.fields.get(columns.language) or None if columns.language else None
    if language not in detector.languages.languages:
        language = None  # a hint that is not known is no hint
    try:
        return detector.accept(row.fields[name], language, columns.region)
    except InputError as error:
        return str(error)


def judge_rows(
    detector: Detector, rows: Iterable[Row], columns: Columns, text: str | None
) -> Iterator[tuple[Row, Any, str]]:
    """Yield each row with its verdict, or with None and the error; in order."""
    source = iter(rows)
    while batch := list(islice(source, BATCH)):
        messages = [_message(detector, row, columns, text) for row in batch]
        verdicts = detector.check_many(m for m in messages if isinstance(m, Message))
        for row, message in zip(batch, messages, strict=True):
            if isinstance(message, Message):
                yield row, next(verdicts), ""
            else:
                yield row, None, message


def scan(
    detector: Detector,
    source: str,
    target: str,
    columns: Columns,
    source_format: str | None = None,
    target_format: str | None = None,
) -> Summary:
    """Judge a file and write another; ``-`` stands for standard input and output.

    Raises:
        InputError: the file cannot be read or written at all.
    """
    read_as, write_as = format_of(source, source_format), format_of(target, target_format)
    summary = Summary()
    with _reading(source) as incoming:
        header: list[str] = []
        if read_as == "jsonl":
            rows: Iterator[Row] = read_jsonl(incoming)
            text = columns.text
        else:
            header, rows = _read_flat(incoming, "\t" if read_as == "tsv" else ",")
            text = _text_column(header, columns, source)
        with _writing(target) as outgoing:
            write = _writer(outgoing, write_as, header)
            for row, verdict, error in judge_rows(detector, rows, columns, text):
                summary.rows += 1
                summary.refused += bool(error)
                write(row, verdict, error)
    return summary


def _writer(
    stream: IO[str], write_as: str, header: list[str]
) -> Callable[[Row, Any, str], None]:
    if write_as == "jsonl":

        def write_object(row: Row, verdict: Any, error: str) -> None:
            fields = dict(row.fields)
            fields["check"] = {"error": error} if verdict is None else as_object(verdict)
            stream.write(json.dumps(fields, ensure_ascii=False) + "\n")

        return write_object
    writer = csv.writer(stream, delimiter="\t" if write_as == "tsv" else ",", lineterminator="\n")
    state: dict[str, list[str]] = {}

    def write_cells(row: Row, verdict: Any, error: str) -> None:
        if "header" not in state:
            state["header"] = header or [n for n in row.fields if n not in FLAT_COLUMNS]
            state["kept"] = [n for n in state["header"] if n not in FLAT_COLUMNS]
            writer.writerow([*state["kept"], *FLAT_COLUMNS])
        flat = as_row(verdict) if verdict is not None else {"error": error}
        writer.writerow(
            [_cell(row.fields.get(name, "")) for name in state["kept"]]
            + [flat.get(name, "") for name in FLAT_COLUMNS]
        )

    return write_cells


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@contextmanager
def _reading(source: str) -> Iterator[IO[bytes]]:
    if source == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = Path(source).open("rb")
    except OSError as error:
        raise InputError(
            "unreadable-file", "The file {name!r} cannot be read ({why}); check its name and rights.",
            name=source, why=error.strerror or "unknown reason",
        ) from error  # fmt: skip
    with stream:
        yield stream


@contextmanager
def _writing(target: str) -> Iterator[IO[str]]:
    """Write beside the target and rename at the end: no half file under the final name."""
    if target == "-":
        yield sys.stdout
        return
    path = Path(target)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise InputError(
            "unwritable-file", "The file {name!r} cannot be written ({why}); choose another place.",
            name=target, why=error.strerror or "unknown reason",
        ) from error  # fmt: skip
    try:
        with open(handle, "w", encoding="utf-8", errors="replace", newline="") as stream:  # noqa: PTH123 - a handle, not a path
            yield stream
        # mkstemp makes private files; a result file has the rights any new file gets.
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
