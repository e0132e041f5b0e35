"""The words for numbers in fifteen languages, and how a text is cut into them.

The words are data: number_words.toml. How they make up a number is in :mod:`spelling`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from detector.fold import fold

_DATA: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("number_words.toml").read_text(encoding="utf-8")
)
LANGUAGES: tuple[str, ...] = tuple(_DATA)
"""Names of the tables; bit ``i`` of a mask stands for ``LANGUAGES[i]``."""
ANY_LANGUAGE = (1 << len(LANGUAGES)) - 1
_LONGEST_TOKEN = 120


class Reading(NamedTuple):
    """What a word means: its role in a number, its value, and a mask of languages."""

    role: str
    value: int
    languages: int


def _entries(table: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    """Yield (role, words, value) of one language's table."""
    yield "digit", table["zero"], 0
    for value, words in enumerate(table["digits"], 1):
        yield "digit", words, value
    for value, words in enumerate(table.get("teens", ()), 10):
        yield "teen", words, value
    for value, words in enumerate(table.get("tens", ()), 2):
        yield "ten", words, 10 * value
    for value, words in enumerate(table.get("hundreds", ()), 1):
        yield "hundreds", words, 100 * value
    for words, times in table.get("repeat", ()):
        yield "repeat", words, times
    for role, value in (("ten", 10), ("hundred", 100), ("zeros", 0), ("joins", 0),
                        ("times", 0), ("plus", 0), ("filler", 0)):  # fmt: skip
        yield role, table.get(role, ""), value


def _read_table() -> dict[str, tuple[Reading, ...]]:
    merged: dict[str, dict[tuple[str, int], int]] = {}
    for bit, table in enumerate(_DATA.values()):
        for role, words, value in _entries(table):
            for word in filter(None, words.split("|")):
                meanings = merged.setdefault(fold(word).text, {})
                key = (role, value)
                meanings[key] = meanings.get(key, 0) | 1 << bit
    return {
        word: tuple(Reading(*key, mask) for key, mask in meanings.items())
        for word, meanings in merged.items()
    }


READINGS: dict[str, tuple[Reading, ...]] = _read_table()
"""Folded word → what it may mean."""
_COUNTS = frozenset({"digit", "teen", "ten", "hundreds", "zeros"})
WORDS: frozenset[str] = frozenset(
    word for word, readings in READINGS.items() if any(r.role in _COUNTS for r in readings)
)
"""Folded words that stand for digits."""
_ENDINGS = frozenset(word[-2:] for word in READINGS)
_SHORTEST_GLUED = 4
_LENGTHS = tuple(range(max(map(len, READINGS)), 0, -1))
_FIRST_LENGTHS = tuple(sorted({len(word) for word in WORDS if word < "\u2e80"} | {1}))


def weight(word: str) -> int:
    """Return the largest number of digits that ``word`` can stand for."""
    return max(len(str(reading.value)) for reading in READINGS[word])


def split_glued(token: str) -> list[str]:
    """Split a word into the number words it consists of, without rest, or return nothing.

    Linear: each position is left at most once, by the longest word that fits the
    rest ("fünfundzwanzig", "trentacinque", "zerozwei").
    """
    if token in READINGS:
        return [token]
    # Nearly every other word is turned away by how it begins or ends.
    if len(token) < _SHORTEST_GLUED or token[-2:] not in _ENDINGS or len(token) > _LONGEST_TOKEN:
        return []
    if not any(token[:length] in READINGS for length in _FIRST_LENGTHS):
        return []
    # Whether the rest from a position on is made of number words, and the word to take.
    step: list[int] = [0] * (len(token) + 1)
    for start in range(len(token) - 1, -1, -1):
        for length in _LENGTHS:
            stop = start + length
            fits = stop == len(token) or (stop < len(token) and step[stop])
            if fits and token[start:stop] in READINGS:
                step[start] = length
                break
    words = []
    position = 0
    while position < len(token) and step[position]:
        words.append(token[position : position + step[position]])
        position += step[position]
    return words


def split_unspaced(token: str) -> list[tuple[int, int]]:
    """Return the spans of the number words in a run of a script without spaces."""
    spans = []
    position = 0
    while position < len(token):
        for length in (6, 5, 4, 3, 2, 1):
            if token[position : position + length] in READINGS:
                spans.append((position, min(position + length, len(token))))
                position += length - 1
                break
        position += 1
    return spans
