"""Finds runs of digits however they are written: 601-234-567, 6o1 2З4, 8️⃣6️⃣, "six zero one".

A run is a row of pieces with little between them. Whether it is a telephone
number is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import ahocorasick_rs

from detector.contacts.digit_token import DECORATION, items
from detector.contacts.number_words import (
    ANY_LANGUAGE,
    READINGS,
    WORDS,
    weight,
)
from detector.contacts.spelling import Item, spell
from detector.types import Span

Kind = Literal["digits", "word", "leet"]

FEWEST_DIGITS = 7
"""A shorter run is no telephone number that could be told from a count."""
_REACH = 14  # characters between two pieces of one run, a filler word included
_GLUED = range(5)  # a short word may stand between two that are glued ("umumnove")
_EDGE = 10  # what a window may lack at its ends: a plus as a word, "double", a letter
_WIDEST_GAP = 5
_MOST_A_WORD = 3
_PLUS = re.compile(r"\+[ (]{0,2}$")
# A letter that may stand for a digit, beside one.
_BESIDE = re.compile("[0-9][a-zа-яіο]|[a-zа-яіο][0-9]")
_NEVER_BETWEEN = re.compile(r"[@$€£¥₽₴₺₩%&=?^]")
# Kana and two-letter words stand in every other sentence; a number has others beside them.
_MARKS = sorted(
    w for w in WORDS if len(w) >= 3 or w >= "\u3100" or (len(w) == 2 and not w.isascii())
)
_GATE = ahocorasick_rs.AhoCorasick(
    [*"0123456789", *_MARKS], matchkind=ahocorasick_rs.MatchKind.LeftmostLongest
)
_FIRST_WORD = 10
_WEIGHTS = [1] * _FIRST_WORD + [weight(word) for word in _MARKS]
LITERALS: frozenset[str] = frozenset("0123456789") | frozenset(_MARKS)
"""One of these is in every text that holds a run."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a run: ``digits`` is what it stands for, ``gap`` what stands before it."""

    start: int
    end: int
    digits: str
    kind: Kind
    gap: str


@dataclass(frozen=True, slots=True)
class Run:
    """A row of pieces.

    Attributes:
        pieces: left to right; the gap of the first is empty.
        has_plus: a plus, as a sign or a word, stands in front.
        start: where the plus or the first piece begins.
        languages: mask of the languages of its number words (see number_words).
    """

    pieces: tuple[Piece, ...]
    has_plus: bool
    start: int
    languages: int = ANY_LANGUAGE

    @property
    def end(self) -> int:
        """Return the end of the last piece."""
        return self.pieces[-1].end

    @property
    def digits(self) -> str:
        """Return everything the run stands for, without the plus."""
        return "".join(piece.digits for piece in self.pieces)


def windows(text: str, fewest: int = FEWEST_DIGITS) -> list[Span]:
    """Return the stretches of a text that hold enough for a number; cheap and linear.

    Args:
        text: the folded text.
        fewest: digits, or letters and words for digits, that are enough.
    """
    marks = _GATE.find_matches_as_indexes(text)
    if len(marks) < 3:
        return []
    found: list[Span] = []
    total = 0
    start = end = -_REACH - 1
    for index, mark_start, mark_end in marks:
        if (
            index >= _FIRST_WORD
            and mark_start - end not in _GLUED
            and (_is_inside_word(text, mark_start))
        ):
            continue
        if mark_start - end > _REACH:
            if _is_enough(text, start, end, total, fewest):
                found.append((start, end))
            start, total = mark_start, 0
        total += _WEIGHTS[index]
        end = mark_end
    if _is_enough(text, start, end, total, fewest):
        found.append((start, end))
    return found


def _is_inside_word(text: str, start: int) -> bool:
    """Tell whether letters stand directly before ``start``; Arabic glues its "and" there."""
    return start > 0 and text[start - 1].isalpha() and text[start] < "\u0590"


def _is_enough(text: str, start: int, end: int, total: int, fewest: int) -> bool:
    """Tell whether the digits, with letters that may stand for some, reach the fewest."""
    if total >= fewest:
        return True
    return total > fewest // 2 and _BESIDE.search(text, start, end) is not None


def runs(text: str, is_free: Callable[[int, int], bool]) -> Iterator[Run]:
    """Yield the runs of a folded text that stand for seven digits or more.

    Args:
        text: the folded text.
        is_free: tells whether a span may be read; what may not parts runs.
    """
    for start, end in windows(text):
        low, high = max(0, start - _EDGE), min(len(text), end + _EDGE)
        while low and text[low - 1].isalnum() and low > start - 80:
            low -= 1
        while high < len(text) and text[high].isalnum() and high < end + 80:
            high += 1
        for row in _rows(text, low, high, is_free):
            if sum(len(item.digits) or _MOST_A_WORD for item in row) >= FEWEST_DIGITS:
                yield from _spell_row(text, row)


def run_at(text: str, start: int, end: int) -> Run | None:
    """Return the first run inside ``start:end``, of any number of digits."""
    for row in _rows(text, start, end, lambda a, b: True):
        for run in _spell_row(text, row, fewest=1):
            return run
    return None


def _rows(
    text: str, low: int, high: int, is_free: Callable[[int, int], bool]
) -> Iterator[list[Item]]:
    """Yield rows of items that follow each other closely."""
    row: list[Item] = []
    end = low
    for item in items(text, low, high):
        gap = text[end : item.start]
        is_known = item.digits != "" or item.readings != ()
        breaks = (
            len(gap) > _WIDEST_GAP
            or _NEVER_BETWEEN.search(gap) is not None
            or "+" in gap
            or not is_free(item.start, item.end)
        )
        if row and (breaks or not is_known):
            yield row
            row = []
        if is_known and is_free(item.start, item.end):
            row.append(Item(item.start, item.end, gap if row else "", item.readings, item.digits))
        end = item.end
    if row:
        yield row


def _spell_row(text: str, row: Sequence[Item], fewest: int = FEWEST_DIGITS) -> Iterator[Run]:
    """Read a row of items; words of two languages, or a stray letter, part it."""
    pieces: list[Piece] = []
    languages = ANY_LANGUAGE
    plus: int | None = None
    index = 0
    while index < len(row):
        item = row[index]
        if any(reading.role == "plus" for reading in item.readings):
            yield from _runs_of(text, pieces, plus, languages, fewest)
            pieces, languages, plus = [], ANY_LANGUAGE, item.start
            index += 1
            continue
        spelled = spell(row, index, languages)
        if spelled is None:
            yield from _runs_of(text, pieces, plus, languages, fewest)
            # What does not fit the words before may begin a run of its own.
            index += 0 if pieces else 1
            pieces, languages, plus = [], ANY_LANGUAGE, None
            continue
        if spelled.digits:
            end = row[index + spelled.taken - 1].end
            kind: Kind = "digits"
            if item.readings or spelled.taken > 1:
                kind = "word"
            elif text[item.start : item.end] != item.digits:
                kind = "leet"
            gap = text[pieces[-1].end : item.start] if pieces else ""
            pieces.append(Piece(item.start, end, spelled.digits, kind, gap))
        if pieces:
            languages = spelled.languages
        index += spelled.taken
    yield from _runs_of(text, pieces, plus, languages, fewest)


def _runs_of(
    text: str, pieces: list[Piece], plus: int | None, languages: int, fewest: int
) -> Iterator[Run]:
    """Yield what remains of a row once letters and joining words that do not fit part it."""
    row: list[Piece] = []
    for index, piece in enumerate(pieces):
        is_apart = not _fits(text, pieces, index)
        if row and (is_apart or not _is_joined(row[-1], piece)):
            yield from _run(text, row, plus, languages, fewest)
            row, plus = [], None
        if not is_apart:
            row.append(piece)
    if row:
        yield from _run(text, row, plus, languages, fewest)


def _fits(text: str, pieces: list[Piece], index: int) -> bool:
    """Tell whether a letter read as a digit has digits around it that look the same way."""
    piece = pieces[index]
    if piece.kind != "leet" or not text[piece.start : piece.end].isalpha():
        return True
    if any(p.kind == "leet" and not text[p.start : p.end].isalpha() for p in pieces):
        return True
    around = pieces[max(0, index - 2) : index + 3]
    return len(around) > 2 and all(len(p.digits) == 1 for p in around)


def _is_joined(left: Piece, right: Piece) -> bool:
    """Tell whether the words between two pieces may stand in one number ("six and one")."""
    if not any(c.isalpha() for c in right.gap):
        return True
    if any(r.role == "filler" for w in right.gap.split() for r in READINGS.get(w, DECORATION)):
        return True
    return left.kind == "word" == right.kind or len(left.digits) == len(right.digits) == 1


def _run(
    text: str, row: list[Piece], plus: int | None, languages: int, fewest: int
) -> Iterator[Run]:
    digits = sum(len(piece.digits) for piece in row)
    odd = sum(c.isalpha() for p in row if p.kind == "leet" for c in text[p.start : p.end])
    if digits < fewest or odd * 2 >= digits:
        return
    first = row[0]
    sign = _PLUS.search(text, max(0, first.start - 4), first.start)
    start = sign.start() if sign else first.start if plus is None else plus
    if sign is None and text[first.start - 1 : first.start] == "(" and first.start:
        start = first.start - 1 if ")" in "".join(p.gap for p in row) else start
    row[0] = Piece(first.start, first.end, first.digits, first.kind, "")
    yield Run(tuple(row), sign is not None or plus is not None, start, languages)
