"""Decides which part of a run of digits is a telephone number, and of which country."""

from __future__ import annotations

from dataclasses import dataclass, replace

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

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


# Countries in which a number of unknown home is looked for; where many people live first.
_ANYWHERE = (
    "GB", "FR", "DE", "TR", "UA", "NL", "JP", "KR", "EG", "SA", "BR", "PL", "IT", "ES", "MX", "RU",
    "CN", "US",
)  # fmt: skip
_WITH_ZERO = _TRUNKED | {"TR", "UA"}


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
        if scene.is_anywhere:
            readers.append(_read_anywhere)
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
    costly: _Read | None = None
    for region, is_sure in tries:
        read = _parse(part.digits, region)
        if read is None or read[0].country_code != phonenumbers.country_code_for_region(region):
            continue
        is_short_of_zero = region in _TRUNKED and part.digits[0] != "0"
        if not is_sure and is_short_of_zero and not (scene.has_cue and _is_desk(read[0])):
            continue
        if (
            not is_sure
            and region == "IN"
            and part.digits[0] == "0"
            and numbering.is_mobile(read[0])
        ):
            continue  # written without the 0 at home; with it, likelier a British number
        if _is_valid(*read) and _is_likely(part, scene, read, is_sure):
            if region in scene.sure or region == scene.guessed[0]:
                return read
            if tariff.kind_of(*read) not in tariff.COSTLY:
                return read
            costly = costly or read  # of mere guesses, the harmless country first
        reads.append(read)
    if costly:
        return costly
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


def _is_desk(number: PhoneNumber) -> bool:
    """Tell whether a number is one of the nationwide ones that firms have, dialled without 0."""
    return numbering.type_of(number) == PhoneNumberType.UAN


def _read_anywhere(part: Part, scene: Scene) -> _Read | None:
    """Read digits as a mobile number of some country, best of one that groups them so.

    Alone, without a messenger's name, they must stand as that country writes them.
    """
    if not part.is_whole or not 9 <= len(part.digits) <= 12 or is_count(part):
        return None
    fallback: _Read | None = None
    fixed: list[_Read] = []
    for region in _ANYWHERE:
        if (region in _WITH_ZERO) != (part.digits[0] == "0") or (
            region == "RU" and part.digits[0] not in "89"
        ):
            continue
        read = _parse(part.digits, region)
        if read is None or read[1] != region or not _is_valid(*read):
            continue
        is_exact = is_formatted(part, read[0], is_exact=True)
        if numbering.is_valid(read[0]) and not numbering.is_mobile(read[0]):
            # So many groups, or letters among the digits, and only one country writes it so.
            if is_exact and (part.is_disguised or len(part.pieces) > 3):
                fixed.append(read)
            continue
        if is_exact:
            return read
        fallback = fallback or read
    if scene.is_tied:
        return fallback
    return fixed[0] if len(fixed) == 1 else None


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
