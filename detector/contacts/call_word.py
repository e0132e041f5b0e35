"""The words beside a telephone number: "call", "tel.", a country, a country's code.

The words are data: phone_words.toml.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ahocorasick_rs
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from detector.contacts.digit_run import run_at
from detector.fold import Folded, fold

_DATA: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("phone_words.toml").read_text(encoding="utf-8")
)
LANGUAGE_REGIONS: dict[str, tuple[str, ...]] = {
    language: tuple(regions) for language, regions in _DATA["regions"].items()
}
"""Language → the regions whose national numbers its texts mean, likeliest first."""
RESERVED: dict[str, tuple[str, ...]] = {
    region: tuple(prefixes) for region, prefixes in _DATA["reserved"].items()
}
"""Region → beginnings of national numbers that are kept free for films and examples."""

_BEFORE = 44  # characters in front of a number in which a word still speaks about it
_AFTER = 24
_WIDE_BEFORE = 80
_FLAG = re.compile(r"(?<![a-z])([a-z]{2})[ :)\]-]{0,3}$")
_FLAG_BEHIND = re.compile(r"[ (\[]{0,3}([a-z]{2})(?![a-z])")


class _Words:
    """Finds words of a list in a short stretch; whole words where the list says so."""

    def __init__(self, lists: Iterable[tuple[str, Iterable[str]]]) -> None:
        self._entries = [
            (key, fold(word.rstrip(".")).text, word.endswith("."))
            for key, words in lists
            for word in words
        ]
        self._automaton = ahocorasick_rs.AhoCorasick([word for _, word, _ in self._entries])

    def find(self, text: str) -> list[tuple[str, int, int]]:
        """Return (key, start, end) of the words in ``text``, in order."""
        found = []
        for index, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            key, word, is_whole = self._entries[index]
            if word[0] < "\u2e80":  # scripts with spaces: a word begins here
                if start and text[start - 1].isalpha():
                    continue
                if is_whole and text[end : end + 1].isalpha():
                    continue
            found.append((key, start, end))
        return found

    def has(self, word: str) -> bool:
        """Tell whether ``word`` is one of the list or begins with one."""
        return any(start == 0 for _, start, _ in self.find(word))


_CALL = _Words(_DATA["call"].items())
_COUNTRY = _Words(_DATA["country"].items())
_CODE_WORD = _Words(_DATA["code"].items())
_SMS = _Words(_DATA["sms"].items())


def is_label(word: str) -> bool:
    """Tell whether a word glued to a number names it ("tel601234567")."""
    return _CALL.has(word)


def call_languages(text: str, start: int, end: int) -> tuple[str, ...]:
    """Return the languages of the words beside ``start:end`` that say it is to be called."""
    before = _CALL.find(text[max(0, start - _BEFORE) : start])
    behind = _CALL.find(text[end : end + _AFTER])
    # The nearest word in front is the likeliest to speak of this number.
    return tuple(dict.fromkeys(key for key, _, _ in [*reversed(before), *behind]))


def says_sms(text: str, start: int, end: int) -> bool:
    """Tell whether an SMS is spoken of beside ``start:end``."""
    return bool(_SMS.find(text[max(0, start - 70) : start]) or _SMS.find(text[end : end + 30]))


def named_regions(folded: Folded, start: int, end: int) -> tuple[str, ...]:
    """Return the regions that the text beside ``start:end`` names: flag, country, its code."""
    text = folded.text
    found: list[str] = []
    before = text[max(0, start - _WIDE_BEFORE) : start]
    flags = [(_FLAG.search(before), start - len(before)),
             (_FLAG_BEHIND.match(text[end : end + 6]), end)]  # fmt: skip
    for match, offset in flags:
        if match and _is_region(folded, match[1], offset + match.start(1)):
            found.append(match[1].upper())
    for _, _, stop in _CODE_WORD.find(before):
        run = run_at(text, start - len(before) + stop, start)
        if run and len(run.digits) <= 3:
            found += COUNTRY_CODE_TO_REGION_CODE.get(int(run.digits), ())[:1]
    countries = [*reversed(_COUNTRY.find(before)), *_COUNTRY.find(text[end : end + _AFTER])]
    found += (key for key, _, _ in countries)
    return tuple(dict.fromkeys(found))


def _is_region(folded: Folded, letters: str, offset: int) -> bool:
    """Tell whether two letters are a flag or a country's code in capitals."""
    if not any(letters.upper() in regions for regions in COUNTRY_CODE_TO_REGION_CODE.values()):
        return False
    start, end = folded.span(offset, offset + 2)
    raw = folded.raw[start:end]
    return raw.isupper() or all("\U0001f1e6" <= c <= "\U0001f1ff" for c in raw)
