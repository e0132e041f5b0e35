"""Finds the names of messengers in a text, as people write and misspell them.

The names and everything else about a messenger are data: messengers.toml.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import ahocorasick_rs

from detector.fold import Folded, fold
from detector.types import Span

_DATA: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("messengers.toml").read_text(encoding="utf-8")
)


_END_OF_WORD = r"(?![a-z0-9_\u0400-\u052f\u0600-\u06ff])"


def grammar(name: str) -> frozenset[str]:
    """Return a folded word list of the ``[grammar]`` table."""
    return frozenset(fold(word).text for word in _DATA["grammar"][name])


def alternatives(words: Iterable[str]) -> str:
    """Return a pattern for one of the words, longest first; whole words where spaces part them."""
    parts = []
    longest_first = sorted(set(words), key=lambda w: (-len(w), w))
    # One end for a run of words: an end for each takes long to compile.
    for is_spaced, run in groupby(longest_first, key=lambda w: _is_spaced(w[-1])):
        either = "|".join(map(re.escape, run))
        parts.append(f"(?:{either}){_END_OF_WORD}" if is_spaced else either)
    return "|".join(parts)


def _is_spaced(character: str) -> bool:
    return character.isalpha() and character < "\u1100"


@dataclass(frozen=True, slots=True)
class Route:
    """A kind of link: what follows the host, and what it stands for."""

    pattern: re.Pattern[str]
    value: str
    stands_for: str


@dataclass(frozen=True, slots=True)
class Messenger:
    """A messenger or social network.

    Attributes:
        id: first half of the normal form.
        trait: ``messenger-handle`` or ``social-handle``.
        prefix: what stands before an id in its normal form.
        shape: pattern of an id.
        numbers: "only", "also", "never" or "id" (a number that is no telephone number).
        has_ids: a bare word can be a contact.
        keeps_at: a sign @ belongs to the id.
        region: country of most of its telephone numbers, or None.
        homes: folded name → the only country that calls it so.
    """

    id: str
    trait: str
    prefix: str
    shape: re.Pattern[str]
    numbers: str
    has_ids: bool
    keeps_at: bool
    region: str | None
    homes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Mention:
    """A messenger named at ``start:end`` of the folded text."""

    messenger: Messenger
    start: int
    end: int
    is_weak: bool


def _messenger(entry: dict[str, Any]) -> Messenger:
    return Messenger(
        id=entry["id"],
        trait=entry["trait"],
        prefix=entry["prefix"],
        shape=re.compile(rf"(?:{entry['shape']})(?![a-z0-9_])"),
        numbers=entry["numbers"],
        has_ids=entry.get("ids", True),
        keeps_at=entry.get("keeps_at", False),
        region=entry.get("region"),
        homes={fold(name).text: region for name, region in entry.get("homes", {}).items()},
    )


MESSENGERS: dict[str, Messenger] = {e["id"]: _messenger(e) for e in _DATA["messenger"]}


def _routes() -> dict[str, tuple[tuple[Messenger, Route], ...]]:
    found: dict[str, list[tuple[Messenger, Route]]] = {}
    for entry in _DATA["messenger"]:
        for link in entry.get("link", ()):
            paths = found.setdefault(link["host"], [])
            if "same" in link:
                paths += found[link["same"]]
                continue
            path = Route(re.compile(link["path"]), link.get("value", "{0}"), link.get("as", "name"))
            paths.append((MESSENGERS[entry["id"]], path))
    return {host: tuple(paths) for host, paths in found.items()}


ROUTES: dict[str, tuple[tuple[Messenger, Route], ...]] = _routes()
"""Host of a link → the kinds of path it may have, tried in order."""


@dataclass(frozen=True, slots=True)
class _Name:
    messenger: Messenger
    word: str
    offset: int
    strength: str


def _names() -> Iterator[_Name]:
    for entry in _DATA["messenger"]:
        for strength in ("names", "weak", "chinese"):
            for written in entry.get(strength, ()):
                before, bar, _ = written.partition("|")
                offset = len(fold(before).text) if bar else 0
                word = fold(written.replace("|", "")).text
                yield _Name(MESSENGERS[entry["id"]], word, offset, strength)


# The first reading of a word wins: a sure name of one before a doubtful one of another.
_NAMES = list({name.word: name for name in reversed(list(_names()))}.values())
# Single letters are names only among Chinese; looking for them everywhere costs time.
_ALPHABETIC = [name for name in _NAMES if name.strength != "chinese"]
_FINDER = ahocorasick_rs.AhoCorasick([name.word for name in _ALPHABETIC])
_CHINESE_FINDER = ahocorasick_rs.AhoCorasick([name.word for name in _NAMES])
_ENDING = re.compile(
    rf"(?:{'|'.join(sorted(map(re.escape, grammar('endings')), key=len, reverse=True))})"
    r"(?![a-z\u0400-\u052f0-9_'])"
)
_PREFIXES = grammar("arabic_prefixes")
_ARABIC_TAIL = re.compile("[\u0600-\u06ff]*")
_ARABIC_ENDINGS = frozenset({"", "ي", "نا", "ه", "كم"})
_SITE = re.compile(r"\.(?:com|org|net|me|app|ru|io|dev|apk)(?![a-z])")
_CHINESE = re.compile("[\u3400-\u9fff]")
_IN_LINK = re.compile(r"(?:://|[a-z0-9]\.[a-z]{2,6}/)[^\s]{0,80}$")
_KANA = re.compile("[\u30a1-\u30fc]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_JOINS = re.compile(rf" ?(?:[/,&+|、·\\\n-]|(?:{alternatives(grammar('joins'))}))? ?(?:/ ?)?")

MESSENGER_WORDS: frozenset[str] = frozenset(
    name.word for name in _NAMES if name.strength != "chinese"
)
"""Every folded name of a messenger; some are everyday words as well."""


DOTTED_NAMES: frozenset[str] = frozenset(
    name.word
    for name in _NAMES
    if name.messenger.trait == "social-handle" and name.messenger.shape.fullmatch("ab.cd")
)
"""Names of networks whose ids may look like a host: "insta: case.shop"."""


_AFTER = (*" :@-=+(),./\n)?!;\"'_→>*|~[]：号是", *"0123456789")
_BEFORE = (
    '"', "(", "/", "- ", ", ", "on ", "to ", "in ", "na ", "no ", "en ", "via ",
    "有", "加", "的", "/ ", ") ", "+", *(f"{digit} " for digit in range(10)),
)  # fmt: skip


def _literals() -> Iterator[str]:
    """Yield substrings one of which surrounds each name: short names only with a neighbour."""
    for name in _NAMES:
        if len(name.word) >= 4 or not name.word.isascii():
            yield name.word
        else:
            yield from (name.word + sign for sign in _AFTER)
            yield from (sign + name.word for sign in _BEFORE)


LITERALS: frozenset[str] = frozenset(_literals())


def mentions(folded: Folded) -> list[Mention]:
    """Return the messengers a text names, left to right, never overlapping."""
    text = folded.text
    found: list[Mention] = []
    names, finder = _ALPHABETIC, _FINDER
    if not text.isascii() and _CHINESE.search(text):
        names, finder = _NAMES, _CHINESE_FINDER
    for index, start, end in finder.find_matches_as_indexes(text, overlapping=True):
        name = names[index]
        stop = _end_of_word(text, start, end, name)
        if stop is not None:
            is_weak = name.strength != "names"
            found.append(Mention(name.messenger, start + name.offset, stop, is_weak))
    if not found:
        return found
    found.sort(key=lambda m: (m.start, -m.end, m.is_weak))
    kept: list[Mention] = []
    for mention in found:
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return kept


def groups(folded: Folded, found: list[Mention]) -> list[list[Mention]]:
    """Put names together that share one id: "WhatsApp / Telegram", "viber и вотсап"."""
    joined: list[list[Mention]] = []
    for mention in found:
        if joined and _JOINS.fullmatch(folded.text, joined[-1][-1].end, mention.start):
            joined[-1].append(mention)
        else:
            joined.append([mention])
    return joined


def span(group: list[Mention]) -> Span:
    """Return the place of a group of names."""
    return group[0].start, group[-1].end


def _end_of_word(text: str, start: int, end: int, name: _Name) -> int | None:
    """Return where the word of a name ends, or None when it is part of another word."""
    before, after = text[start - 1 : start], text[end : end + 1]
    first, last = name.word[0], name.word[-1]
    if "a" <= first <= "z" and not _may_precede(text, start, before, name):
        return None
    if "\u0400" <= first <= "\u052f" and (before in ("_", "@", "#") or _is_cyrillic(before)):
        return None
    if "\u0600" <= first <= "\u06ff":
        return _arabic_end(text, start, end)
    if _KANA.match(first) and (_KANA.match(before) or _KANA.match(after)):
        return None
    if name.strength == "weak" and _HANGUL.match(first) and _HANGUL.match(before):
        return None
    if "a" <= last <= "z" or "\u0400" <= last <= "\u052f":
        return _spaced_end(text, start, end, name)
    return end


def _may_precede(text: str, start: int, before: str, name: _Name) -> bool:
    if not before:
        return True
    if "a" <= before <= "z" or before in "@_":
        return False
    if before.isdigit():
        return name.strength == "names" and text[max(0, start - 5) : start].isdigit()
    if before == ".":
        return not text[start - 2 : start - 1].isalnum()
    # "Tel/WhatsApp" names it, the path of a link does not.
    return before != "/" or _IN_LINK.search(text[max(0, start - 80) : start]) is None


def _is_cyrillic(character: str) -> bool:
    return "\u0400" <= character <= "\u052f"


def _spaced_end(text: str, start: int, end: int, name: _Name) -> int | None:
    if _SITE.match(text, end):
        return None
    if len(name.word) >= 4 and end < len(text):
        ending = _ENDING.match(text, end)
        if ending:
            return ending.end()
    after = text[end : end + 1]
    is_letter = "a" <= after <= "z" or _is_cyrillic(after) or after == "_"
    if is_letter and not (name.word.isascii() and _is_cyrillic(after)):
        # "加vabc123": Chinese needs no space, not even before an id.
        is_glued = name.offset or (start and _CHINESE.match(text, start - 1))
        return end if is_glued and name.strength == "names" else None
    if after.isdigit() and name.strength == "weak":
        return None
    return end


def _arabic_end(text: str, start: int, end: int) -> int | None:
    first = start
    while first > 0 and start - first < 5 and "\u0600" <= text[first - 1] <= "\u06ff":
        first -= 1
    tail = _ARABIC_TAIL.match(text, end)
    ending = tail[0] if tail else ""
    if (first < start and text[first:start] not in _PREFIXES) or ending not in _ARABIC_ENDINGS:
        return None
    return end + len(ending)
