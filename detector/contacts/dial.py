"""Decides which part of a run of digits is a telephone number, and of which country."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from detector.contacts import tariff
from detector.contacts.call_word import RESERVED
from detector.contacts.digit_run import Piece, Run
from detector.contacts.scene import Scene
from detector.types import Span

_FEWEST, _MOST = 7, 17  # digits as dialled: E.164 has at most 15, "00" may stand in front
_STARTS = 4  # a number may begin behind at most three stray groups ("2. 601 234 567")
_STRONG_GAP = re.compile(r"[\n,;|/]")
_PLAIN_GAP = re.compile(r" ?[-./()]?[-./()]? ?")
_STORAGE = frozenset(str(2**power) for power in range(3, 13))
# Where a national number is always dialled with its 0.
_TRUNKED = frozenset(
    {"GB", "FR", "DE", "AT", "CH", "NL", "BE", "AU", "JP", "KR", "EG", "MA", "AE", "SA", "TW"}
)


@dataclass(frozen=True, slots=True)
class Dialled:
    """A telephone number in a run; ``stop`` is the index of the piece behind it."""

    number: PhoneNumber
    region: str | None
    span: Span
    stop: int
    digits: str
    is_disguised: bool


@dataclass(frozen=True, slots=True)
class _Part:
    """Some pieces of a run and how they look."""

    pieces: tuple[Piece, ...]
    digits: str
    has_plus: bool
    is_whole: bool
    is_grouped: bool
    is_disguised: bool

    @property
    def groups(self) -> list[int]:
        return [len(piece.digits) for piece in self.pieces]


def best(run: Run, index: int, scene: Scene) -> Dialled | None:
    """Return the number that begins at piece ``index``, or None."""
    if not _may_begin(run, index):
        return None
    parts = list(_parts(run, index))
    if scene.is_masked:
        parts = [(stop, replace(part, is_disguised=True)) for stop, part in parts]
    if index == 0 and run.has_plus:
        readers = [_read_plus]
    else:
        if scene.is_barred:
            return None
        readers = [_read_double_zero, _read_national, _read_bare]
    # What nothing is cut from is tried in every way before what something is.
    for is_whole in (True, False):
        for reader in readers:
            for stop, part in parts:
                read = reader(part, scene) if part.is_whole is is_whole else None
                if read is not None:
                    span = (_start(run, index, stop), part.pieces[-1].end)
                    return Dialled(*read, span, stop, part.digits, part.is_disguised)
    return None


def _may_begin(run: Run, index: int) -> bool:
    return index < _STARTS or _is_strong(run, index)


def _is_strong(run: Run, index: int) -> bool:
    """Tell whether what stands before piece ``index`` parts two numbers."""
    if index in {0, len(run.pieces)}:
        return True
    left, right = run.pieces[index - 1], run.pieces[index]
    if len(left.digits) == len(right.digits) == 1 or "word" in {left.kind, right.kind}:
        return False
    return _STRONG_GAP.search(right.gap) is not None


def _is_cut(run: Run, index: int, edge: Piece, side: int) -> bool:
    """Tell whether a number may begin or end at ``index``, with ``edge`` as its outer piece.

    ``side`` leads from ``index`` to the piece outside. Plain digits next to a word
    or a letter ("on 0905…" has the Turkish ten) and a long row of digits stand alone.
    """
    if _is_strong(run, index):
        return True
    outside = run.pieces[index + side]
    return edge.kind == "digits" and (outside.kind != "digits" or len(edge.digits) >= 9)


def _start(run: Run, index: int, stop: int) -> int:
    if index == 0:
        return run.start
    piece = run.pieces[index]
    gaps = "".join(p.gap for p in run.pieces[index + 1 : stop])
    return piece.start - 1 if piece.gap.endswith("(") and ")" in gaps else piece.start


def _parts(run: Run, index: int) -> Iterator[tuple[int, _Part]]:
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


def _part(run: Run, index: int, stop: int) -> _Part:
    pieces = run.pieces[index:stop]
    gaps = [piece.gap for piece in pieces[1:]]
    lengths = [len(piece.digits) for piece in pieces]
    is_single = len(pieces) >= 6 and sum(n == 1 for n in lengths) * 4 >= len(lengths) * 3
    is_spelled = any(piece.kind != "digits" for piece in pieces)
    is_plain = all(_PLAIN_GAP.fullmatch(gap) for gap in gaps)
    is_odd = not is_plain and not all(_STRONG_GAP.search(gap) for gap in gaps)
    return _Part(
        pieces=pieces,
        digits="".join(piece.digits for piece in pieces),
        has_plus=index == 0 and run.has_plus,
        is_whole=_is_cut(run, index, pieces[0], -1) and _is_cut(run, stop, pieces[-1], 0),
        is_grouped=is_plain
        and 2 <= len(lengths) <= 6
        and max(lengths[1:]) <= (8 if len(lengths) == 2 else 5)
        and min(lengths[1:]) >= 2,
        is_disguised=is_single or is_spelled or is_odd,
    )


# --- the ways to read digits -----------------------------------------------------------

_Read = tuple[PhoneNumber, str | None]


def _parse(written: str, region: str | None) -> _Read | None:
    try:
        number = phonenumbers.parse(written, region)
    except NumberParseException:
        return None
    code = number.country_code or 0
    found = phonenumbers.region_code_for_number(number)
    if found is None:
        # Numbers reserved for fiction and the like lie outside every known range.
        main = phonenumbers.region_code_for_country_code(code)
        found = main if main not in {"ZZ", "001"} else "001"
    return number, found


def _is_valid(number: PhoneNumber, region: str | None) -> bool:
    if phonenumbers.is_valid_number(number) or tariff.listed_kind(number, region) is not None:
        return True
    national = phonenumbers.national_significant_number(number)
    return phonenumbers.is_possible_number(number) and national.startswith(
        RESERVED.get(region or "", ("-",))
    )


def _is_varied(digits: str) -> bool:
    return len(set(digits[-8:])) >= 3


def _read_plus(part: _Part, scene: Scene) -> _Read | None:
    read = _parse("+" + part.digits, None)
    if read is None:
        return None
    if _is_valid(*read):
        return read
    is_likely = part.is_whole and _is_varied(part.digits)
    return read if is_likely and phonenumbers.is_possible_number(read[0]) else None


def _read_double_zero(part: _Part, scene: Scene) -> _Read | None:
    if not part.digits.startswith("00") or len(part.digits) < 10:
        return None
    read = _parse("+" + part.digits[2:], None)
    if read is None or not (part.is_whole or scene.has_cue):
        return None
    if _is_valid(*read):
        return read
    return read if scene.has_cue and phonenumbers.is_possible_number(read[0]) else None


def _read_national(part: _Part, scene: Scene) -> _Read | None:
    """Read digits as a number of one of the regions, the surest and the valid first."""
    if not (part.is_whole or scene.has_cue) or (_is_count(part) and not scene.has_cue):
        return None
    tries = [(region, True) for region in scene.sure if _may_be_local(part, scene, True)]
    if _may_be_local(part, scene, False) and (part.is_whole or len(scene.guessed) == 1):
        tries += [(region, False) for region in scene.guessed if region not in scene.sure]
    reads = []
    for region, is_sure in tries:
        read = _parse(part.digits, region)
        if read is None or read[0].country_code != phonenumbers.country_code_for_region(region):
            continue
        if not is_sure and (region in _TRUNKED) > (part.digits[0] == "0"):
            continue
        if not is_sure and region == "IN" and part.digits[0] == "0" and _is_mobile(read[0]):
            continue  # written without the 0 at home; with it, likelier a British number
        if _is_valid(*read) and _is_likely(part, scene, read, is_sure):
            return read
        reads.append(read)
    for read in reads:
        # Ranges reserved for fiction are invalid but look like numbers.
        if (
            part.is_whole
            and _is_formatted(part, read[0], is_exact=not scene.has_cue)
            and _is_varied(part.digits)
            and phonenumbers.is_possible_number_with_reason(read[0])
            == phonenumbers.ValidationResult.IS_POSSIBLE
        ):
            return read
    return None


def _may_be_local(part: _Part, scene: Scene, is_sure: bool) -> bool:
    """Tell whether digits are worth the dear question whether they are a valid number."""
    length = len(part.digits)
    if scene.has_cue or scene.is_alone:
        return length >= 8 or is_sure
    if part.is_disguised:
        return length >= 9 or is_sure
    return part.is_grouped if len(part.pieces) > 1 else 9 <= length <= 12


def _is_likely(part: _Part, scene: Scene, read: _Read, is_sure: bool) -> bool:
    """Tell whether a valid national number was meant as one."""
    number = read[0]
    if scene.has_cue:
        return True
    if part.is_disguised:
        return True
    if len(part.pieces) > 1:
        return _is_formatted(part, number) or (is_sure and part.is_grouped)
    length = len(part.digits)
    if part.digits[0] == "0" and 9 <= length <= 11:
        return True
    is_mobile = _is_mobile(number)
    if part.digits[0] == "8" and length == 11 and read[1] in {"RU", "KZ"}:
        return is_mobile
    if scene.is_alone:
        return is_sure or is_mobile
    return scene.is_given and is_sure and 9 <= length <= 11


def _read_bare(part: _Part, scene: Scene) -> _Read | None:
    """Read digits that begin with a country's code but have no plus."""
    if not 10 <= len(part.digits) <= 15 or part.digits[0] == "0":
        return None
    if not (part.is_whole or scene.has_cue):
        return None
    read = _parse("+" + part.digits, None)
    if read is None or not _is_valid(*read):
        return None
    if scene.has_cue:
        return read if part.is_whole or _begins_with_code(part, read[0]) else None
    if _is_count(part):
        return None
    if part.is_disguised:
        return read if _is_mobile(read[0]) else None
    if len(part.pieces) == 1:
        return read if scene.is_alone and _is_mobile(read[0]) else None
    if not part.is_grouped or not _begins_with_code(part, read[0]):
        return None
    return read if _is_mobile(read[0]) or _is_formatted(part, read[0]) else None


def _begins_with_code(part: _Part, number: PhoneNumber) -> bool:
    return part.pieces[0].digits == str(number.country_code)


def _is_mobile(number: PhoneNumber) -> bool:
    kind = phonenumbers.number_type(number)
    return kind in {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def _is_formatted(part: _Part, number: PhoneNumber, is_exact: bool = False) -> bool:
    """Tell whether the digits stand in groups as they are written in their country."""
    if not part.is_grouped:
        return False
    for style in (PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL):
        groups = [len(g) for g in re.findall(r"\d+", phonenumbers.format_number(number, style))]
        bare = groups[1:]
        if part.groups in (groups, bare):
            return True
    # With its 0 in front any grouping will do: "07700 900 123".
    return not is_exact and part.digits[0] == "0" and len(part.pieces[0].digits) >= 2


def _is_count(part: _Part) -> bool:
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
