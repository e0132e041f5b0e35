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
from collections.abc import Iterable
from functools import cached_property
from itertools import accumulate

from detector import script
from detector.character import TABLE, is_mark
from detector.types import Span

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
_DOMAIN_TAIL = re.compile(r"(?:-[\w-]{1,60})?\.[^\W\d_]{2}")
_LEET_TOKEN = re.compile(r"(?<![\w@$!|€])[\w@$!|€]{4,40}(?![\w@$|€])")


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
            origins = [i for i, c in enumerate(self.raw) for _ in TABLE[ord(c)]]
        else:
            origins = [i for i, c in units for _ in TABLE[ord(c)]]
        for start, end in reversed(self._dropped):
            del origins[start:end]
        origins.append(len(self.raw))
        return origins

    @cached_property
    def _is_aligned(self) -> bool:
        if len(self.raw) != len(self.text):
            return False
        if self.raw.isascii():
            return True
        if not self._dropped and not self._has_composed and not _NOT_PLAIN.search(self.raw.lower()):
            # Every character stands for itself, none was put in or taken out.
            return True
        return self._origins == list(range(len(self.raw) + 1))

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
        while stop < len(self.raw) and is_mark(self.raw[stop]):
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

    def __init__(self, words: frozenset[str] = frozenset(), stems: Iterable[str] = ()) -> None:
        self.words = words
        self.stems = frozenset(stem for stem in stems if len(stem) >= 4)
        self._lengths = sorted({len(stem) for stem in self.stems})

    def is_known(self, word: str) -> bool:
        """Tell whether the folded ``word`` is one of the words or starts with a stem."""
        if len(word) < 4:
            return False
        return word in self.words or any(word[:n] in self.stems for n in self._lengths)

    def completes(self, first: str, second: str) -> bool:
        """Tell whether two parts of a word are known only together: pay-pal, not qr-code."""
        word = first + second
        if len(word) < 6 or first in self.words or second in self.words:
            return False
        return word in self.words or any(
            word[:n] in self.stems for n in self._lengths if n > len(first)
        )


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
    return _finish(raw, script.repair(text), has_composed, vocabulary)


def is_part(character: str) -> bool:
    """Tell whether a character may have to be put together with its neighbour first."""
    return _PART.match(character) is not None


def fold_even(raw: str, text: str, words: str) -> Folded:
    """Return a text whose characters were folded one for one and need no repair."""
    folded = Folded(raw, text, (), False, words)
    folded.__dict__["_is_aligned"] = True
    return folded


def repair(raw: str, text: str, vocabulary: Vocabulary) -> Folded:
    """Return a text whose characters were folded one for one, its words repaired."""
    return _finish(raw, script.repair(text), False, vocabulary)


def _fold_match(match: re.Match[str]) -> str:
    return TABLE[ord(match[0])]


_ASCII_TABLE = bytes(ord((TABLE[code] or " ")[0]) if code < 128 else 32 for code in range(256))
_ASCII_DROPPED = bytes(code for code in range(128) if not TABLE[code])
# Characters that str.lower() alone folds; the few frequent letters with marks are replaced
# one by one, everything else asks the table.
_COMMON = (("ё", "е"), ("й", "и"), ("ї", "і"))
_NOT_PLAIN = re.compile(
    "[^ -_a-~\n\u0430-\u044f\u0451\u0456\u0457\u0454\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fff"
    "\uac00-\ud7a3\u3001\u3002\u0621\u0627\u0628\u062a-\u063a\u0641-\u0648\u064a]"
)
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
    split = [
        m.span(2)
        for m in (_SPLIT_WORD.finditer(text) if vocabulary.words else ())
        if vocabulary.completes(m[1], m[3])
    ]
    if not split and not _HAS_LONE_LETTERS.search(f" {words} "):
        return Folded(raw, text, tuple(dropped), has_composed, words)
    return _pull_together(raw, text, dropped, split, has_composed)


# "pay-pal", "What.sApp": one sign between two parts, and no address around them.
_SPLIT_WORD = re.compile(
    r"(?<![\w@/.·*|-])([^\W\d_]{2,40})([-.·*_|])([^\W\d_]{2,40})(?![\w@/:·*|-]|\.\w)"
)
_HAS_LONE_LETTERS = re.compile(r" \w +\w +\w ")
_ASCII_WORDS = bytes(code if chr(code).isalnum() and code < 128 else 32 for code in range(256))
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


def _pull_together(
    raw: str, text: str, dropped: list[Span], split: list[Span], has_composed: bool
) -> Folded:
    later = list(split)
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


def _unleet(match: re.Match[str], vocabulary: Vocabulary) -> str:
    """Return the word that a leet spelling stands for, if the vocabulary knows it."""
    token = match[0]
    if token.isalpha() or token.isdigit() or vocabulary.is_known(token):
        return token
    if "@" in token and _DOMAIN_TAIL.match(match.string, match.end()):
        return token  # an address: "dzial@shop.pl" holds no "działa"
    for reading in (token.translate(_LEET), token.replace("1", "l").translate(_LEET)):
        if reading.isalpha() and vocabulary.is_known(reading):
            return reading
    return token
