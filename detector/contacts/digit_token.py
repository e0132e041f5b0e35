"""Cuts text into tokens that may be digits: 601, 6o1, "six", "sixty-one", 8nine1, 六〇一."""

from __future__ import annotations

import re
from collections.abc import Iterator

from detector.contacts.number_words import (
    ANY_LANGUAGE,
    READINGS,
    Reading,
    split_glued,
    split_unspaced,
)
from detector.contacts.spelling import Item

_UNSPACED = "\u3007\u25cb\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_SPACED = rf"(?:(?![{_UNSPACED}])[^\W_])+"
_TOKEN = re.compile(rf"[{_UNSPACED}]+|{_SPACED}(?:'{_SPACED}){{0,15}}")
# What stands for a digit in a number written to escape a filter.
_LOOKS = {"o": "0", "о": "0", "ο": "0", "l": "1", "i": "1", "і": "1", "б": "6", "з": "3",
          "s": "5", "b": "8", "z": "2", "g": "9", "q": "9", "ч": "4"}  # fmt: skip
_LOOK_TABLE = str.maketrans(_LOOKS)
_LEET = re.compile(rf"[\d{''.join(map(re.escape, _LOOKS))}]+")
# Units that are made of the same letters: 128gb, 5l, 10s.
_UNIT_TAIL = re.compile(r"\d(?:gb|g|b|l|s|z|q|ls|gbs)$")
_DECORATED = re.compile(r"(?:\d{1,5}[a-zа-я_]){3,20}\d{1,5}")
_PART = re.compile(r"\d+|\D+")
_FEWEST_BEHIND_LETTERS = 7

_UNKNOWN: tuple[Reading, ...] = ()
DECORATION = (Reading("filler", 0, ANY_LANGUAGE),)


def items(text: str, low: int, high: int) -> Iterator[Item]:
    """Yield every token of ``low:high``; unknown words come without reading."""
    for token in _TOKEN.finditer(text, low, high):
        word, start = token[0], token.start()
        head, mark, _ = word.partition("'")
        if word.isdigit():
            yield Item(start, token.end(), "", (), word)
        elif mark and head.isdigit():  # Turkish endings: "45 67'den"
            yield Item(start, start + len(head), "", (), head)
            yield Item(start + len(head), token.end(), "")
        elif "\u3007" <= word[0] <= "\u9fff" or word[0] >= "\uac00" or word[0] == "○":
            yield from _unspaced_items(word, start)
        elif word.isalpha() or "'" in word:
            yield from _word_items(word, start)
        else:
            yield from _mixed_items(word, start)


def _unspaced_items(word: str, start: int) -> Iterator[Item]:
    position = 0
    for left, right in split_unspaced(word):
        if left > position:
            yield Item(start + position, start + left, "")
        yield Item(start + left, start + right, "", READINGS[word[left:right]])
        position = right
    if position < len(word):
        yield Item(start + position, start + len(word), "")


def _word_items(word: str, start: int) -> Iterator[Item]:
    parts = split_glued(word)
    if not parts:
        is_letter = word in _LOOKS or word in {"oo", "оо", "ooo"}
        readings = DECORATION if word in {"x", "х"} else _UNKNOWN
        # A lone letter is weighed by its neighbours, see digit_run.
        digits = word.translate(_LOOK_TABLE) if is_letter else ""
        yield Item(start, start + len(word), "", readings, digits)
        return
    for part in parts:
        yield Item(start, start + len(part), "", READINGS[part])
        start += len(part)


def _mixed_items(word: str, start: int) -> Iterator[Item]:
    """Read a token of digits and letters: "1o8", "8nine1", "6x0x1x2", "tel601234567"."""
    if _LEET.fullmatch(word) and not _UNIT_TAIL.search(word):
        yield Item(start, start + len(word), "", (), word.translate(_LOOK_TABLE))
        return
    if _DECORATED.fullmatch(word) and len(set(_PART.findall(word)[1::2])) == 1:
        for part in _PART.finditer(word):
            if part[0].isdigit():
                yield Item(start + part.start(), start + part.end(), "", (), part[0])
        return
    parts = [(p.start(), p[0]) for p in _PART.finditer(word)]
    label = parts[0][1]
    if len(parts) == 2 and len(label) >= 9 and label.isdigit():
        yield Item(start, start + len(label), "", (), label)
        yield Item(start + len(label), start + len(word), "")
        return
    if not label.isdigit() and len(parts) == 2 and len(parts[1][1]) >= _FEWEST_BEHIND_LETTERS:
        # Whether the letters name a number or make a product code is seen by the caller.
        offset = start + len(label)
        yield Item(start, offset, "")
        yield Item(offset, start + len(word), "", (), parts[1][1])
        return
    glued = [(at, part, [part] if part.isdigit() else split_glued(part)) for at, part in parts]
    if not all(words for _, _, words in glued):
        yield Item(start, start + len(word), "")
        return
    for offset, _, words in glued:
        for one in words:
            digits = one if one.isdigit() else ""
            readings = _UNKNOWN if digits else READINGS[one]
            yield Item(start + offset, start + offset + len(one), "", readings, digits)
            offset += len(one)
