"""Reads the telephone number that a messenger's name stands beside."""

from __future__ import annotations

import re
from dataclasses import replace

import phonenumbers

from detector.contacts.call_word import LANGUAGE_REGIONS
from detector.contacts.context import Context
from detector.contacts.digit_run import run_at
from detector.contacts.mention import Messenger
from detector.contacts.phone import candidates, read_number
from detector.fold import Folded
from detector.types import Found, Span

# Chinese mobile numbers: eleven digits from 13 to 19; most sellers write them without +86.
_CHINESE_MOBILE = re.compile(r"1[3-9]\d{9}")
_DATE = re.compile(
    r"\d{4}[-./]\d{1,2}[-./]\d{1,2}(?!\d)|\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d\d(?!\d)"
)
_FEWEST, _MOST = 8, 15


def numbers(folded: Folded) -> list[Span]:
    """Return where telephone numbers may be, left to right."""
    return sorted(candidates(folded))


def read(
    folded: Folded,
    place: Span,
    messenger: Messenger,
    name: str,
    context: Context,
    is_sure: bool,
) -> Found | None:
    """Return the number at ``place``, or None when it is no number one can call.

    Args:
        name: how the text calls the messenger, folded.
        is_sure: the text says that this is the number; then its digits count even
            when no country is known for them.

    Returns:
        The value is E.164; of a sure number without a country its digits.
    """
    text = folded.text[slice(*place)]
    if _DATE.match(text):
        return None
    run = run_at(folded.text, *place)
    digits = run.digits if run else ""
    contexts = [context]
    if _CHINESE_MOBILE.fullmatch(digits):
        chinese = replace(context, regions=("CN",))
        contexts = [chinese, context] if messenger.region == "CN" else [context, chinese]
    homes = (messenger.homes.get(name), messenger.region)
    contexts += [replace(context, regions=(home,)) for home in homes if home]
    readings = [found for one in contexts if (found := read_number(folded, *place, one))]
    if readings:
        # The reading that leaves no digit over is the better one.
        return next((found for found in readings if found.end >= place[1]), readings[0])
    anywhere = read_number(folded, *place, context, is_anywhere=True)
    if anywhere is not None and anywhere.end >= place[1]:
        return anywhere
    has_plus = run is not None and run.has_plus
    return _sure_number(place, digits, text, context, has_plus) if is_sure else None


def _sure_number(
    place: Span, digits: str, text: str, context: Context, has_plus: bool
) -> Found | None:
    """Read a number that is not valid anywhere, but possible where the text comes from."""
    if not _FEWEST <= len(digits) <= _MOST or any(c.isalpha() for c in text):
        return None
    if has_plus:
        return Found("phone", "+" + digits, *place)
    for region in context.regions or LANGUAGE_REGIONS.get(context.language or "", ())[:1]:
        try:
            number = phonenumbers.parse(digits, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            return Found("phone", value, *place, region=region)
    return Found("phone", digits, *place)
