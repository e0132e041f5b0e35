"""Phrases: what a trick sounds like, written so that a person can add one in a line.

A phrase is words with gaps between them::

    pay me directly            these words in a row
    refund* .. paypal          at most four words between, in the same sentence
    clos* & <dispute>          both, in any order, at most five words between
    send ... code              at most twelve words between
    <close> <dispute>          <name> is a list of the file's [words]
    pay .. me|us|our bank      what stands between two gaps may be a choice, also of several words

``stem*`` is the beginning of a word, ``*end`` its end. In scripts without
spaces (Chinese, Japanese) a word may stand anywhere. Phrases are folded as the
text is, so they may be written with or without diacritics.

All phrases of all languages are looked for in one Aho-Corasick pass; only
where the rarest part of a phrase was seen, its other parts are asked for.
The whole is linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import ahocorasick_rs

from detector.fold import Folded, fold
from detector.phrase_gate import PhraseGate
from detector.types import Span

_GAPS = {"..": 4, "...": 12, "&": 5}
_ADJACENT = 0
_NO_SPACES = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_IS_UNSPACED = re.compile(f"[{_NO_SPACES}]")
_UNSPACED_BESIDE_OTHER = re.compile(f"[{_NO_SPACES}][a-z0-9]|[a-z0-9][{_NO_SPACES}]")
_HAS_WORD = re.compile(r"[^\W_]")
_SENTENCE_END = re.compile(rf"[.!?](?=[\s\"')\]{_NO_SPACES}\uac00-\ud7a3]|\Z)|[。！？…｡]")
_MOST_VARIANTS = 400
# Most words of the phrases: small letters of one script that folding leaves alone, which
# spares half of the time that compiling takes.
_FOLDS_TO_ITSELF = re.compile(r"[a-z]{2,}(?: [a-z]{2,})*|[\u0430-\u0438\u043a-\u044f]{2,}")


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase that was found; offsets of the folded text.

    ``parts`` are the spans of its words, without the gaps between them.
    """

    group: str
    language: str
    start: int
    end: int
    parts: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class _Phrase:
    group: str
    language: str
    elements: tuple[int, ...]
    gaps: tuple[int, ...]  # gaps[i] lies between elements i and i + 1
    others: tuple[int, ...]  # the elements without the rarest
    number: int  # the order in which phrases were added


class PhraseError(ValueError):
    """A phrase that cannot be read; the sentence says why."""


@cache
def _literal(word: str) -> str:
    """Return a word as it must stand in the padded words view, boundaries as spaces."""
    left_open, right_open = word.startswith("*"), word.endswith("*")
    if "*" in word.strip("*"):
        raise PhraseError(f"{word!r} has a star inside; only its two ends may have one")
    inner = word.strip("*")
    folded = inner if _FOLDS_TO_ITSELF.fullmatch(inner) else _folded_words(inner)
    if not folded:
        raise PhraseError(f"the word {word!r} has no letters or digits")
    if len(folded) < 2 and (left_open or right_open) and folded < "\u2e80":
        raise PhraseError(f"the stem {word!r} is too short; write at least two letters")
    mixed = _IS_UNSPACED.search(folded) is not None
    left = "" if left_open or mixed else " "
    right = "" if right_open or mixed else " "
    return f"{left}{folded}{right}"


def _folded_words(word: str) -> str:
    return re.sub(" +", " ", fold(word).words.strip())


class PhraseBook:
    """All phrases of all languages, compiled.

    Built once; :meth:`find` is then safe to call from several threads.
    """

    def __init__(self) -> None:
        self._literals: dict[str, int] = {}
        self._literal_elements: list[list[int]] = []
        self._elements: dict[frozenset[str], int] = {}
        self._element_lengths: list[int] = []
        self._parts: dict[tuple[str, str], tuple[int, ...]] = {}  # by language and wording
        self._by_key: dict[int, list[_Phrase]] = {}
        self._count = 0
        self._woken: dict[int, tuple[_Phrase, ...]] = {}  # by literal; filled as texts hold them
        self._automaton: ahocorasick_rs.AhoCorasick | None = None
        self._trims: list[Span] = []

    @property
    def literals(self) -> tuple[str, ...]:
        """Every literal that is looked for, boundaries as spaces."""
        return tuple(self._literals)

    def add(
        self,
        group: str,
        language: str,
        phrase: str,
        words: Mapping[str, Sequence[str]],
    ) -> None:
        """Add one phrase.

        Raises:
            PhraseError: the phrase cannot be read.
        """
        for parts, gaps in _variants(phrase):
            elements: list[int] = []
            joints: list[int] = []
            for index, part in enumerate(parts):
                pieces = self._part(part, language, words)
                elements += pieces
                joints += [_ADJACENT] * (len(pieces) - 1)
                if index < len(gaps):
                    joints.append(gaps[index])
            key = max(elements, key=lambda e: self._element_lengths[e])
            entry = _Phrase(
                group,
                language,
                tuple(elements),
                tuple(joints),
                tuple({e: None for e in elements if e != key}),
                self._count,
            )
            self._count += 1
            self._by_key.setdefault(key, []).append(entry)
        self._automaton = None

    def _part(
        self, tokens: list[str], language: str, words: Mapping[str, Sequence[str]]
    ) -> tuple[int, ...]:
        """Return the elements of what stands between two gaps; most recur in a language."""
        wording = language, " ".join(tokens)
        if wording not in self._parts:
            pieces = _contiguous(tokens, words)
            self._parts[wording] = tuple(self._element(piece) for piece in pieces)
        return self._parts[wording]

    def _element(self, literals: frozenset[str]) -> int:
        if literals in self._elements:
            return self._elements[literals]
        element = self._elements[literals] = len(self._elements)
        self._element_lengths.append(min(map(len, literals)))
        numbers, elements_of = self._literals, self._literal_elements
        for literal in literals:
            if literal in numbers:
                elements_of[numbers[literal]].append(element)
            else:
                numbers[literal] = len(numbers)
                elements_of.append([element])
        return element

    def compile(self) -> None:
        """Build the automaton; called once after the last :meth:`add`."""
        ordered = list(self._literals)
        self._trims = [(x[0] == " ", x[-1] == " ") for x in ordered]
        self._woken.clear()
        self._automaton = ahocorasick_rs.AhoCorasick(ordered) if ordered else None
        self._parts.clear()

    def gate(self, groups: Container[str]) -> PhraseGate:
        """Return the cheap test for the phrases of some groups over many texts."""
        if self._automaton is None:
            return PhraseGate((), [], [])
        return PhraseGate(
            self.literals,
            self._literal_elements,
            [
                (key, phrase.elements)
                for key, phrases in self._by_key.items()
                for phrase in phrases
                if phrase.group in groups
            ],
        )

    def find(self, folded: Folded) -> list[Hit]:
        """Return every phrase found, each place once a group, in no order."""
        scan = self.scan(folded)
        return scan.hits() if scan else []

    def scan(self, folded: Folded) -> Scan | None:
        """Look for the words of all phrases; None when no phrase has all of its words."""
        if self._automaton is None:
            return None
        view = f" {folded.words} "
        raw_hits = self._automaton.find_matches_as_indexes(view, overlapping=True)
        if not folded.raw.isascii() and _UNSPACED_BESIDE_OTHER.search(view):
            # "LINEで": a Latin word ends where kana begin.
            spaced = re.sub(f"[{_NO_SPACES}]", " ", view)
            more = self._automaton.find_matches_as_indexes(spaced, overlapping=True)
            raw_hits = sorted({*raw_hits, *more}, key=lambda h: h[1])
        if not raw_hits:
            return None
        literals = {hit[0] for hit in raw_hits}
        present: set[int] = set().union(*[self._literal_elements[lit] for lit in literals])
        complete: dict[int, _Phrase] = {}
        for literal in literals:
            for phrase in self._wakes(literal):
                for element in phrase.others:
                    if element not in present:
                        break
                else:
                    complete[phrase.number] = phrase
        if not complete:
            return None
        # In the order of the files, which two runs share.
        return Scan(self, folded, view, raw_hits, [complete[n] for n in sorted(complete)])

    def _wakes(self, literal: int) -> tuple[_Phrase, ...]:
        """Return the phrases whose rarest part a literal belongs to."""
        if literal not in self._woken:
            elements = self._literal_elements[literal]
            self._woken[literal] = tuple(p for e in elements for p in self._by_key.get(e, ()))
        return self._woken[literal]

    def places(
        self, view: str, raw_hits: Sequence[tuple[int, int, int]], wanted: frozenset[int]
    ) -> dict[int, list[Span]]:
        """Return where the wanted elements stand, in folded offsets."""
        seen: dict[int, list[Span]] = {}
        for literal, start, end in raw_hits:
            elements = [e for e in self._literal_elements[literal] if e in wanted]
            if not elements:
                continue
            left, right = self._trims[literal]
            # A stem reaches to the end of the word it begins, an ending to its start.
            if not right and view[end] != " " and not _IS_UNSPACED.match(view, end - 1):
                end = view.find(" ", end)
            if not left and view[start - 1] != " " and not _IS_UNSPACED.match(view, start):
                start = view.rfind(" ", 0, start) + 1
            span = (start - 1 + left, end - 1 - right)
            for element in elements:
                seen.setdefault(element, []).append(span)
        return seen


class Scan:
    """The phrases of one text that have all of their words in it; their places on demand."""

    def __init__(
        self,
        book: PhraseBook,
        folded: Folded,
        view: str,
        raw_hits: Sequence[tuple[int, int, int]],
        complete: Sequence[_Phrase],
    ) -> None:
        self._book = book
        self._folded = folded
        self._view = view
        self._raw_hits = raw_hits
        self._complete = complete

    def hits(self, groups: Container[str] | None = None) -> list[Hit]:
        """Return the hits of the given groups, of all groups for None."""
        chosen = [p for p in self._complete if groups is None or p.group in groups]
        if not chosen:
            return []
        wanted = frozenset(e for phrase in chosen for e in phrase.elements)
        seen = self._book.places(self._view, self._raw_hits, wanted)
        return [hit for phrase in chosen for hit in _place(phrase, seen, self._folded)]


def _variants(phrase: str) -> list[tuple[list[list[str]], list[int]]]:
    """Split a phrase at its gaps; ``&`` yields both orders."""
    parts: list[list[str]] = [[]]
    gaps: list[int] = []
    swap_at = None
    for token in phrase.split():
        if token in _GAPS:
            if token == "&":
                if swap_at is not None:
                    raise PhraseError(f"{phrase!r} has more than one '&'; write two phrases")
                swap_at = len(gaps)
            gaps.append(_GAPS[token])
            parts.append([])
        else:
            parts[-1].append(token)
    if not all(parts):
        raise PhraseError(f"{phrase!r} begins or ends with a gap, or is empty")
    variants = [(parts, gaps)]
    if swap_at is not None:
        cut = swap_at + 1
        turned = [*gaps[cut:], gaps[swap_at], *gaps[:swap_at]]
        variants.append(([*parts[cut:], *parts[:cut]], turned))
    return variants


def _contiguous(tokens: list[str], words: Mapping[str, Sequence[str]]) -> list[frozenset[str]]:
    """Return the literal sets of words in a row: plain neighbours become one literal."""
    part = " ".join(tokens)
    if "|" in part:
        return [frozenset(_literal(o) for o in _options(part, words))]
    choices = [_options(token, words) for token in tokens]
    size = 1
    for options in choices:
        size *= len(options)
    is_joinable = size <= _MOST_VARIANTS and all(
        not o.endswith("*") for options in choices[:-1] for o in options
    )
    is_joinable = is_joinable and all(
        not o.startswith("*") for options in choices[1:] for o in options
    )
    if is_joinable:
        return [frozenset(_literal(" ".join(combination)) for combination in product(*choices))]
    return [frozenset(_literal(o) for o in options) for options in choices]


def _options(choice: str, words: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the words a choice stands for, lists of the file filled in."""
    options: list[str] = []
    for alternative in choice.split("|"):
        word = alternative.strip()
        if word.startswith("<") and word.endswith(">"):
            if word[1:-1] not in words:
                raise PhraseError(f"{word} is not in [words]; add the list or correct it")
            options += words[word[1:-1]]
        elif "<" in word:
            filled = product(*(_options(token, words) for token in word.split()))
            options += (" ".join(combination) for combination in filled)
        elif word:
            options.append(word)
    return tuple(options)


def _place(phrase: _Phrase, seen: Mapping[int, list[Span]], folded: Folded) -> list[Hit]:
    """Find the places where the parts of a phrase stand in order with its gaps kept.

    For each place of a part only the latest place of the part before it is
    tried: it leaves the smallest gap, so one pass over the places is enough.
    """
    chains: list[tuple[Span, ...]] = [(s,) for s in seen[phrase.elements[0]]]
    for gap, element in zip(phrase.gaps, phrase.elements[1:], strict=True):
        ends = sorted((chain[-1][1], index) for index, chain in enumerate(chains))
        limits = [end for end, _ in ends]
        longer: list[tuple[Span, ...]] = []
        for start, end in seen[element]:
            at = bisect_right(limits, start) - 1
            if at >= 0 and _is_near(folded, limits[at], start, gap):
                longer.append((*chains[ends[at][1]], (start, end)))
        if not longer:
            return []
        chains = longer
    return [Hit(phrase.group, phrase.language, c[0][0], c[-1][1], c) for c in chains]


def _is_near(folded: Folded, end: int, start: int, gap: int) -> bool:
    """Tell whether what lies between two parts is short enough and within one sentence."""
    if start - end > 12 * gap + 3:
        return False
    between = folded.text[end:start]
    if gap == _ADJACENT:
        return len(between) <= 3 and not _HAS_WORD.search(between)
    if _SENTENCE_END.search(between):
        return False
    unspaced = len(_IS_UNSPACED.findall(between))
    # Two characters make a word on average in Chinese and Japanese.
    return len(folded.words[end:start].split()) + unspaced // 2 <= gap + (1 if unspaced else 0)


def sentence_starts(folded: Folded) -> list[int]:
    """Return where each sentence of the folded text begins, and the end of the text."""
    starts = [0, *(m.end() for m in _SENTENCE_END.finditer(folded.text))]
    if starts[-1] != len(folded.text) or len(starts) == 1:
        starts.append(len(folded.text))
    return starts


def merge(hits: Iterable[Hit]) -> list[Hit]:
    """Drop hits of a group that lie inside another hit of the same group."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h.group, h.start, -h.end)):
        if kept and kept[-1].group == hit.group and hit.end <= kept[-1].end:
            continue
        kept.append(hit)
    return kept
