"""Reads the telephone number that a messenger's name stands beside."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from detector.contacts.context import Context
from detector.contacts.mention import Messenger
from detector.fold import Folded
from detector.types import Found, Span

_RUN = re.compile(r"(?<![\d+])(?:\+ ?|00 ?)?\(?\d(?:[ ().\-/_*~]{0,3}\d){6,16}(?!\d)")
_DATE = re.compile(r"\d{4}[-./]\d{1,2}[-./]\d{1,2}(?!\d)|\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d\d")
_REGIONS = {
    "en": ("GB", "US", "IN", "AU"), "ru": ("RU",), "pl": ("PL",), "uk": ("UA",),
    "es": ("ES", "MX", "AR", "CL", "CO"), "pt": ("BR", "PT"), "fr": ("FR", "BE"),
    "de": ("DE", "AT", "CH"), "it": ("IT",), "nl": ("NL", "BE"), "tr": ("TR",),
    "ar": ("SA", "EG", "AE", "MA"), "zh": ("CN", "HK", "TW"), "ko": ("KR",), "ja": ("JP",),
}  # fmt: skip


def numbers(folded: Folded, context: Context) -> Iterator[Span]:
    for match in _RUN.finditer(folded.text):
        yield match.span()


def read(
    folded: Folded, place: Span, messenger: Messenger, context: Context, is_sure: bool
) -> Found | None:
    """Return the number at ``place`` (value E.164), or None when it is no number one can call.

    Args:
        is_sure: the text says that this is the number; then its digits count even
            when no country is known for them.
    """
    text = folded.text[slice(*place)]
    if _DATE.match(text):
        return None
    digits = "".join(c for c in text if c.isdigit())
    regions = context.regions + _REGIONS.get(context.language or "", ())
    if messenger.region == "CN" and re.fullmatch("1[3-9]\\d{9}", digits):
        regions = ("CN",)
    if messenger.region:
        regions += (messenger.region,)
    if text.startswith(("+", "00")):
        tries: list[tuple[str, str | None]] = [("+" + digits.lstrip("0"), None)]
    else:
        tries = [(digits, region) for region in regions] + [("+" + digits, None)]
    for may_be_possible in (False, True):
        for written, region in tries:
            try:
                number = phonenumbers.parse(written, region)
            except phonenumbers.NumberParseException:
                continue
            is_good = phonenumbers.is_valid_number(number)
            if may_be_possible and (text.startswith("+") or (is_sure and region in regions)):
                is_good = phonenumbers.is_possible_number(number)
            if is_good:
                e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
                code = phonenumbers.region_code_for_number(
                    number
                ) or phonenumbers.region_code_for_country_code(number.country_code or 0)
                return Found("phone", e164, *place, region=code)
    if is_sure and 8 <= len(digits) <= 15:
        return Found("phone", digits, *place)
    return None
