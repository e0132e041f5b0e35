"""Cuts a run of digits into the parts that could be one telephone number each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from phonenumbers import PhoneNumber, PhoneNumberFormat, format_number

from detector.contacts.digit_run import Piece, Run

_FEWEST, _MOST = 7, 17  # digits as dialled: E.164 has at most 15, "00" may stand in front
_STARTS = 4  # a number may begin behind at most three stray groups ("2. 601 234 567")
_STRONG_GAP = re.compile(r"[\n,;|/]")
_PLAIN_GAP = re.compile(r" ?[-./()]?[-./()]? ?")
_ODD_SIGN = re.compile(r"[^ \n,;|/.()-]|\.\.|--")
_STORAGE = frozenset(str(2**power) for power in range(3, 13))


@dataclass(frozen=True, slots=True)
class Part:
    """Some pieces of a run and how they look.

    Attributes:
        is_whole: nothing is cut off that would belong to the same number.
        is_grouped: it stands in groups with the usual signs between them.
        is_disguised: words, letters or odd signs stand for or between its digits.
    """

    pieces: tuple[Piece, ...]
    digits: str
    has_plus: bool
    is_whole: bool
    is_grouped: bool
    is_disguised: bool

    @property
    def groups(self) -> list[int]:
        """Return the number of digits of each piece."""
        return [len(piece.digits) for piece in self.pieces]


def may_begin(run: Run, index: int) -> bool:
    """Tell whether a number may begin at piece ``index``."""
    return index < _STARTS or _is_strong(run, index)


def _is_strong(run: Run, index: int) -> bool:
    """Tell whether what stands before piece ``index`` parts two numbers."""
    if index in {0, len(run.pieces)}:
        return True
    left, right = run.pieces[index - 1], run.pieces[index]
    if len(left.digits) == len(right.digits) == 1 or "word" in {left.kind, right.kind}:
        return False
    return _STRONG_GAP.search(right.gap) is not None


def _is_edge(run: Run, index: int, pieces: tuple[Piece, ...], side: int) -> bool:
    """Tell whether a number of these pieces may begin or end at ``index``.

    ``side`` leads from ``index`` to the piece outside. Plain digits next to a word
    or a letter ("on 0905…" has the Turkish ten) and a long row of digits stand alone.
    """
    if _is_strong(run, index):
        return True
    if any(piece.kind != "digits" for piece in pieces):
        return False
    edge = pieces[0] if side else pieces[-1]
    return run.pieces[index + side].kind != "digits" or len(edge.digits) >= 9


def start_of(run: Run, index: int, stop: int) -> int:
    """Return where the text of the pieces ``index:stop`` begins, a plus or bracket included."""
    if index == 0:
        return run.start
    piece = run.pieces[index]
    gaps = "".join(p.gap for p in run.pieces[index + 1 : stop])
    return piece.start - 1 if piece.gap.endswith("(") and ")" in gaps else piece.start


def parts_of(run: Run, index: int) -> Iterator[tuple[int, Part]]:
    """Yield the parts of a run that begin at ``index``: to where it parts first, then shorter."""
    total = 0
    stops = []
    for stop in range(index + 1, len(run.pieces) + 1):
        total += len(run.pieces[stop - 1].digits)
        if total > _MOST:
            break
        if total >= _FEWEST:
            stops.append(stop)
    stops.sort(key=lambda stop: (not _is_strong(run, stop), -stop))
    for stop in stops:
        yield stop, _part(run, index, stop)


def _part(run: Run, index: int, stop: int) -> Part:
    pieces = run.pieces[index:stop]
    gaps = [piece.gap for piece in pieces[1:]]
    lengths = [len(piece.digits) for piece in pieces]
    is_single = len(pieces) >= 6 and sum(n == 1 for n in lengths) * 4 >= len(lengths) * 3
    is_spelled = any(piece.kind != "digits" for piece in pieces)
    is_plain = all(_PLAIN_GAP.fullmatch(gap) for gap in gaps)
    is_odd = any(_ODD_SIGN.search(gap) for gap in gaps)
    return Part(
        pieces=pieces,
        digits="".join(piece.digits for piece in pieces),
        has_plus=index == 0 and run.has_plus,
        is_whole=_is_edge(run, index, pieces, -1) and _is_edge(run, stop, pieces, 0),
        is_grouped=is_plain
        and 2 <= len(lengths) <= 6
        and max(lengths[1:]) <= (8 if len(lengths) == 2 else 5)
        and min(lengths[1:]) >= 2,
        is_disguised=is_single or is_spelled or is_odd,
    )


def is_formatted(part: Part, number: PhoneNumber, is_exact: bool = False) -> bool:
    """Tell whether the digits stand in groups as they are written in their country."""
    if not part.is_grouped:
        return False
    for style in (PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL):
        groups = [len(g) for g in re.findall(r"\d+", format_number(number, style))]
        bare = groups[1:]
        if part.groups in (groups, bare):
            return True
    # With its 0 in front any grouping will do: "07700 900 123".
    return not is_exact and part.digits[0] == "0" and len(part.pieces[0].digits) >= 2


def is_count(part: Part) -> bool:
    """Tell whether the pieces count, list sizes or round sums rather than dial."""
    values = [int(piece.digits) for piece in part.pieces]
    if len(values) >= 4:
        steps = {b - a for a, b in pairwise(values)}
        if len(steps) == 1 or set(part.groups) == {4}:
            return True
        if all(piece.digits in _STORAGE for piece in part.pieces):
            return True
    if len(values) >= 2 and all(1900 <= value <= 2099 for value in values):
        return True
    return len(values) >= 2 and all(piece.digits == "000" for piece in part.pieces[-2:])
