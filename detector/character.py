"""What one code point compares as: lower case, plain digits, no marks, no drawn letters."""

from __future__ import annotations

import re
import unicodedata

# Letters that carry a stroke or a hook have no decomposition in Unicode;
# typed without diacritics they become these (CLDR Latin-ASCII).
_STROKED = {
    "ł": "l", "đ": "d", "ø": "o", "ħ": "h", "ı": "i", "ŧ": "t", "ƀ": "b",
    "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ŋ": "n", "ɓ": "b", "ɗ": "d",
    "ƙ": "k", "ɩ": "i", "ʏ": "y", "ɢ": "g", "ɪ": "i", "ʀ": "r", "ʙ": "b",
    "ʜ": "h", "ʟ": "l", "ɴ": "n", "ɑ": "a", "ɡ": "g", "ə": "e", "ɛ": "e",
    "ґ": "г", "ё": "е", "ӏ": "і", "ѕ": "s", "ј": "j", "ԁ": "d", "ԛ": "q", "ԝ": "w",
    "ة": "ه", "ى": "ي", "ی": "ي", "ک": "ك", "ـ": "",
}  # fmt: skip
_PUNCTUATION = {
    "’": "'", "‘": "'", "‛": "'", "ʼ": "'", "`": "'", "´": "'", "′": "'", "ˈ": "'",
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‹": '"', "›": '"', "″": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "⁃": "-",
    "•": "·", "∙": "·", "⋅": "·", "・": "·", "●": "·", "▪": "·", "،": ",", "؛": ";", "؟": "?",
    "⁄": "/", "∕": "/", "∗": "*", "∶": ":", "ꓸ": ".", "․": ".", "🔟": "10",
}  # fmt: skip
# Symbols that draw a Latin letter; the character's own name says which.
_DRAWN_LETTER = re.compile(
    r"(?:NEGATIVE (?:CIRCLED|SQUARED)|REGIONAL INDICATOR SYMBOL|LATIN LETTER SMALL|TAG LATIN SMALL)"
    r"(?: LATIN)?(?: CAPITAL| SMALL)?(?: LETTER)? ([A-Z])$"
)
_LINE_BREAKS = frozenset("\n\r\x0b\x0c\x85\u2028\u2029")

_SYLLABIC = re.compile("[\uac00-\ud7a3\u3041-\u30ff]")


class FoldTable(dict[int, str]):
    """Code point → its folded form; filled as characters are met (at most all of Unicode)."""

    def __missing__(self, code: int) -> str:
        folded = fold_character(chr(code))
        self[code] = folded
        return folded


def fold_character(character: str) -> str:
    """Return what one code point compares as: nothing, one or a few characters."""
    if character in _STROKED:
        return _STROKED[character]
    if character in _PUNCTUATION:
        return _PUNCTUATION[character]
    if character in _LINE_BREAKS:
        return "\n"
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    if category in {"Cc", "Cf", "Cs", "Co", "Cn"} or is_mark(character):
        return ""
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    drawn = _DRAWN_LETTER.match(unicodedata.name(character, ""))
    if drawn:
        return drawn[1].lower()
    composed = unicodedata.normalize("NFKC", character)
    if _SYLLABIC.search(composed):
        # Syllables and voiced kana stay whole; NFKD would take them apart.
        return composed if composed == character else "".join(TABLE[ord(c)] for c in composed)
    decomposed = unicodedata.normalize("NFKD", character.casefold())
    if decomposed == character:
        return character
    # A piece may fold further (ﬃ → f f i, Ǽ → æ → a e); pieces are never larger than the whole.
    return "".join(piece if piece == character else TABLE[ord(piece)] for piece in decomposed)


def is_mark(character: str) -> bool:
    """Tell whether a combining mark only decorates (accents, harakat, variation selectors)."""
    if unicodedata.category(character) not in {"Mn", "Me"}:
        return False
    # Vowel signs of Indic scripts and kana voicing marks carry meaning and stay.
    return not ("\u0900" <= character <= "\u0fff" or character in "\u3099\u309a")


TABLE = FoldTable()
