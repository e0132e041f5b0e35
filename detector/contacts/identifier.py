"""Claims numbers that are no contact: orders, parcels, dates, prices, sizes, tax numbers.

It runs before every other finder, so that none of them reads such a number. It
therefore never claims a part of a link or an e-mail address, nor what is tied to
a messenger or a way to pay. The words that name such numbers are data:
identifier_words.toml.
"""

from __future__ import annotations

import operator
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import ahocorasick_rs
from stdnum import isbn

from detector.contacts import digit_run
from detector.contacts.call_word import is_label
from detector.contacts.context import Context, Taken
from detector.fold import Folded, fold
from detector.types import Found, Span

__all__ = ["LITERALS", "NOTES", "find"]

NOTES: dict[str, str] = {}
"""This module says nothing about what it claims."""

LITERALS: frozenset[str] = frozenset()
"""Only digits wake this finder."""


_FEWEST = 5  # digits; no finder reads fewer as a contact


def is_awake(text: str, digits: int) -> bool:
    """Tell whether there are enough digits that a later finder could take them for a number."""
    return digits >= _FEWEST


_DATA: dict[str, list[str]] = tomllib.loads(
    Path(__file__).with_name("identifier_words.toml").read_text(encoding="utf-8")
)
_UNITS = (
    r"zl|zlotych|pln|gr|usd|eur|euros?|dollars?|cents?|gbp|pounds?|руб[а-я]{0,4}|р|rub|коп|грн|uah|тг|kzt"
    r"|tl|try|lira|kr|chf|brl|reais|mxn|pesos?|ars|cny|rmb|yuan|yen|jpy|krw|won|sar|aed|egp|inr|rs|usdt"
)
_SIGNS = "$€£¥₽₴₺₩₸₹฿"
_AMOUNT = r"(?:\d{1,3}(?:[ .,']\d{3}){1,2}|\d{1,9})(?:[.,]\d{1,2})?(?![\d.,]*\d)"
_SIZE = r"\d{1,5}(?:[.,]\d{1,2})?"
_DATE_TIME = r"(?:[ t,]{1,2}\d{1,2}:\d{2}(?::\d{2})?)?"
# Each alternative is bounded; none begins inside a number.
_SHAPES = re.compile(
    r"(?<![\w+])(?<!\d[.,:/-])(?<![x×х*] )(?:"
    rf"(?P<date>(?:19|20)\d\d([-./])(?:0?[1-9]|1[0-2])\2(?:0?[1-9]|[12]\d|3[01]){_DATE_TIME}(?![-./]?\d)"
    rf"|(?:0?[1-9]|[12]\d|3[01])([-./])(?:0?[1-9]|[12]\d|3[01])\3(?:19|20)\d\d{_DATE_TIME}(?![-./]?\d)"
    rf"|(?<!\) )(?<!\))(?<!\d )(?:(?:0?[1-9]|[12]\d|3[01])([./])(?:0?[1-9]|[12]\d|3[01])\4\d\d"
    r"|(?:0[1-9]|[12]\d|3[01])-(?:0[1-9]|[12]\d|3[01])-\d\d)"
    rf"{_DATE_TIME}(?![-./]?\d))"
    r"|(?P<years>(?:19|20)\d\d ?[-/] ?(?:19|20)\d\d(?![-./ ]?\d))"
    r"|(?P<time>\d{1,2}:\d\d(?::\d\d)?(?: ?- ?\d{1,2}:\d\d)?(?![:.]?\d)"
    r"|\d{1,2}[.:][03]0 ?- ?\d{1,2}[.:][03]0(?![.:]?\d))"
    r"|(?P<address>(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d./:]))"
    r"|(?P<place>\d{1,3}\.\d{4,9}[,;]? ?-?\d{1,3}\.\d{4,9}(?!\d))"
    rf"|(?P<sum>(?<!\d ){_AMOUNT} ?(?:[{_SIGNS}元円원]|r\$|(?:{_UNITS})(?![a-zа-я])))"
    rf"|(?P<decimal>\d\.\d{{4,18}}(?![\d.])|\d{{1,3}}(?:[ .]\d{{3}}){{1,3}},\d\d(?!\d))"
    rf"|(?P<size>(?!0x[0-9a-f]{{6}}){_SIZE} ?[x×х*] ?{_SIZE}"
    rf"(?: ?[x×х*] ?{_SIZE})?(?! ?[x×х*] ?\d)(?!\d)"
    r"(?P<unit> ?(?:mm|cm|m|px|in|inch|см|мм|м)(?![a-zа-я]))?)"
    r"|(?P<post>[a-z]{2} ?\d{3} ?\d{3} ?\d{2} ?\d ?[a-z]{2}(?!\w))"
    r"|(?P<parcel>(?:yt|lp|cn[a-z]{0,2}|ae|sf|jt|jd|zto|yd|4px|ub|sd|gv|ws|sy|bz|1z|cnae|aebx)"
    r"[a-z]{0,4}\d[a-z0-9]{9,22}(?!\w)|\d{24}(?!\d))"
    r"|(?P<order>8\d{15}(?!\d))"
    r"|(?P<book>97[89][ -]?\d[\d -]{7,11}\d(?!\d))"
    r"|(?P<version>v(?:er|ersion)?[. ]{0,2}\d{1,6}(?:\.\d{1,6}){1,5}(?!\d))"
    r")"
)
_PRICE = re.compile(rf"(?:[{_SIGNS}]|(?<![a-zа-яіїєґ])(?:us ?\$|r\$|{_UNITS})) ?{_AMOUNT}")
_HASH = re.compile(r"[#№] ?[a-z]{0,4}-?\d{5,20}(?![ -]?\d)")
_LINK = re.compile(r"://|@|\.[a-z]{2,12}(?:[/?:]|$)|/[a-z]{2}")
_CHUNK = 120
_CALLED = re.compile(r"([^\W\d_]{2,20})[ .:#№-]{0,3}$")


def _by_length(words: list[str]) -> list[str]:
    return sorted({fold(word).text for word in words}, key=lambda w: (-len(w), w))


def _end_of(word: str) -> str:
    """Return what keeps a pattern from ending inside a longer word."""
    if not word[-1].isalpha() or word[-1] >= "\u2e80":
        return ""  # a sign, or a script without spaces
    return r"(?![^\W_])" if word[-1] < "\u0370" else r"(?![^\W\d_])"


def _lead() -> str:
    """Return the pattern for what may stand between a naming word and its number."""
    words = "|".join(re.escape(w) + _end_of(w) for w in _by_length(_DATA["number"]))
    return rf"(?:[ \n]?(?:(?P<n>{words})|[:=()\"'.*\[\]-])){{0,6}}[ \n]?"


_TIED = re.compile(
    rf"{_lead()}(?P<id>[a-z]{{0,6}}[-_]?\d[a-z0-9]*"
    r"(?P<more>(?:[ ._/-][a-z]{0,3}\d[a-z0-9]*){0,9}))"
)
_LONGEST_ID = 44
# A row of digits that begins like a call at home stays open behind a vague word.
_DIALLED = re.compile(r"(?:[78]9\d{9}|1[3-9]\d{9})$")
_TRUNK = re.compile(r"0\d{8,11}$")


class _Naming:
    """The words that name a number, found in one pass."""

    def __init__(self) -> None:
        strengths = ("firm", "strong", "plain", "never")
        entries = [(word, strength) for strength in strengths for word in _DATA[strength]]
        self._words = [(fold(w.rstrip("*")).text, kind, w[-1] == "*") for w, kind in entries]
        self._automaton = ahocorasick_rs.AhoCorasick([word for word, _, _ in self._words])

    def find(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Yield (strength, start, end) of the naming words, endings included."""
        for index, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            word, strength, has_endings = self._words[index]
            if word[0] < "\u2e80":
                if start and text[start - 1].isalpha():
                    continue
                stop = end
                while stop < len(text) and text[stop].isalpha() and stop < end + 16:
                    stop += 1
                if stop > end and not has_endings:
                    continue
                end = stop
            yield strength, start, end


_NAMING = _Naming()


def find(folded: Folded, context: Context, taken: Taken) -> Iterator[Found]:
    """Yield what is no contact as ``Found(kind=None)``; the value names the sort."""
    text = folded.text
    windows = digit_run.windows(text, _FEWEST)
    if not windows:
        return
    claimed = Taken(list(taken.spans))
    for value, start, end in _claims(text, windows):
        if claimed.is_free(start, end) and not _is_in_link(text, start, end):
            claimed.claim(start, end)
            yield Found(None, value, start, end)


def _claims(text: str, windows: list[Span]) -> Iterator[tuple[str, int, int]]:
    yield from _named(text)
    for start, end in windows:
        low, high = max(0, start - 8), min(len(text), end + 12)
        while low and not text[low - 1].isspace() and low > start - 40:
            low -= 1
        for match in _SHAPES.finditer(text, low, high):
            if _is_meant(text, match):
                yield match.lastgroup or "shape", *match.span()
        for pattern, value in ((_PRICE, "sum"), (_HASH, "number")):
            for match in pattern.finditer(text, low, high):
                if value == "sum" or not _is_called(text, match.start()):
                    yield value, *match.span()


def _is_meant(text: str, match: re.Match[str]) -> bool:
    """Tell whether a shape that a telephone number may have as well is what it seems."""
    digits = sum(c.isdigit() for c in match[0])
    if match["size"]:
        return match["unit"] is not None or (digits <= 8 and "*" not in match[0])
    if match["address"]:
        return not _is_called(text, match.start())
    if match["book"]:
        return isbn.is_valid(match[0])
    if match["post"] and " " in match[0]:
        return _is_postal(match[0])  # not "al 612 345 612 en"
    if match["sum"]:
        return digits < 9 or not _is_called(text, match.start())
    return True


def _is_postal(shown: str) -> bool:
    """Tell whether the check digit of an item number of the post is right (UPU S10)."""
    digits = [int(character) for character in shown if character.isdigit()]
    rest = 11 - sum(map(operator.mul, digits[:8], (8, 6, 4, 2, 3, 5, 9, 7))) % 11
    return bool(digits[8] == {10: 0, 11: 5}.get(rest, rest))


def _is_called(text: str, start: int) -> bool:
    """Tell whether the word in front says that a number is to be called."""
    word = _CALLED.search(text, max(0, start - 24), start)
    return word is not None and is_label(word[1])


def _named(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the numbers behind a word that names them: "order no. 8012…"."""
    barred = [end for strength, _, end in _NAMING.find(text) if strength == "never"]
    for strength, _, end in _NAMING.find(text):
        if strength == "never":
            continue
        match = _TIED.match(text, end, min(len(text), end + 80))
        if match is None or any(0 <= match.start("id") - stop < 24 for stop in barred):
            continue
        start, stop = match.span("id")
        if match["more"] and strength != "firm" and not (strength == "strong" and match["n"]):
            stop = match.start("more")
            if match["more"][0] in " -." and match["more"][1:2].isdigit():
                continue
        written = text[start:stop]
        digits = sum(c.isdigit() for c in written)
        if digits < 4 or len(written) > _LONGEST_ID or (start and text[start - 1] == "+"):
            continue
        is_dialled = _TRUNK.match(written) or (_DIALLED.match(written) and not match["n"])
        if strength == "plain" and is_dialled:
            continue
        yield "number", start, stop


def _is_in_link(text: str, start: int, end: int) -> bool:
    """Tell whether the place is a part of a link or an address."""
    low, high = start, end
    while low and low > start - _CHUNK and not text[low - 1].isspace():
        low -= 1
    while high < len(text) and high < end + _CHUNK and not text[high].isspace():
        high += 1
    return _LINK.search(text[low:high]) is not None
