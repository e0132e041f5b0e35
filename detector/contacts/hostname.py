"""Reads host names, however their dots are written; shared by links and e-mail addresses."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import idna
from tldextract import TLDExtract

from detector.fold import Folded, fold
from detector.types import Span

_DATA: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("spoken.toml").read_text(encoding="utf-8")
)
_SPLIT = TLDExtract(suffix_list_urls=(), cache_dir=None)
_SUFFIXES = frozenset(_SPLIT.tlds)
TOP_LEVEL = frozenset(suffix.rpartition(".")[2] for suffix in _SUFFIXES)
# Reserved for documentation and tests (RFC 2606); people paste them all the same.
RESERVED = frozenset({"example", "test", "invalid"})


def words(name: str) -> frozenset[str]:
    """Return the folded words of a list in spoken.toml."""
    found = _DATA.get(name, _DATA["lists"].get(name))
    return frozenset(fold(word).text for word in found)


def mapping(name: str) -> dict[str, str]:
    """Return a table of spoken.toml with folded keys."""
    return {fold(word).text: value for word, value in _DATA[name].items()}


TLD_WORDS = mapping("tld_words")
DOT_WORDS = words("dot_words")


def alternatives(some: frozenset[str]) -> str:
    """Return a pattern for one of the words, longest first."""
    return "|".join(re.escape(word) for word in sorted(some, key=lambda w: (-len(w), w)))


_SPACED_SCRIPT = frozenset(w for w in DOT_WORDS if w < "\u0e00")
_TIGHT_SCRIPT = DOT_WORDS - _SPACED_SCRIPT  # written without spaces: 点, 점, ドット
_SIGN = "[.。]"
_GLUED = alternatives(frozenset(TLD_WORDS) | {"com", "ru"})
_SEPARATORS = {
    "plain": rf"{_SIGN}|%2e",
    "bracket": rf" ?[\[({{<] ?(?:[.。,·]|{alternatives(DOT_WORDS)}) ?[\])}}>] ?|\\\.",
    "middot": r"·",
    "word": rf"(?: |-|_)(?:{alternatives(_SPACED_SCRIPT)})(?: |-|_|(?=(?:{_GLUED})(?![^\W_])))"
    rf"| ?(?:{alternatives(_TIGHT_SCRIPT)}) ?",
    "spaced": rf" {_SIGN} ?",
}
_ANY = re.compile("|".join(f"(?P<{kind}>{p})" for kind, p in _SEPARATORS.items()))
_PLAIN = re.compile(f"(?P<plain>{_SEPARATORS['plain']})")
# Latin labels end where another script begins (no spaces in 请看evil.com吧).
_LABEL = re.compile(
    r"[a-z0-9_][a-z0-9_-]{0,62}"
    r"|[^\W\d_a-z\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3][^\W_a-z\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{0,40}"
    r"(?:-[^\W_a-z]{1,40}){0,4}"
    r"|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{1,12}?(?=点|點|점|닷|ドット|[ .。]|$|\n)"
    rf"|(?:{alternatives(frozenset(w for w in TLD_WORDS if w > chr(0x3000)))})"
)
_DISGUISE = re.compile("|".join(p for kind, p in _SEPARATORS.items() if kind != "plain"))
_MAX_LABELS = 8
# Asked before the pattern: a dozen look-ups cost less than one search.
_DISGUISE_MARKS = ("[", "{", "<", "(", "\\.", "·", " .", " 。", *sorted(DOT_WORDS))


def has_disguise(text: str) -> bool:
    """Tell whether a folded text may hold a dot written as something else."""
    return any(mark in text for mark in _DISGUISE_MARKS)


@dataclass(frozen=True, slots=True)
class Chain:
    """Labels with what stands between them; spans in the folded text."""

    labels: tuple[Span, ...]
    separators: tuple[str, ...]

    def cut(self, first: int, last: int) -> Chain:
        """Return the labels ``first`` to ``last`` (exclusive)."""
        return Chain(self.labels[first:last], self.separators[first : last - 1])


@dataclass(frozen=True, slots=True)
class Host:
    """A host as read.

    Attributes:
        value: lower case, ASCII/punycode.
        start, end: span in the folded text.
        suffix: the public suffix, ASCII.
        separators: how its dots were written ("plain", "bracket", "word", "spaced", "middot").
        is_repaired: letters of other scripts or signs stood for Latin ones in it.
    """

    value: str
    start: int
    end: int
    suffix: str
    separators: tuple[str, ...]
    is_repaired: bool

    @property
    def domain(self) -> str:
        """The label below the public suffix."""
        return self.value[: -len(self.suffix) - 1].rpartition(".")[2]

    @property
    def is_plain(self) -> bool:
        """Tell whether all dots are dots."""
        return all(separator == "plain" for separator in self.separators)


def is_host(host: str) -> bool:
    """Tell whether an ASCII host has a real public suffix and something below it."""
    return split_suffix(host) is not None


@lru_cache(maxsize=8192)
def split_suffix(host: str) -> str | None:
    """Return the public suffix of an ASCII host, or None when it has none."""
    if len(host) > 253 or not host.isascii() or ".." in host:
        return None
    last = host.rpartition(".")[2]
    if last in RESERVED:
        return last if "." in host else None
    parts = _SPLIT(host)
    return parts.suffix if parts.suffix and parts.domain else None


def chain_at(text: str, start: int, disguised: bool) -> Chain | None:
    """Read labels and dots from ``start`` on, at most eight labels."""
    separator = _ANY if disguised else _PLAIN
    label = _LABEL.match(text, start)
    if label is None:
        return None
    labels = [label.span()]
    kinds: list[str] = []
    while len(labels) < _MAX_LABELS:
        dot = separator.match(text, labels[-1][1])
        following = _LABEL.match(text, dot.end()) if dot else None
        if dot is None or following is None:
            break
        labels.append(following.span())
        kinds.append(str(dot.lastgroup))
    return Chain(tuple(labels), tuple(kinds)) if kinds else None


def chains(text: str) -> Iterator[Chain]:
    """Yield the chains with at least one disguised dot, left to right."""
    position = 0
    for dot in _DISGUISE.finditer(text):
        start = _chain_start(text, dot.start(), position)
        if start is None:
            continue
        chain = chain_at(text, start, True)
        if chain is not None:
            yield chain
            position = chain.labels[-1][1]


_LABEL_BEFORE = re.compile(
    r"(?:[a-z0-9_][a-z0-9_-]{0,62}|[^\W\d_a-z][^\W_a-z]{0,40}(?:-[^\W_a-z]{1,40}){0,2})$"
)


def _chain_start(text: str, dot: int, floor: int) -> int | None:
    """Walk back over plain labels to where the host begins."""
    start = None
    while dot > floor:
        window = max(floor, dot - 63)
        label = _LABEL_BEFORE.search(text[window:dot])
        if label is None:
            break
        start = window + label.start()
        if start <= floor or text[start - 1] not in ".。":
            break
        dot = start - 1
    return start


def resolve(folded: Folded, chain: Chain) -> Host | None:
    """Return the longest host the chain spells, or None.

    A label that no public suffix follows is given up from the right
    (``evil.com.Thank``); loosely joined labels never extend what is a host already.
    """
    best: Host | None = None
    for count in range(2, len(chain.labels) + 1):
        if best is not None and not _may_extend(chain, count, folded):
            break
        host = _read(folded, chain.cut(0, count))
        best = host or best
    return best


def _may_extend(chain: Chain, count: int, folded: Folded) -> bool:
    """Tell whether a further label may follow what is already a host."""
    kind = chain.separators[count - 2]
    if kind in {"plain", "bracket"}:
        raw = raw_text(folded, chain.labels[count - 1])
        before = raw_text(folded, chain.labels[count - 2])
        # "evil.com.Thank you": a new sentence begins with a capital.
        return kind == "bracket" or not (raw[:1].isupper() and not before[:1].isupper())
    return kind == chain.separators[count - 3] if count > 2 else True


def raw_text(folded: Folded, span: Span) -> str:
    """Return the pasted text behind a folded span."""
    start, end = folded.span(*span)
    return folded.raw[start:end]


def _read(folded: Folded, chain: Chain) -> Host | None:
    labels: list[str] = []
    repaired = False
    for i, span in enumerate(chain.labels):
        shown = folded.text[slice(*span)].strip("-")
        is_last = i == len(chain.labels) - 1
        label = _ascii_label(raw_text(folded, span).strip("-"))
        if is_last:
            top = TLD_WORDS.get(shown, shown)
            encoded = label if label in TOP_LEVEL else _ascii_label(top)
            if encoded is None or (
                encoded not in RESERVED
                and _unicode(encoded) not in TOP_LEVEL
                and encoded not in TOP_LEVEL
            ):
                return None
            repaired |= label != encoded and shown not in TLD_WORDS
            label = encoded
        elif label is None:
            label = _ascii_label(shown)
            repaired = True
        if not label:
            return None
        labels.append(label)
    value = ".".join(labels)
    suffix = split_suffix(value)
    if suffix is None:
        return None
    start, end = chain.labels[0][0], chain.labels[-1][1]
    return Host(value, start, end, suffix, chain.separators, repaired)


def _unicode(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


@lru_cache(maxsize=8192)
def _ascii_label(raw: str) -> str | None:
    """Return a label as a resolver would ask for it, or None when it is no label."""
    text = unicodedata.normalize("NFKC", raw).lower()
    text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    if re.fullmatch(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", text):
        return text
    if text.isascii() or not all(c.isalnum() or c == "-" or unicodedata.combining(c) for c in text):
        return None
    try:
        return idna.encode(text, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        # Letters no registry allows are still what was pasted; Punycode names them.
        try:
            return "xn--" + text.encode("punycode").decode("ascii")
        except UnicodeError:
            return None
