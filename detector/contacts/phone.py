"""Finds telephone numbers, however they are disguised, and what a call to them costs.

Digits come from :mod:`digit_run`, validity from phonenumbers, costs from
:mod:`tariff`. The rule of thumb: a plus needs no further sign; a national number
needs the look of one or a word such as "call" beside it; a mere row of digits
needs a region that somebody gave, or to be everything the message says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from phonenumbers import PhoneNumber, PhoneNumberFormat, format_number, region_code_for_country_code

from detector.contacts import digit_run, tariff
from detector.contacts.call_word import LANGUAGE_REGIONS, says_sms
from detector.contacts.context import Context, Taken
from detector.contacts.dial import Dialled, best
from detector.contacts.digit_run import Run
from detector.contacts.scene import Scene, scene_of, without_amount
from detector.fold import Folded
from detector.types import Found, Note, Span

__all__ = ["LITERALS", "NOTES", "candidates", "find", "read_number"]

NOTES: dict[str, str] = {
    "read-as": "Read as {value}.",
    "premium-rate": "A call to this number is charged at a premium rate.",
    "shared-cost": "The caller pays an extra charge for a call to this number.",
    "satellite-rate": "A satellite or global number; a call to it is expensive.",
    "premium-sms": "An SMS to this number costs {price} net.",
    "foreign-number": "A foreign number ({region}); a call to it may be expensive.",
    "looks-domestic": "The country code +{code} is easily taken for the area code {area}.",
}
"""Sentences of this module's notes."""

LITERALS: frozenset[str] = digit_run.LITERALS - frozenset("0123456789")
"""Number words."""
FEWEST_LITERALS = 3
"""Fewer number words are a count, not a number."""


def is_awake(text: str, digits: int) -> bool:
    """Tell whether there are digits enough for the shortest number that charges (4 of an SMS)."""
    return digits >= 4


_TARIFF_NOTES = {
    "premium-phone": "premium-rate",
    "shared-cost-phone": "shared-cost",
    "satellite-phone": "satellite-rate",
}
_SHORT = re.compile(r"(?<![\w+.,:/-])\d{1,3} ?\d{2,4}(?![\w/@]|[.,:-]\d)")
# Languages of which nearly every reader lives in one country: a number elsewhere is foreign.
_ONE_COUNTRY = frozenset({"pl", "uk", "it", "tr", "ko", "ja"})
_PLAIN = re.compile("[-+0-9 \\n().,;/\u00a0\u2010-\u2015]*")
_MOST_FAILURES = 300
_SHORTEST_E164 = 7


def find(folded: Folded, context: Context, taken: Taken) -> Iterator[Found]:
    """Yield the telephone numbers of a text, left to right, short premium SMS numbers last.

    The value is E.164 with the region's ISO code; of a short number it is its digits.
    """
    text = folded.text
    for written in digit_run.runs(text, taken.is_free):
        run = without_amount(text, written)
        if run is None:
            continue
        scene = scene_of(folded, run, context)
        for dialled in _numbers(run, scene):
            yield _found(folded, dialled, context)
    if "sms" in text or "смс" in text or "esemes" in text:
        yield from _short_numbers(text, context, taken)


def candidates(folded: Folded) -> Iterator[Span]:
    """Yield the spans that hold enough digits, or words for digits, for a telephone number."""
    for run in digit_run.runs(folded.text, lambda start, end: True):
        yield run.start, run.end


def read_number(
    folded: Folded, start: int, end: int, context: Context, is_anywhere: bool = False
) -> Found | None:
    """Read the number in ``start:end`` that the text ties to a messenger.

    The tie stands for the word "call": only the number itself must be good. The
    span of the result may end before ``end``, or begin with a plus before ``start``.

    Args:
        is_anywhere: nothing tells the country; a mobile number of any will do.
    """
    run = digit_run.run_at(folded.text, start, end)
    if run is None or len(run.digits) < _SHORTEST_E164:
        return None
    scene = scene_of(folded, run, context, is_tied=True)
    dialled = best(run, 0, replace(scene, is_anywhere=is_anywhere))
    return _found(folded, dialled, context) if dialled else None


def _numbers(run: Run, scene: Scene) -> Iterator[Dialled]:
    """Yield the numbers of a run; gives a run up that fails all too often."""
    index = failures = 0
    while index < len(run.pieces) and failures < _MOST_FAILURES:
        dialled = best(run, index, scene)
        if dialled is None:
            failures += 1
            index += 1
            continue
        yield dialled
        failures = 0
        index = dialled.stop


def _found(folded: Folded, dialled: Dialled, context: Context) -> Found:
    number, region = dialled.number, dialled.region
    traits: set[str] = set()
    notes: list[Note] = []
    start, end = dialled.span
    if dialled.is_disguised or _hides_digits(folded, dialled):
        shown = format_number(number, PhoneNumberFormat.INTERNATIONAL)
        notes.append(Note("read-as", (("value", shown),)))
    kind = tariff.kind_of(number, region)
    if kind:
        traits.add(kind)
    if kind in tariff.COSTLY:
        notes.append(Note(_TARIFF_NOTES[kind]))
    home = _home(context)
    if home and not _is_at_home(number, region, home):
        traits.add("foreign-phone")
        notes += _foreign_notes(number, region, home)
    status = "premium" if kind in tariff.COSTLY else "unofficial"
    return Found(
        "phone", format_number(number, PhoneNumberFormat.E164), start, end,
        region=None if region == "001" else region,
        status=status,  # type: ignore[arg-type]  # one of two literals
        notes=tuple(notes), traits=frozenset(traits),
    )  # fmt: skip


def _hides_digits(folded: Folded, dialled: Dialled) -> bool:
    """Tell whether what was pasted shows other characters than the plain digits."""
    start, end = folded.span(*dialled.span)
    raw = folded.raw[start:end]
    return not _PLAIN.fullmatch(raw) or re.sub("[^0-9]", "", raw) != dialled.digits


def _home(context: Context) -> str | None:
    """Return the region a reader calls from, or None when it is anybody's guess."""
    if context.regions:
        return context.regions[0]
    if context.language in _ONE_COUNTRY:
        return LANGUAGE_REGIONS[context.language][0]
    return None


def _is_at_home(number: PhoneNumber, region: str | None, home: str) -> bool:
    if region == home:
        return True
    # A number that exists nowhere in particular belongs to the country of its code.
    return region is None and region_code_for_country_code(number.country_code or 0) == home


def _foreign_notes(number: PhoneNumber, region: str | None, home: str) -> Iterator[Note]:
    code = number.country_code or 0
    yield Note("foreign-number", (("region", region or f"+{code}"),))
    area = tariff.looks_like_area(code, home)
    if area:
        yield Note("looks-domestic", (("code", str(code)), ("area", area)))


def _short_numbers(text: str, context: Context, taken: Taken) -> Iterator[Found]:
    """Yield short numbers that a paid SMS is to be sent to."""
    spoken = LANGUAGE_REGIONS.get(context.language or "", ())
    regions = [r for r in (*context.regions, *spoken) if r in tariff.SHORT_CODE_REGIONS]
    if not regions:
        return
    for match in _SHORT.finditer(text):
        digits = match[0].replace(" ", "")
        code = tariff.short_code(digits, regions[0])
        if code is None or not says_sms(text, *match.span()) or not taken.is_free(*match.span()):
            continue
        yield Found(
            "phone", digits, *match.span(), region=code.region, status="premium",
            notes=(Note("premium-sms", (("price", code.price),)),),
            traits=frozenset({"premium-sms"}),
        )  # fmt: skip
