"""Ways in which a message is disguised to slip past a filter; seeded, for measuring only."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable

Attack = Callable[[str, random.Random], str]

_WORD = re.compile(r"[^\W\d_]{4,}")
_HOMOGLYPHS = str.maketrans("aceopxyіасеорху", "асеорхуiaceopxy")
_LEET = str.maketrans({"a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7"})
_KEYCAP = {str(n): f"{n}\ufe0f\u20e3" for n in range(10)}
_ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
_SPACED_SCRIPT = re.compile(r"[a-zA-Z\u00c0-\u024f\u0400-\u052f]")


def _words(text: str, draw: random.Random, share: float, change: Callable[[str], str]) -> str:
    """Change a share of the words of four letters and more."""
    return _WORD.sub(lambda m: change(m[0]) if draw.random() < share else m[0], text)


def homoglyph(text: str, draw: random.Random) -> str:
    """Write one letter of every third word in another script."""

    def change(word: str) -> str:
        places = [i for i, c in enumerate(word) if c.translate(_HOMOGLYPHS) != c]
        if not places:
            return word
        at = draw.choice(places)
        return word[:at] + word[at].translate(_HOMOGLYPHS) + word[at + 1 :]

    return _words(text, draw, 0.33, change)


def leet(text: str, draw: random.Random) -> str:
    """Write a third of the Latin words with digits for vowels."""
    return _words(text, draw, 0.33, lambda word: word.translate(_LEET))


def zero_width(text: str, draw: random.Random) -> str:
    """Put an invisible character into every other word."""

    def change(word: str) -> str:
        at = draw.randrange(1, len(word))
        return word[:at] + draw.choice(_ZERO_WIDTH) + word[at:]

    return _words(text, draw, 0.5, change)


def spacing(text: str, draw: random.Random) -> str:
    """Pull two words apart, letter by letter."""
    found = [m for m in _WORD.finditer(text) if _SPACED_SCRIPT.match(m[0])]
    for match in sorted(draw.sample(found, min(2, len(found))), key=lambda m: -m.start()):
        text = text[: match.start()] + " ".join(match[0]) + text[match.end() :]
    return text


def case(text: str, draw: random.Random) -> str:
    """Write all in capitals, or in turns."""
    if draw.random() < 0.5:
        return text.upper()
    return "".join(c.upper() if i % 2 else c.lower() for i, c in enumerate(text))


def no_diacritics(text: str, draw: random.Random) -> str:
    """Leave the marks of Latin letters away, as on a foreign keyboard."""
    return "".join(
        unicodedata.normalize("NFD", c)[0] if "\u00c0" <= c <= "\u024f" else c for c in text
    )


def typo(text: str, draw: random.Random) -> str:
    """Swap, drop or double a letter in every tenth word."""

    def change(word: str) -> str:
        at = draw.randrange(1, len(word) - 1)
        kind = draw.randrange(3)
        if kind == 0:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        return word[:at] + word[at + 1 :] if kind == 1 else word[:at] + word[at] + word[at:]

    return _words(text, draw, 0.1, change)


def emoji_digit(text: str, draw: random.Random) -> str:
    """Draw all digits as keycaps."""
    return "".join(_KEYCAP.get(c, c) for c in text)


def word_split(text: str, draw: random.Random) -> str:
    """Put a dot or hyphen into every sixth word."""

    def change(word: str) -> str:
        at = draw.randrange(2, len(word) - 1)
        return word[:at] + draw.choice("-.·") + word[at:]

    return _words(text, draw, 0.17, change)


ATTACKS: dict[str, Attack] = {
    "homoglyph": homoglyph,
    "leet": leet,
    "zero-width": zero_width,
    "spacing": spacing,
    "case": case,
    "no diacritics": no_diacritics,
    "typo": typo,
    "emoji digits": emoji_digit,
    "word split": word_split,
}


def attacked(text: str, name: str, seed: int) -> str:
    """Return the text under an attack; the same seed and text give the same result."""
    return ATTACKS[name](text, random.Random(f"{seed}:{name}:{text}"))
