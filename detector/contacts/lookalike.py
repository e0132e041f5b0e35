"""Decides whether a host imitates the name of a marketplace.

Generic in the brand: the marketplace gives its labels (``"shop-name"``: the hyphen
marks the two halves), its spellings in other scripts and words that resemble it by
chance. A host counts as an imitation when one of its labels holds the name

* as it is, whole or inside (``name-refund.com``, ``name.com.evil.top``, ``best-name.shop``),
* drawn with digits, accents or letters of another script (``n4me``, ``xn--…``),
* with a slip of the hand that a registrar of typos would pick: a key next to it,
  a letter doubled, dropped or swapped (the classes of dnstwist),
* begun and broken off, followed by a word of trade (``nam-shop``).

Half of a name can be an ordinary word ("express"). Then letters that fit only by
chance across two words ("globalexpress") are no sign: a slip in the first half counts
only when nothing but words of trade stands around it.
"""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from detector.contacts.slip import distance, has_double, is_one_slip
from detector.fold import fold
from detector.marketplace import Marketplace

_AFFIXES = frozenset(
    tomllib.loads(Path(__file__).with_name("lookalike.toml").read_text(encoding="utf-8"))["affixes"]
)
_LONGEST_AFFIX = max(map(len, _AFFIXES))
_MAX_LABEL = 63  # RFC 1035

# Letters of other scripts that are drawn like a Latin one (Unicode TR 39, the usual ones).
_DRAWN_LIKE = {
    "a": "аαɑ", "b": "вьβ", "c": "сϲ", "d": "ԁɗ", "e": "еєεҽэ", "g": "ɡց", "h": "һнհ", "i": "іιɩᎥ",
    "j": "јʝ", "k": "кκ", "l": "ӏⅼӀｌ", "m": "м", "n": "пոη", "o": "оοօσ", "p": "рρ", "q": "ԛգ",
    "r": "гᴦ", "s": "ѕꜱʂ", "t": "тτ", "u": "υսц", "v": "νѵ", "w": "ԝшω", "x": "хχ×", "y": "уγү",
    "z": "ʐᴢ",
}  # fmt: skip
_TO_LATIN = str.maketrans(
    {drawn: latin for latin, others in _DRAWN_LIKE.items() for drawn in others}
)
# Digits drawn like letters; 1 is read as l and as i.
_DIGITS = str.maketrans("0134567829", "oleasbtbzg")
_DIGITS_I = str.maketrans("0134567829", "oieasbtbzg")


@dataclass(frozen=True, slots=True)
class _Name:
    """A brand label in two halves; ``tail`` is empty for a name of one piece."""

    head: str
    tail: str
    chance: tuple[str, ...]

    @property
    def whole(self) -> str:
        return self.head + self.tail


def is_lookalike(host: str, marketplace: Marketplace) -> bool:
    """Tell whether ``host`` (lower case, ASCII/punycode) imitates the marketplace.

    Its own hosts, those of its group and its partners never do.
    """
    if marketplace.role(host) is not None:
        return False
    return imitates(host, marketplace)


@lru_cache(maxsize=4096)
def imitates(host: str, marketplace: Marketplace) -> bool:
    """Tell whether the letters of ``host`` imitate the name, whoever owns the host."""
    labels = [_decode(label) for label in host.split(".") if label][-12:]
    names = _names(marketplace)
    if any(_has_word(label, marketplace) for label in labels if not label.isascii()):
        return True
    if _crosses_dot(labels, names):
        return True
    # The last label is the top-level domain; the name may stand in any other.
    return any(_label_imitates(label, name) for label in labels[:-1] for name in names)


@lru_cache(maxsize=16)
def _names(marketplace: Marketplace) -> tuple[_Name, ...]:
    brand = marketplace.brand
    halves = (label.partition("-") for label in brand.labels)
    return tuple(_Name(head, tail, brand.chance_words) for head, _, tail in halves)


def _decode(label: str) -> str:
    if not label.startswith("xn--"):
        return label[:_MAX_LABEL]
    try:
        return label[4:].encode("ascii").decode("punycode")[:_MAX_LABEL]
    except (UnicodeError, ValueError):
        return label[:_MAX_LABEL]


def _has_word(label: str, marketplace: Marketplace) -> bool:
    """Tell whether the name stands in the label in its own script, hyphens ignored."""
    text = fold(label).text.replace("-", "")
    return any(
        word.replace(" ", "").replace("-", "") in text
        for word in marketplace.brand_words
        if not word.isascii()
    )


def _crosses_dot(labels: list[str], names: tuple[_Name, ...]) -> bool:
    """Tell whether a dot stands between the halves, as in ``head.tail.com``."""
    return any(
        name.tail and (left, right) == (name.head, name.tail)
        for left, right in pairwise(labels)
        for name in names
    )


def _label_imitates(label: str, name: _Name) -> bool:
    return any(_reading_imitates(reading, name) for reading in _readings(label))


def _readings(label: str) -> list[str]:
    """Return the label in plain Latin letters, the ways its digits can be read."""
    plain = unicodedata.normalize("NFKD", label.translate(_TO_LATIN))
    plain = fold("".join(c for c in plain if not unicodedata.combining(c))).text
    plain = plain.translate(_TO_LATIN).replace("_", "-")
    readings = [plain]
    if any(c.isdigit() for c in plain) and not plain.isdigit():
        readings += [plain.translate(_DIGITS), plain.translate(_DIGITS_I)]
    for wide, narrow in (("rn", "m"), ("vv", "w")):
        readings += [r.replace(wide, narrow) for r in readings if wide in r]
    return readings


def _reading_imitates(label: str, name: _Name) -> bool:
    pieces = [piece for piece in label.split("-") if piece]
    if len(name.whole) < 7:
        # A short name stands inside too many words: only as a piece of its own.
        return any(_is_bare(piece, name.whole) for piece in pieces)
    return (
        any(_piece_imitates(piece, name) for piece in pieces)
        or _is_joined(pieces, name)
        or _is_broken_off(pieces, name)
        or _has_slip_between(pieces, name)
    )


def _is_bare(piece: str, whole: str) -> bool:
    return any(core == whole for core in _cores(piece))


def _piece_imitates(piece: str, name: _Name) -> bool:
    """Tell whether a piece without hyphens holds the name or a slip of it."""
    # The first half whole and most of the second: hardly two words meet like that.
    at = piece.find(name.head + name.tail[:4])
    if at >= 0:
        return not _is_chance(piece, at, name)
    if name.tail and piece.startswith(name.head + name.tail[:3]) and not _is_chance(piece, 0, name):
        return True
    return any(_is_slip(core, name, piece) for core in _cores(piece))


def _is_chance(piece: str, at: int, name: _Name) -> bool:
    """Tell whether the head found at ``at`` is part of an ordinary word.

    Either a word ends with it ("bali") or one follows it ("expert").
    """
    end = at + len(name.head)
    if piece[end:].startswith(name.chance):
        return True
    return any(
        piece[:end].endswith(word) and _is_affixes(piece[: end - len(word)]) for word in name.chance
    )


def _is_joined(pieces: list[str], name: _Name) -> bool:
    """Tell whether hyphens stand inside the name: ``shop-nameplus``, ``s-h-o-p-…``."""
    for start in range(len(pieces)):
        joined = ""
        for piece in pieces[start : start + len(name.whole)]:
            joined += piece
            if joined.startswith(name.whole) and not piece.startswith(name.whole):
                return True
    # Words of trade may be glued to the first half: "bestshop-name".
    return bool(name.tail) and any(
        right.startswith(name.tail) and any(core == name.head for core in _cores(left))
        for left, right in pairwise(pieces)
    )


def _is_broken_off(pieces: list[str], name: _Name) -> bool:
    """Tell whether a broken-off name is followed by nothing but words of trade."""
    stump = name.head + name.tail[:2]
    if not name.tail or not pieces or not pieces[0].startswith(stump):
        return False
    glued, rest = pieces[0][len(stump) :], pieces[1:]
    if (not glued and not rest) or 0 < len(glued) < 3:
        return False
    return all(_is_affixes(piece) for piece in [glued, *rest])


def _has_slip_between(pieces: list[str], name: _Name) -> bool:
    """Tell whether a hyphen parts the halves and one of them has a slip."""
    if not name.tail:
        return False
    for left, right in pairwise(pieces):
        heads = _cores(left)
        tails = _cores(right)
        if any(head == name.head for head in heads) and any(
            _is_tail_slip(tail, name.tail) for tail in tails
        ):
            return True
        if name.tail in tails and any(has_double(head, name.head) for head in heads):
            return True
    return False


def _is_slip(core: str, name: _Name, piece: str) -> bool:
    """Tell whether ``core`` of ``piece`` is the name with a slip (or two in the second half)."""
    whole = name.whole
    if abs(len(core) - len(whole)) > 2 or core == name.tail:
        return False
    core = core.replace("ks", "x") if "x" in whole and "x" not in core else core
    if core == whole:
        return True
    if name.tail and core.startswith(name.head):
        return _is_tail_slip(core[len(name.head) :], name.tail)
    # A slip in the first half must open the piece: "post" + "al" is no slip of the head.
    if name.tail and not piece.startswith(core[:4]):
        return False
    long_head = core[: len(name.head) + 1]
    if name.tail and has_double(long_head, name.head):
        return _is_tail_slip(core[len(long_head) :], name.tail)
    return is_one_slip(core, whole)


def _is_tail_slip(half: str, tail: str) -> bool:
    half = half.replace("ks", "x") if "x" in tail and "x" not in half else half
    if half == tail:
        return True
    if half.endswith(tail):
        # The second half is whole: what stands before it belongs to another word ("alien").
        return is_one_slip(half, tail)
    limit = 2 if half[:1] in tail[:2] and half[-1:] == tail[-1] and len(half) > 4 else 1
    return distance(half, tail) <= limit


def _cores(piece: str) -> set[str]:
    """Return what remains of a piece when words of trade and digits are set aside."""
    cores = {piece}
    queue = [piece]
    while queue and len(cores) < 64:
        word = queue.pop()
        for size in range(2, min(_LONGEST_AFFIX, len(word) - 2) + 1):
            for rest, affix in ((word[size:], word[:size]), (word[:-size], word[-size:])):
                if affix in _AFFIXES and rest not in cores:
                    cores.add(rest)
                    queue.append(rest)
        bare = word.strip("0123456789")
        if bare and bare not in cores:
            cores.add(bare)
            queue.append(bare)
    return cores


def _is_affixes(piece: str) -> bool:
    """Tell whether a piece is made of nothing but words of trade and digits."""
    reachable = {0}
    for end in range(1, len(piece) + 1):
        if (piece[end - 1].isdigit() and end - 1 in reachable) or any(
            piece[start:end] in _AFFIXES
            for start in range(max(0, end - _LONGEST_AFFIX), end)
            if start in reachable
        ):
            reachable.add(end)
    return len(piece) in reachable
