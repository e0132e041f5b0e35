"""Comparable text that remembers where each of its characters came from.

Everything after this step reads :attr:`Folded.text`: lower case, one script a
word, plain digits, no invisible characters, no diacritics, no letters pulled
apart. :meth:`Folded.span` leads back to the code points that were pasted.

Folding goes character by character through one table (so the offsets of a
text are known without having been tracked), then repairs words that mix
scripts (same length), then drops separators inside words that were pulled apart.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

from detector.types import Span

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
_PULLED_SEPARATOR = r"[ \n.\-_*·|/,~'+^=]"
# Four or more single letters that stand apart: w h a t s a p p, W.h.a.t.s, a letter a line.
_PULLED_APART = re.compile(
    rf"(?<![^\W_])[^\W\d_]({_PULLED_SEPARATOR}{{1,3}})[^\W\d_](?![^\W_])"
    r"(?:\1[^\W\d_](?![^\W_])){2,200}"
)
# In scripts without spaces three are enough: 加 微 信.
_UNSPACED_LETTER = "[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]"
_PULLED_APART_CJK = re.compile(
    rf"(?<![^\W_]){_UNSPACED_LETTER}({_PULLED_SEPARATOR}{{1,3}}){_UNSPACED_LETTER}(?![^\W_])"
    rf"(?:\1{_UNSPACED_LETTER}(?![^\W_])){{1,200}}"
)
_SPACE_RUN = re.compile(r"[ \n]{2,}")
_NOT_WORD = re.compile(r"[\W_]")
# Text that arrives decomposed and must be put together before the table is asked.
_COMPOSABLE = re.compile(
    r"[\u1100-\u115f][\u1160-\u11a7][\u11a8-\u11ff]?"
    r"|[\uff66-\uff9d][\uff9e\uff9f]|[\u3041-\u30fe][\u3099\u309a\uff9e\uff9f]"
)
_PART = re.compile("[\u1100-\u11ff\uff66-\uff9f\u3099\u309a]")  # cheaper than the whole
_LEET = str.maketrans("01345789@$!|€+", "oieastbgasiiet")
_LEET_TOKEN = re.compile(r"(?<![\w@$!|€])[\w@$!|€]{4,40}(?![\w@$|€])")


_SYLLABIC = re.compile("[\uac00-\ud7a3\u3041-\u30ff]")


class _FoldTable(dict[int, str]):
    """Code point → its folded form; filled as characters are met (at most all of Unicode)."""

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        self[code] = folded
        return folded


def _fold_character(character: str) -> str:
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
    if category in {"Cc", "Cf", "Cs", "Co", "Cn"} or _is_mark(character):
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
        return composed if composed == character else "".join(_TABLE[ord(c)] for c in composed)
    decomposed = unicodedata.normalize("NFKD", character.casefold())
    if decomposed == character:
        return character
    # A piece may fold further (ﬃ → f f i, Ǽ → æ → a e); pieces are never larger than the whole.
    return "".join(piece if piece == character else _TABLE[ord(piece)] for piece in decomposed)


def _is_mark(character: str) -> bool:
    """Tell whether a combining mark only decorates (accents, harakat, variation selectors)."""
    if unicodedata.category(character) not in {"Mn", "Me"}:
        return False
    # Vowel signs of Indic scripts and kana voicing marks carry meaning and stay.
    return not ("\u0900" <= character <= "\u0fff" or character in "\u3099\u309a")


_TABLE = _FoldTable()


class Folded:
    """A text as pasted and as compared.

    ``raw`` is the pasted text, ``text`` the comparable one. ``words`` has the
    length of ``text`` with a space for everything that is no letter or digit.
    """

    def __init__(
        self, raw: str, text: str, dropped: tuple[Span, ...], has_composed: bool, words: str
    ) -> None:
        self.raw = raw
        self.text = text
        self.words = words
        self._dropped = dropped
        self._has_composed = has_composed

    @cached_property
    def _origins(self) -> list[int]:
        """For each character of ``text`` the offset of the pasted code point, and the end."""
        units = _compose(self.raw) if self._has_composed else None
        if units is None:
            origins = [i for i, c in enumerate(self.raw) for _ in _TABLE[ord(c)]]
        else:
            origins = [i for i, c in units for _ in _TABLE[ord(c)]]
        for start, end in reversed(self._dropped):
            del origins[start:end]
        origins.append(len(self.raw))
        return origins

    @cached_property
    def _is_aligned(self) -> bool:
        return len(self.raw) == len(self.text) and (
            self.raw.isascii() or self._origins == list(range(len(self.raw) + 1))
        )

    def span(self, start: int, end: int) -> Span:
        """Lead a span of ``text`` back to the pasted text.

        Invisible characters inside belong to it; those behind its end do not.
        """
        if self._is_aligned:
            return start, end
        if end <= start:
            return self._origins[start], self._origins[start]
        first = self._origins[start]
        last = self._origins[end - 1]
        # A composed unit (a syllable of jamo) covers more than one pasted code point.
        stop = last + 1
        if self._has_composed and end < len(self._origins):
            following = self._origins[end]
            while stop < following and unicodedata.normalize("NFKC", self.raw[last : stop + 1]) != (
                unicodedata.normalize("NFKC", self.raw[last:stop])
                + unicodedata.normalize("NFKC", self.raw[stop])
            ):
                stop += 1
        # Marks and joiners drawn on the last character (an accent, a keycap) are part of it.
        while stop < len(self.raw) and _is_mark(self.raw[stop]):
            stop += 1
        return first, stop

    def locate(self, offset: int) -> int:
        """Return where in ``text`` the pasted code point at ``offset`` ended up."""
        if self._is_aligned:
            return offset
        return max(0, bisect_right(self._origins, offset) - 1)


class Vocabulary:
    """The words worth repairing when digits and signs stand in for their letters.

    Attributes:
        words: whole words; stems: beginnings of words. Both folded.
    """

    def __init__(self, words: frozenset[str] = frozenset(), stems: tuple[str, ...] = ()) -> None:
        self.words = words
        self.stems = tuple(stem for stem in stems if len(stem) >= 4)

    def is_known(self, word: str) -> bool:
        """Tell whether the folded ``word`` is one of the words or starts with a stem."""
        return len(word) >= 4 and (word in self.words or word.startswith(self.stems))


_NO_VOCABULARY = Vocabulary()


def fold(raw: str, vocabulary: Vocabulary = _NO_VOCABULARY) -> Folded:
    """Fold a text of any content; linear in its length.

    Args:
        raw: the text as pasted, any code points.
        vocabulary: words whose leet spellings (``wh4ts@pp``) are read as the word.
    """
    if raw.isascii():
        # One pass over bytes instead of one over characters: the table is the same.
        text = raw.encode("ascii").translate(_ASCII_TABLE, _ASCII_DROPPED).decode("ascii")
        return _finish(raw, text, False, vocabulary)
    has_composed = _PART.search(raw) is not None and _COMPOSABLE.search(raw) is not None
    source = "".join(c for _, c in _compose(raw)) if has_composed else raw
    text = source.lower()
    if _NOT_PLAIN.search(text):
        text = _NOT_PLAIN.sub(_fold_match, text)
    for letter, plain in _COMMON:
        text = text.replace(letter, plain)
    if _HAS_LATIN.search(text) and _HAS_OTHER.search(text) and _IS_MIXED.search(text):
        text = _WORD.sub(_one_script, text)
    return _finish(raw, text, has_composed, vocabulary)


def _fold_match(match: re.Match[str]) -> str:
    return _TABLE[ord(match[0])]


_ASCII_TABLE = bytes(
    ord((_TABLE[code] or " ")[0]) if code < 128 else 32 for code in range(256)
)
_ASCII_DROPPED = bytes(code for code in range(128) if not _TABLE[code])
# Characters that str.lower() alone folds; the few frequent letters with marks are replaced
# one by one, everything else asks the table.
_COMMON = (("ё", "е"), ("й", "и"), ("ї", "і"))
_NOT_PLAIN = re.compile(
    "[^ -_a-~\n\u0430-\u044f\u0451\u0456\u0457\u0454\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fff"
    "\uac00-\ud7a3\u3001\u3002\u0621\u0627\u0628\u062a-\u063a\u0641-\u0648\u064a]"
)
_HAS_LATIN = re.compile("[a-z]")
_HAS_OTHER = re.compile(f"[{_CYRILLIC}{_GREEK}]")
_ODD_DIGIT = re.compile(r"[0134578@$|€](?:(?<=[a-z].)|(?<=^.)(?=[a-z])|(?<=[ \n].)(?=[a-z]{2}))")


def _finish(raw: str, text: str, has_composed: bool, vocabulary: Vocabulary) -> Folded:
    """Repair leet words (same length), then drop what pulls words apart and runs of spaces."""
    if vocabulary.words and _ODD_DIGIT.search(text):
        text = _LEET_TOKEN.sub(lambda token: _unleet(token, vocabulary), text)
    dropped: list[Span] = []
    if "  " in text or "\n" in text:
        dropped += [(m.start() + 1, m.end()) for m in _SPACE_RUN.finditer(text)]
        text = _SPACE_RUN.sub(lambda m: "\n" if "\n" in m[0] else " ", text)
    words = _words(text)
    if not _HAS_LONE_LETTERS.search(f" {words} "):
        return Folded(raw, text, tuple(dropped), has_composed, words)
    return _pull_together(raw, text, dropped, has_composed)


_HAS_LONE_LETTERS = re.compile(r" \w +\w +\w ")
_ASCII_WORDS = bytes(
    code if chr(code).isalnum() and code < 128 else 32 for code in range(256)
)
# The usual punctuation, cheaper to replace one by one than to look up each character.
_USUAL = tuple("\n.,!?-:;'\"()/_、。，！？：…")
_UNUSUAL = re.compile(r"[^\w ]")


def _words(text: str) -> str:
    """Return the text with a space for each character that is no letter or digit."""
    if text.isascii():
        return text.encode("ascii").translate(_ASCII_WORDS).decode("ascii")
    for sign in _USUAL:
        text = text.replace(sign, " ")
    return _NOT_WORD.sub(" ", text) if _UNUSUAL.search(text) else text


def _pull_together(raw: str, text: str, dropped: list[Span], has_composed: bool) -> Folded:
    later: list[Span] = []
    for pattern in (_PULLED_APART, _PULLED_APART_CJK):
        for run in pattern.finditer(text):
            start = None
            for offset in range(run.start(), run.end()):
                if text[offset].isalpha():
                    if start is not None:
                        later.append((start, offset))
                    start = None
                elif start is None:
                    start = offset
    if not later:
        return Folded(raw, text, tuple(dropped), has_composed, _words(text))
    later = sorted(set(later))
    kept = []
    position = 0
    for start, end in later:
        kept.append(text[position:start])
        position = end
    kept.append(text[position:])
    together = "".join(kept)
    shifts = list(accumulate((end - start for start, end in dropped), initial=0))
    ends = [end - shifts[i + 1] for i, (_, end) in enumerate(dropped)]

    def before(offset: int) -> int:
        """Lead an offset of the text without its space runs back to the text with them."""
        return offset + shifts[bisect_right(ends, offset)]

    merged = sorted([*dropped, *((before(s), before(e - 1) + 1) for s, e in later)])
    flat: list[Span] = []
    for start, end in merged:
        if flat and start <= flat[-1][1]:
            flat[-1] = (flat[-1][0], max(end, flat[-1][1]))
        else:
            flat.append((start, end))
    return Folded(raw, together, tuple(flat), has_composed, _words(together))


def _compose(raw: str) -> list[tuple[int, str]]:
    """Split into units: (offset, one character), jamo and half-width kana put together."""
    units: list[tuple[int, str]] = []
    position = 0
    for match in _COMPOSABLE.finditer(raw):
        composed = unicodedata.normalize("NFKC", match[0])
        units += ((i, raw[i]) for i in range(position, match.start()))
        if len(composed) == 1:
            units.append((match.start(), composed))
        else:
            units += ((i, raw[i]) for i in range(match.start(), match.end()))
        position = match.end()
    units += ((i, raw[i]) for i in range(position, len(raw)))
    return units


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


def _unleet(match: re.Match[str], vocabulary: Vocabulary) -> str:
    """Return the word that a leet spelling stands for, if the vocabulary knows it."""
    token = match[0]
    if token.isalpha() or token.isdigit() or vocabulary.is_known(token):
        return token
    for reading in (token.translate(_LEET), token.replace("1", "l").translate(_LEET)):
        if reading.isalpha() and vocabulary.is_known(reading):
            return reading
    return token
