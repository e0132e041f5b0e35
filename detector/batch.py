"""Tables in, tables out, streamed: every row keeps its place, whatever is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from detector.detector import Detector
from detector.errors import InputError
from detector.render import FLAT_COLUMNS, as_object, as_row
from detector.table import (
    DELIMITERS,
    FlatReader,
    Row,
    dump,
    flat_line,
    format_of,
    read_jsonl,
    reading,
    writing,
)
from detector.types import Message, Verdict

TEXT_COLUMNS = ("text", "message")
COLUMNAR = frozenset({"parquet", "feather", "xlsx"})
BATCH = 1_000
"""Rows judged at a time."""
RESULT = "check"
"""The field of a JSONL row that gets the whole result."""

Judged = tuple[Row, Verdict | None, str]
"""A row, its verdict, or None and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns are read; ``text=None`` takes the first of ``TEXT_COLUMNS``."""

    text: str | None = None
    language: str | None = None
    region: str | None = None
    """The region of all rows (ISO 3166), not a column."""
    kept: tuple[str, ...] = ()
    """Columns the caller counts on (id, seller); they must be there."""


@dataclass(slots=True)
class Summary:
    """What a scan did. ``refused`` rows have ``error`` filled."""

    rows: int = 0
    refused: int = 0


def judge_rows(detector: Detector, rows: Iterable[Row], columns: Columns) -> Iterator[Judged]:
    """Yield each row with its verdict, or with None and the error; in order."""
    source = iter(rows)
    while batch := list(islice(source, BATCH)):
        messages = [_message(detector, row, columns) for row in batch]
        verdicts = detector.check_many(m for m in messages if isinstance(m, Message))
        for row, message in zip(batch, messages, strict=True):
            if isinstance(message, Message):
                yield row, next(verdicts), ""
            else:
                yield row, None, message


def _message(detector: Detector, row: Row, columns: Columns) -> Message | str:
    """Return the message of a row, or the sentence that says why there is none."""
    if row.error:
        return row.error
    names = (columns.text,) if columns.text else TEXT_COLUMNS
    name = next((n for n in names if n in row.fields), None)
    if name is None:
        return f"The row has no field {' or '.join(map(repr, names))}; add the text."
    hint = row.fields.get(columns.language) if columns.language else None
    # A hint that is not known is no hint: the message speaks for itself.
    language = hint if isinstance(hint, str) and hint in detector.languages.languages else None
    try:
        return detector.accept(row.fields[name], language, columns.region)
    except InputError as error:
        return str(error)


def as_line(row: Row, verdict: Verdict | None, error: str) -> bytes:
    """Return a judged row as a line of JSONL."""
    fields = dict(row.fields)
    if RESULT in fields:
        fields[free_name(RESULT, fields)] = fields.pop(RESULT)
    fields[RESULT] = {"error": error} if verdict is None else as_object(verdict)
    try:
        return dump(fields)
    except RecursionError:  # nested just deep enough to be read but not to be written
        return dump({RESULT: {"error": "The row is nested too deeply; flatten it."}})


def free_name(name: str, taken: Iterable[str]) -> str:
    """Return a name for an input column whose own name a result column needs."""
    known = set(taken)
    while name in known or name in FLAT_COLUMNS or name == RESULT:
        name = f"input_{name}"
    return name


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
        InputError: a file, a format or a column cannot be used. The target is then unchanged.
    """
    read_as, write_as = format_of(source, source_format), format_of(target, target_format)
    for name, kind in ((source, read_as), (target, write_as)):
        if name == "-" and kind in COLUMNAR:
            raise InputError(
                "no-stream", "A {kind} table cannot go through '-'; name a file.", kind=kind
            )
    summary = Summary()
    with _rows_of(source, read_as, write_as, columns) as (header, schema, rows):
        judged = judge_rows(detector, rows, columns)
        with writing(target) as outgoing:
            if write_as in COLUMNAR:
                from detector.columnar import flat_cells, sink_of

                with sink_of(outgoing, write_as, _flat_header(header), schema) as sink:
                    for row, verdict, error in _counted(judged, summary):
                        flat = {"error": error} if verdict is None else as_row(verdict)
                        cells = [row.fields.get(name) for name in header]
                        sink.write([*cells, *flat_cells(flat)])
            else:
                line: Callable[[Row, Verdict | None, str], bytes] = as_line
                if write_as in DELIMITERS:
                    outgoing.write(flat_line(_flat_header(header), DELIMITERS[write_as]))
                    line = _flat_writer(header, DELIMITERS[write_as])
                for row, verdict, error in _counted(judged, summary):
                    outgoing.write(line(row, verdict, error))
    return summary


def _counted(judged: Iterable[Judged], summary: Summary) -> Iterator[Judged]:
    for row, verdict, error in judged:
        summary.rows += 1
        summary.refused += bool(error)
        yield row, verdict, error


@contextmanager
def _rows_of(
    source: str, read_as: str, write_as: str, columns: Columns
) -> Iterator[tuple[Sequence[str], Any, Iterator[Row]]]:
    """Open a table; yield its header, its schema where it has one, and its rows."""
    if read_as in COLUMNAR:
        # Libraries of a hundred milliseconds, loaded by those who need them.
        from detector.columnar import reading_columns

        with reading_columns(source, read_as) as (schema, rows):
            _demand_columns(schema.names, columns, source)
            yield schema.names, schema, rows
        return
    with reading(source) as incoming:
        if read_as in DELIMITERS:
            flat = FlatReader(incoming, DELIMITERS[read_as], source)
            _demand_columns(flat.header, columns, source)
            yield flat.header, None, iter(flat)
        elif write_as == "jsonl":
            yield [], None, read_jsonl(incoming)
        else:
            header, rows = _header_of_jsonl(source, read_jsonl(incoming))
            yield header, None, rows


def _demand_columns(header: Sequence[str], columns: Columns, name: str) -> None:
    choices = [(columns.text,) if columns.text else TEXT_COLUMNS]
    choices += [(c,) for c in (columns.language, *columns.kept) if c]
    for choice in choices:
        if not set(choice) & set(header):
            raise InputError(
                "no-text-column" if choice == choices[0] else "no-column",
                "{name!r} has no column {wished}; it has: {known}. {cure}",
                name=name,
                wished=" or ".join(map(repr, choice)),
                known=", ".join(header[:20]) or "none",
                cure="Name the right one with --text." if choice == choices[0] else "Name another.",
            )


def _header_of_jsonl(source: str, rows: Iterator[Row]) -> tuple[list[str], Iterator[Row]]:
    """Return all fields that occur, in order of appearance, and the rows again.

    A file is read twice. Standard input cannot be: there the first batch tells the fields,
    and a row that brings a new one later is refused rather than cut.
    """
    if source != "-" and Path(source).is_file():
        with reading(source) as again:
            names = dict.fromkeys(name for row in read_jsonl(again) for name in row.fields)
        return list(names), rows
    first = list(islice(rows, BATCH))
    header = list(dict.fromkeys(name for row in first for name in row.fields))
    return header, chain(first, (_without_surplus(row, header) for row in rows))


def _without_surplus(row: Row, header: Sequence[str]) -> Row:
    surplus = sorted(set(row.fields).difference(header))
    if not surplus:
        return row
    kept = {name: value for name, value in row.fields.items() if name in header}
    names = ", ".join(map(repr, surplus[:5]))
    return Row(kept, f"The first {BATCH} rows have no field {names}; write JSONL or scan a file.")


def _flat_header(header: Sequence[str]) -> list[str]:
    names: dict[str, None] = {}
    for name in header:
        names[free_name(name, [*names, *(n for n in header if n != name)])] = None
    return [*names, *FLAT_COLUMNS]


def _flat_writer(
    header: Sequence[str], delimiter: str
) -> Callable[[Row, Verdict | None, str], bytes]:
    def line(row: Row, verdict: Verdict | None, error: str) -> bytes:
        flat: Mapping[str, str] = {"error": error} if verdict is None else as_row(verdict)
        cells = [row.fields.get(name) for name in header]
        return flat_line([*cells, *(flat.get(name, "") for name in FLAT_COLUMNS)], delimiter)

    return line
