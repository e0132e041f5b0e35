"""Words that mix scripts: which letters look alike, and which script a word was meant in."""

from __future__ import annotations

import re

# Look-alike letters between scripts (Unicode TR 39, only the pairs people use),
# keyed by the folded letter.
_CYRILLIC_AS_LATIN = {
    "а": "a", "в": "b", "с": "c", "е": "e", "н": "h", "і": "i", "к": "k", "м": "m",
    "о": "o", "р": "p", "т": "t", "у": "y", "х": "x", "ѵ": "v", "һ": "h", "г": "r",
    "п": "n", "з": "3", "б": "6", "ь": "b", "д": "d", "и": "u", "л": "l", "ч": "4",
}  # fmt: skip
_GREEK_AS_LATIN = {
    "α": "a", "β": "b", "ε": "e", "η": "n", "ι": "i", "κ": "k", "μ": "u", "ν": "v",
    "ο": "o", "ρ": "p", "σ": "o", "τ": "t", "υ": "u", "χ": "x", "ω": "w", "γ": "y",
    "ς": "s", "ζ": "z", "δ": "d", "λ": "l", "π": "n",
}  # fmt: skip
_LATIN_AS_CYRILLIC = {
    "a": "а", "b": "в", "c": "с", "e": "е", "h": "н", "i": "і", "k": "к", "m": "м",
    "o": "о", "p": "р", "t": "т", "y": "у", "x": "х", "r": "г", "n": "п", "u": "и",
    "s": "ѕ", "j": "ј", "d": "д", "l": "л",
}  # fmt: skip
# The pairs that look the same in upper or lower case; the wider tables above
# are used only once a word is known to be disguised.
_SAME_LOOK_LATIN = frozenset("abcehikmoptyxsj")
_SAME_LOOK_CYRILLIC = frozenset("авсенікмортухѕј")

_LATIN = "a-z"
_CYRILLIC = "\u0430-\u045f\u0461-\u052f"
_GREEK = "\u03b1-\u03c9"
_IS_MIXED = re.compile(
    f"[{_LATIN}][{_CYRILLIC}{_GREEK}]|[{_CYRILLIC}{_GREEK}][{_LATIN}]"
    f"|[{_CYRILLIC}][{_GREEK}]|[{_GREEK}][{_CYRILLIC}]"
)
_COMPOUND = re.compile(f"[{_LATIN}]{{2,}}[{_CYRILLIC}]{{2,}}|[{_CYRILLIC}]{{2,}}[{_LATIN}]{{2,}}")
_WORD = re.compile(f"[{_LATIN}{_CYRILLIC}{_GREEK}]+")


_HAS_LATIN = re.compile("[a-z]")
_HAS_OTHER = re.compile(f"[{_CYRILLIC}{_GREEK}]")


def repair(text: str) -> str:
    """Write every word of mixed scripts in one script; same length, lower case expected."""
    if _HAS_LATIN.search(text) and _HAS_OTHER.search(text) and _IS_MIXED.search(text):
        return _WORD.sub(_one_script, text)
    return text


def _one_script(match: re.Match[str]) -> str:
    """Write a word of mixed scripts in the script of its unmistakable letters."""
    word = match[0]
    if not _IS_MIXED.search(word):
        return word
    latin = sum(1 for c in word if "a" <= c <= "z" and c not in _SAME_LOOK_LATIN)
    cyrillic = sum(1 for c in word if "\u0430" <= c <= "\u052f" and c not in _SAME_LOOK_CYRILLIC)
    if latin and cyrillic and _COMPOUND.fullmatch(word):
        return word  # two words written as one ("usbкабель"), not a disguise
    if cyrillic > latin:
        return "".join(_LATIN_AS_CYRILLIC.get(c, c) if c <= "z" else c for c in word)
    if latin == cyrillic == 0 and sum(c > "z" for c in word) * 2 > len(word):
        return "".join(_LATIN_AS_CYRILLIC.get(c, c) if c <= "z" else c for c in word)
    return "".join(
        _CYRILLIC_AS_LATIN.get(c, _GREEK_AS_LATIN.get(c, c)) if c > "z" else c for c in word
    )
