"""Tells for many texts at once which of them hold all words of some phrase."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

import ahocorasick_rs
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

GLUE = " \x00 "
"""Stands between two texts of a joined words view: a word boundary no phrase crosses."""


class PhraseGate:
    """One Aho-Corasick pass over a batch, then set arithmetic on arrays.

    A phrase is complete in a text when each of its elements (a set of literals of
    which one is enough) was seen there. Where they stand is asked later, of the few.
    """

    def __init__(
        self,
        literals: Sequence[str],
        literal_elements: Sequence[Sequence[int]],
        phrases: Iterable[tuple[int, Sequence[int]]],
    ) -> None:
        """Compile the gate.

        Args:
            literals: every literal, boundaries as spaces.
            literal_elements: the elements that each literal belongs to.
            phrases: the element that wakes a phrase and all of its elements.
        """
        entries = sorted((key, tuple(e for e in elements if e != key)) for key, elements in phrases)
        wanted = {e for key, others in entries for e in (key, *others)}
        kept = [i for i, own in enumerate(literal_elements) if wanted.intersection(own)]
        self._automaton = ahocorasick_rs.AhoCorasick([literals[i] for i in kept]) if kept else None
        self._elements = 1 + max(wanted, default=0)
        own = [[e for e in literal_elements[i] if e in wanted] for i in kept]
        self._literal_at, self._literal_elements = _rows(own)
        by_key: list[list[int]] = [[] for _ in range(self._elements)]
        for number, (key, _) in enumerate(entries):
            by_key[key].append(number)
        self._key_at, self._key_phrases = _rows(by_key)
        self._is_key = np.diff(self._key_at) > 0
        self._other_at, self._others = _rows([others for _, others in entries])

    def awake(self, joined: str, starts: Ints) -> list[bool]:
        """Tell for each text whether some phrase may be in it.

        Args:
            joined: the words views of the texts with :data:`GLUE` between and a space
                at both ends.
            starts: (texts + 1,) where each view begins in it.
        """
        count = len(starts) - 1
        found = np.zeros(count, dtype=np.bool_)
        if self._automaton is None:
            return found.tolist()
        hits = self._automaton.find_matches_as_indexes(joined, overlapping=True)
        if not hits:
            return found.tolist()
        flat = np.fromiter(chain.from_iterable(hits), dtype=np.int64, count=3 * len(hits))
        literals, places = flat[::3], flat[1::3] + 1
        texts = np.searchsorted(starts, places, side="right") - 1
        elements, owners = _expand(self._literal_at, self._literal_elements, literals)
        present = texts[owners] * self._elements + elements
        is_seen = np.zeros(count * self._elements, dtype=np.bool_)
        is_seen[present] = True
        keys = np.sort(present[self._is_key[elements]])
        keys = keys[np.concatenate(([True], keys[1:] != keys[:-1]))] if len(keys) else keys
        phrases, owners = _expand(self._key_at, self._key_phrases, keys % self._elements)
        texts = (keys // self._elements)[owners]
        at, stop = self._other_at[phrases], self._other_at[phrases + 1]
        while len(at):
            is_done = at == stop
            found[texts[is_done]] = True
            is_open = ~is_done & ~found[texts]
            at, stop, texts = at[is_open], stop[is_open], texts[is_open]
            is_seen_next = is_seen[texts * self._elements + self._others[at]]
            at, stop, texts = at[is_seen_next] + 1, stop[is_seen_next], texts[is_seen_next]
        return found.tolist()


def _rows(rows: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    """Return rows of different lengths as one array and where each row begins in it."""
    at = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(row) for row in rows], out=at[1:])
    return at, np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=int(at[-1]))


def _expand(at: Ints, values: Ints, chosen: Ints) -> tuple[Ints, Ints]:
    """Return the values of the chosen rows in a row, and which choice each belongs to."""
    lengths = at[chosen + 1] - at[chosen]
    owners = np.repeat(np.arange(len(chosen)), lengths)
    before = np.cumsum(lengths) - lengths
    return values[np.arange(len(owners)) - before[owners] + at[chosen][owners]], owners
