"""Decides which part of a run of digits is a telephone number, and of which country."""

from __future__ import annotations

from dataclasses import dataclass, replace

import phonenumbers
from phonenumbers import PhoneNumber

from detector.contacts import numbering, tariff
from detector.contacts.call_word import RESERVED
from detector.contacts.digit_run import Run
from detector.contacts.run_part import Part, is_count, is_formatted, may_begin, parts_of, start_of
from detector.contacts.scene import Scene
from detector.types import Span

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


def best(run: Run, index: int, scene: Scene) -> Dialled | None:
    """Return the number that begins at piece ``index``, or None."""
    if not may_begin(run, index):
        return None
    parts = list(parts_of(run, index))
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
                    span = (start_of(run, index, stop), part.pieces[-1].end)
                    return Dialled(*read, span, stop, part.digits, part.is_disguised)
    return None


# --- the ways to read digits -----------------------------------------------------------

_Read = tuple[PhoneNumber, str | None]


def _parse(written: str, region: str | None) -> _Read | None:
    number = numbering.parse(written, region)
    if number is None:
        return None
    code = number.country_code or 0
    found = numbering.region_of(number)
    if found is None:
        # Numbers reserved for fiction and the like lie outside every known range.
        main = phonenumbers.region_code_for_country_code(code)
        found = main if main not in {"ZZ", "001"} else "001"
    return number, found


def _is_valid(number: PhoneNumber, region: str | None) -> bool:
    if numbering.is_valid(number) or tariff.listed_kind(number, region) is not None:
        return True
    national = phonenumbers.national_significant_number(number)
    return phonenumbers.is_possible_number(number) and national.startswith(
        RESERVED.get(region or "", ("-",))
    )


def _is_varied(digits: str) -> bool:
    return len(set(digits[-8:])) >= 3


def _read_plus(part: Part, scene: Scene) -> _Read | None:
    read = _parse("+" + part.digits, None)
    if read is None:
        return None
    if _is_valid(*read):
        return read
    is_likely = part.is_whole and _is_varied(part.digits)
    return read if is_likely and phonenumbers.is_possible_number(read[0]) else None


def _read_double_zero(part: Part, scene: Scene) -> _Read | None:
    if not part.digits.startswith("00") or len(part.digits) < 10:
        return None
    read = _parse("+" + part.digits[2:], None)
    if read is None or not (part.is_whole or scene.has_cue):
        return None
    if _is_valid(*read):
        return read
    return read if scene.has_cue and phonenumbers.is_possible_number(read[0]) else None


def _read_national(part: Part, scene: Scene) -> _Read | None:
    """Read digits as a number of one of the regions, the surest and the valid first."""
    if not (part.is_whole or scene.has_cue) or (is_count(part) and not scene.has_cue):
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
        if (
            not is_sure
            and region == "IN"
            and part.digits[0] == "0"
            and numbering.is_mobile(read[0])
        ):
            continue  # written without the 0 at home; with it, likelier a British number
        if _is_valid(*read) and _is_likely(part, scene, read, is_sure):
            return read
        reads.append(read)
    for read in reads:
        # Ranges reserved for fiction are invalid but look like numbers.
        if (
            part.is_whole
            and is_formatted(part, read[0], is_exact=not scene.has_cue)
            and _is_varied(part.digits)
            and phonenumbers.is_possible_number_with_reason(read[0])
            == phonenumbers.ValidationResult.IS_POSSIBLE
        ):
            return read
    return None


def _may_be_local(part: Part, scene: Scene, is_sure: bool) -> bool:
    """Tell whether digits are worth the dear question whether they are a valid number."""
    length = len(part.digits)
    if scene.has_cue or scene.is_alone:
        return length >= 8 or is_sure
    if part.is_disguised:
        return length >= 9 or is_sure
    return part.is_grouped if len(part.pieces) > 1 else 9 <= length <= 12


def _is_likely(part: Part, scene: Scene, read: _Read, is_sure: bool) -> bool:
    """Tell whether a valid national number was meant as one."""
    number = read[0]
    if scene.has_cue:
        return True
    if part.is_disguised:
        return True
    if len(part.pieces) > 1:
        return is_formatted(part, number) or (is_sure and part.is_grouped)
    length = len(part.digits)
    if part.digits[0] == "0" and 9 <= length <= 11:
        return True
    is_mobile = numbering.is_mobile(number)
    if part.digits[0] == "8" and length == 11 and read[1] in {"RU", "KZ"}:
        return is_mobile
    if scene.is_alone:
        return is_sure or is_mobile
    return scene.is_given and is_sure and 9 <= length <= 11


def _read_bare(part: Part, scene: Scene) -> _Read | None:
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
    if is_count(part):
        return None
    if part.is_disguised:
        return read if numbering.is_mobile(read[0]) else None
    if len(part.pieces) == 1:
        return read if scene.is_alone and numbering.is_mobile(read[0]) else None
    if not part.is_grouped or not _begins_with_code(part, read[0]):
        return None
    return read if numbering.is_mobile(read[0]) or is_formatted(part, read[0]) else None


def _begins_with_code(part: Part, number: PhoneNumber) -> bool:
    return part.pieces[0].digits == str(number.country_code)
