"""What the numbering plans say of a telephone number; each question is asked of them once."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType

_KEPT = 64
"""Numbers whose answers are kept: several readings of one text, not a history of texts."""

_Key = tuple[int, int, bool, int]


def parse(written: str, region: str | None) -> PhoneNumber | None:
    """Return the number that digits dialled in ``region`` reach, or None."""
    try:
        return phonenumbers.parse(written, region)
    except NumberParseException:
        return None


def region_of(number: PhoneNumber) -> str | None:
    """Return the ISO 3166 code of the number's country, 001 for none, None when unknown."""
    return _region(_key(number))


def type_of(number: PhoneNumber) -> int:
    """Return the ``PhoneNumberType`` of a number, ``UNKNOWN`` for one that is not valid."""
    return _type(_key(number))


def is_valid(number: PhoneNumber) -> bool:
    """Tell whether the number lies in a range that is in use."""
    return type_of(number) != PhoneNumberType.UNKNOWN


def is_mobile(number: PhoneNumber) -> bool:
    """Tell whether the number may be a mobile telephone."""
    return type_of(number) in {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def _key(number: PhoneNumber) -> _Key:
    return (
        number.country_code or 0,
        number.national_number or 0,
        bool(number.italian_leading_zero),
        number.number_of_leading_zeros or 1,
    )


def _number(key: _Key) -> PhoneNumber:
    code, national, has_zero, zeros = key
    return PhoneNumber(
        country_code=code,
        national_number=national,
        italian_leading_zero=has_zero or None,
        number_of_leading_zeros=zeros if has_zero and zeros > 1 else None,
    )


@lru_cache(_KEPT)
def _region(key: _Key) -> str | None:
    return phonenumbers.region_code_for_number(_number(key))


@lru_cache(_KEPT)
def _type(key: _Key) -> int:
    return int(phonenumbers.number_type(_number(key)))
