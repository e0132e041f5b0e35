"""From rows to verdicts, and from verdicts to the fields of an output row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from detector.detector import Detector
from detector.errors import InputError
from detector.render import FLAT_COLUMNS, as_object, as_row
from detector.scan.table import Row
from detector.scan.text_rows import dump
from detector.types import Message, Verdict

TEXT_COLUMNS = ("text", "message")
GUESSES = {
    "text": ("text", "message", "msg", "body", "content", "message_text", "comment"),
    "row_id": ("id", "message_id", "msg_id", "row_id"),
    "seller": ("seller", "seller_id", "shop", "shop_id", "store", "store_id", "sender"),
    "date": ("date", "time", "timestamp", "datetime", "created_at", "sent_at", "created"),
}
"""Names of columns that are taken when none is given, in any case of letters."""
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
    row_id: str | None = None
    seller: str | None = None
    date: str | None = None

    @property
    def demanded(self) -> tuple[str, ...]:
        """Columns that must be there because somebody named them."""
        return tuple(c for c in (self.language, self.row_id, self.seller, self.date) if c)


def guessed(columns: Columns, header: Sequence[str]) -> Columns:
    """Return the columns with those that were not named taken from the header."""

    def chosen(given: str | None, what: str) -> str | None:
        if given:
            return given
        known = {name.casefold(): name for name in reversed(header)}
        return next((known[guess] for guess in GUESSES[what] if guess in known), None)

    text = columns.text
    if text is None and not set(TEXT_COLUMNS) & set(header):
        text = chosen(None, "text")
    return Columns(
        text,
        columns.language,
        columns.region,
        chosen(columns.row_id, "row_id"),
        chosen(columns.seller, "seller"),
        chosen(columns.date, "date"),
    )


def demand_columns(header: Sequence[str], columns: Columns, name: str) -> None:
    """Refuse a table that lacks a column that is needed.

    Raises:
        InputError: it does; the sentence names what there is.
    """
    choices = [(columns.text,) if columns.text else TEXT_COLUMNS]
    choices += [(column,) for column in columns.demanded]
    for choice in choices:
        if not set(choice) & set(header):
            is_text = choice == choices[0]
            raise InputError(
                "no-text-column" if is_text else "no-column",
                "{name!r} has no column {wished}; it has: {known}. {cure}",
                name=name,
                wished=" or ".join(map(repr, choice)),
                known=", ".join(header[:20]) or "none",
                cure="Name the right one with --text." if is_text else "Name another.",
            )


def judge_rows(detector: Detector, rows: Iterable[Row], columns: Columns) -> Iterator[Judged]:
    """Yield each row with its verdict, or with None and the error; in order.

    Messages that are word for word the same are judged once in a batch: spam repeats itself.
    """
    source = iter(rows)
    while batch := list(islice(source, BATCH)):
        messages = [_message(detector, row, columns) for row in batch]
        distinct = dict.fromkeys(m for m in messages if isinstance(m, Message))
        verdicts = dict(zip(distinct, detector.check_many(distinct), strict=True))
        for row, message in zip(batch, messages, strict=True):
            if isinstance(message, Message):
                yield row, verdicts[message], ""
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


def as_line(
    row: Row, verdict: Verdict | None, error: str, extra: Mapping[str, Any] | None = None
) -> bytes:
    """Return a judged row as a line of JSONL; ``extra`` joins the result."""
    fields = dict(row.fields)
    if RESULT in fields:
        fields[free_name(RESULT, fields)] = fields.pop(RESULT)
    result = {"error": error} if verdict is None else as_object(verdict)
    fields[RESULT] = {**result, **extra} if extra else result
    try:
        return dump(fields)
    except RecursionError:  # nested just deep enough to be read but not to be written
        return dump({RESULT: {"error": "The row is nested too deeply; flatten it."}})


def free_name(name: str, taken: Iterable[str], needed: Sequence[str] = FLAT_COLUMNS) -> str:
    """Return a name for an input column whose own name a result column needs."""
    known = set(taken)
    while name in known or name in needed or name == RESULT:
        name = f"input_{name}"
    return name


def flat_header(header: Sequence[str], extra: Sequence[str] = ()) -> list[str]:
    """Return the names of all columns of a flat output; those of the verdict come last."""
    needed = (*FLAT_COLUMNS, *extra)
    names: dict[str, None] = {}
    for name in header:
        names[free_name(name, [*names, *(n for n in header if n != name)], needed)] = None
    return [*names, *needed]


def flat_cells(
    header: Sequence[str], judged: Judged, extra: Mapping[str, Any], extra_names: Sequence[str]
) -> list[Any]:
    """Return the cells of a flat output row, in the order of :func:`flat_header`."""
    row, verdict, error = judged
    flat: Mapping[str, str] = {"error": error} if verdict is None else as_row(verdict)
    return [
        *(row.fields.get(name) for name in header),
        *(flat.get(name, "") for name in FLAT_COLUMNS),
        *(extra.get(name, "") for name in extra_names),
    ]
