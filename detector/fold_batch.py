"""Folds many texts in one go: the same result as :func:`detector.fold.fold` on each.

Most characters fold to one character wherever they stand, so a batch is folded
as one array of code points. A text that needs more (a dropped or doubled
character, scripts mixed in a word, letters pulled apart, leet) is noticed in the
arrays and goes through :func:`~detector.fold.fold` itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from detector.character import TABLE
from detector.fold import Folded, Vocabulary, fold, fold_even, is_part, repair

Codes = NDArray[np.uint32]
Flags = NDArray[np.uint16]
Offsets = NDArray[np.int64]

WORD, LATIN, CYRILLIC, GREEK, DIGIT, SPACE, ODD = 1, 2, 4, 8, 16, 32, 64
HANGUL, KANA, HAN, ARABIC, LETTER, SPLIT = 128, 256, 512, 1024, 2048, 4096
"""What a folded character is: bits of :attr:`FoldedBatch.flags`."""

GLUE = "\x00\x00\x00"
"""Stands between two texts of a joined string; folding never leaves it in a text."""

_SIZE = 0x110000
_UNKNOWN = 0xFFFFFFFF
_UNEVEN = 0xFFFFFFFE  # folds to nothing or to several characters, or may be put together
_BLANK = 32
_REPAIR, _FOLD = 1, 2
_LEET_SIGNS = frozenset("0134578@$|€")
_SPLIT_SIGNS = frozenset("-.·*_|")
_RANGES = (
    (HANGUL, "\uac00", "\ud7a3"),
    (KANA, "\u3040", "\u30ff"),
    (HAN, "\u3400", "\u9fff"),
    (ARABIC, "\u0600", "\u06ff"),
    (CYRILLIC, "\u0400", "\u052f"),
    (GREEK, "\u03b1", "\u03c9"),
    (LATIN, "a", "z"),
)


def _kind_of(character: str) -> int:
    flags = WORD if character.isalnum() else 0
    flags |= LETTER if character.isalpha() else 0
    flags |= DIGIT if "0" <= character <= "9" else 0
    flags |= SPACE if character in " \n" else 0
    flags |= ODD if character in _LEET_SIGNS else 0
    flags |= SPLIT if character in _SPLIT_SIGNS else 0
    for bit, first, last in _RANGES:
        flags |= bit if first <= character <= last else 0
    return flags


class _Plane:
    """Folded code point and flags of every code point, filled as characters are met."""

    def __init__(self) -> None:
        self.folded: Codes = np.full(_SIZE, _UNKNOWN, dtype=np.uint32)
        self.flags: Flags = np.zeros(_SIZE, dtype=np.uint16)
        self.is_known = np.zeros(_SIZE, dtype=np.bool_)

    def fold(self, codes: Codes) -> Codes:
        folded = self.folded[codes]
        if (folded == _UNKNOWN).any():
            for code in np.unique(codes[folded == _UNKNOWN]).tolist():
                plain = TABLE[code]
                is_even = len(plain) == 1 and not is_part(chr(code))
                self.folded[code] = ord(plain) if is_even else _UNEVEN
            folded = self.folded[codes]
        return folded

    def flag(self, codes: Codes) -> Flags:
        if not self.is_known[codes].all():
            for code in np.unique(codes[~self.is_known[codes]]).tolist():
                self.flags[code] = _kind_of(chr(code))
                self.is_known[code] = True
        return self.flags[codes]


_PLANE = _Plane()


def codes_of(text: str) -> Codes:
    """Return the code points of a text, (characters,)."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def flags_of(codes: Codes) -> Flags:
    """Return what each folded character is, (characters,)."""
    return _PLANE.flag(codes)


def starts_of(texts: Sequence[str], glue: int) -> Offsets:
    """Return where each text begins in the joined string, and where a further one would."""
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    starts = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(lengths + glue, out=starts[1:])
    return starts


class FoldedBatch:
    """Folded texts, and the same texts joined to one for passes over all of them.

    Attributes:
        texts: the folded texts, in order.
        is_plain: for each, whether it was written plainly: nothing dropped or repaired.
        joined: their ``text`` with :data:`GLUE` between.
        starts: (texts + 1,) where each begins in ``joined``; characters.
        flags: (characters,) what each character of ``joined`` is.
    """

    def __init__(self, texts: Sequence[Folded], is_plain: Sequence[bool]) -> None:
        self.texts = texts
        self.is_plain = is_plain
        plain = [folded.text for folded in texts]
        self.joined = GLUE.join(plain)
        self.starts = starts_of(plain, len(GLUE))
        self.flags: Flags = _PLANE.flag(codes_of(self.joined))

    @cached_property
    def digits(self) -> list[int]:
        """How many digits each text has."""
        counts: list[int] = self._sum((self.flags & DIGIT) != 0).tolist()
        return counts

    @cached_property
    def scripts(self) -> list[int]:
        """The flags of all characters of each text, or-ed."""
        if not len(self.texts):
            return []
        edges = np.minimum(self.starts[:-1], max(0, len(self.flags) - 1))
        found = np.bitwise_or.reduceat(self.flags, edges) if len(self.flags) else edges
        # An empty text has no characters; reduceat gives it its neighbour's.
        found[np.diff(self.starts) == len(GLUE)] = 0
        scripts: list[int] = found.tolist()
        return scripts

    def _sum(self, marks: NDArray[np.bool_]) -> Offsets:
        return _counts(marks, self.starts[:-1], self.starts[1:] - len(GLUE))


def _counts(marks: NDArray[np.bool_], starts: Offsets, stops: Offsets) -> Offsets:
    """Return how many marks lie in each span."""
    total = np.zeros(len(marks) + 1, dtype=np.int64)
    np.cumsum(marks, out=total[1:])
    counted: Offsets = total[np.minimum(stops, len(marks))] - total[np.minimum(starts, len(marks))]
    return counted


def fold_batch(raws: Sequence[str], vocabulary: Vocabulary) -> FoldedBatch:
    """Fold texts of any content; linear in their length.

    Args:
        raws: the texts as pasted.
        vocabulary: words whose leet spellings are read as the word.
    """
    starts = starts_of(raws, 1)
    codes = _PLANE.fold(codes_of("\x00".join(raws)))
    uneven = codes == _UNEVEN
    uneven[starts[1:-1] - 1] = False
    codes[codes == _UNEVEN] = 0
    flags = _PLANE.flag(codes)
    firsts, stops = starts[:-1], starts[1:] - 1
    care = np.where(_counts(_needs_repair(flags), firsts, stops) != 0, _REPAIR, 0)
    care |= np.where(_has_lone_letters(flags, firsts, stops), _REPAIR, 0)
    care |= np.where(_counts(uneven, firsts, stops) != 0, _FOLD, 0)
    text = codes.tobytes().decode("utf-32-le", "surrogatepass")
    words = np.where(flags & WORD, codes, _BLANK).tobytes().decode("utf-32-le", "surrogatepass")
    folded = []
    for raw, start, stop, kind in zip(
        raws, firsts.tolist(), stops.tolist(), care.tolist(), strict=True
    ):
        if not kind:
            folded.append(fold_even(raw, text[start:stop], words[start:stop]))
        elif kind == _REPAIR:
            folded.append(repair(raw, text[start:stop], vocabulary))
        else:
            folded.append(fold(raw, vocabulary))
    return FoldedBatch(folded, [kind == 0 for kind in care.tolist()])


def _needs_repair(flags: Flags) -> NDArray[np.bool_]:
    """Mark neighbours that no plain text has: mixed scripts, runs of spaces, leet."""
    marks = np.zeros(len(flags), dtype=np.bool_)
    left, right = flags[:-1], flags[1:]
    other = CYRILLIC | GREEK
    marks[1:] = (
        (((left & LATIN) != 0) & ((right & other) != 0))
        | (((left & other) != 0) & ((right & LATIN) != 0))
        | (((left & CYRILLIC) != 0) & ((right & GREEK) != 0))
        | (((left & GREEK) != 0) & ((right & CYRILLIC) != 0))
        | (((left & SPACE) != 0) & ((right & SPACE) != 0))
        | (((left & LATIN) != 0) & ((right & ODD) != 0))
    )
    # A sign that begins a word; the glue stands in front of a text.
    marks[2:] |= (
        ((flags[:-2] & (WORD | ODD)) == 0) & ((left[1:] & ODD) != 0) & ((right[1:] & LATIN) != 0)
    )
    marks[2:] |= (
        ((flags[:-2] & LETTER) != 0) & ((left[1:] & SPLIT) != 0) & ((right[1:] & LETTER) != 0)
    )
    marks[1:2] |= ((left[:1] & ODD) != 0) & ((right[:1] & LATIN) != 0)
    return marks


def _has_lone_letters(flags: Flags, firsts: Offsets, stops: Offsets) -> NDArray[np.bool_]:
    """Tell which texts have three words of one letter in a row."""
    word = np.concatenate(([False], (flags & WORD) != 0, [False]))
    edges = np.flatnonzero(word[1:] != word[:-1])
    begins, ends = edges[::2], edges[1::2]
    lone = ends - begins == 1
    triple = np.zeros(len(flags), dtype=np.bool_)
    if len(lone) >= 3:
        rows = lone[:-2] & lone[1:-1] & lone[2:]
        triple[begins[2:][rows]] = True
    found: NDArray[np.bool_] = _counts(triple, firsts, stops) != 0
    return found
