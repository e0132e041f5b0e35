"""Finds contacts: one finder a module, asked in a fixed order, each place claimed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import chain
from pkgutil import iter_modules

import ahocorasick_rs
import numpy as np

from detector.contacts.context import Context, Taken
from detector.fold import Folded
from detector.fold_batch import LETTER, FoldedBatch
from detector.types import Contact, Found

# Numbers that are no contact come first, a bare phone number last: whoever
# comes earlier knows more about the place.
ORDER = ("identifier", "payment", "email", "url", "handle", "phone")

Finder = Callable[[Folded, Context, Taken], Iterator[Found]]
_SHORT = 3
"""A literal of so few letters must stand alone to wake its finder ("tg", not "lightgrey")."""


class Finders:
    """Every finder of this package behind one pass for the literals they need.

    A finder module exports ``find``, ``LITERALS`` and, if digits wake it,
    ``is_awake(text, digits)``: a cheap test that gets the number of digits in the
    text. ``FEWEST_LITERALS`` says how many literals must be seen (1 by default).
    """

    def __init__(self) -> None:
        modules = {
            name: import_module(f"{__name__}.{name}")
            for _, name, _ in iter_modules(__path__)
            if hasattr(import_module(f"{__name__}.{name}"), "LITERALS")
            and hasattr(import_module(f"{__name__}.{name}"), "find")
        }
        names = sorted(modules, key=lambda n: ORDER.index(n) if n in ORDER else len(ORDER))
        self._finders: list[Finder] = [modules[name].find for name in names]
        self._tests: list[tuple[int, Callable[[str, int], bool]]] = [
            (1 << index, modules[name].is_awake)
            for index, name in enumerate(names)
            if hasattr(modules[name], "is_awake")
        ]
        # Literal → a bit for each finder that it wakes.
        literals: dict[str, int] = {}
        self._patient = 0
        self._fewest = 1
        for index, name in enumerate(names):
            for literal in modules[name].LITERALS:
                literals[literal] = literals.get(literal, 0) | 1 << index
            if hasattr(modules[name], "FEWEST_LITERALS"):
                self._patient |= 1 << index
                self._fewest = modules[name].FEWEST_LITERALS
        self._owners = np.array(list(literals.values()), dtype=np.int64)
        self._is_short = np.array(
            [len(x) <= _SHORT and x.isalpha() and x < "\u2e80" for x in literals]
        )
        self._gate = ahocorasick_rs.AhoCorasick(list(literals))

    def find(self, folded: Folded, context: Context, awake: int) -> tuple[Contact, ...]:
        """Return the contacts of a text in the order of their places.

        Args:
            folded: the text.
            context: its circumstances.
            awake: what :meth:`wake` said of this text.
        """
        if not awake:
            return ()
        taken = Taken()
        found: list[Found] = []
        for index, finder in enumerate(self._finders):
            if not awake >> index & 1:
                continue
            for item in finder(folded, context, taken):
                if taken.is_free(item.start, item.end):
                    taken.claim(item.start, item.end)
                    found.append(item)
        contacts = [_as_contact(item, folded) for item in found if item.kind is not None]
        contacts.sort(key=lambda contact: contact.start)
        return tuple(contacts)

    def wake(self, batch: FoldedBatch) -> list[int]:
        """Return for each text a bit for each finder that may find something in it."""
        awake = np.zeros(len(batch.texts), dtype=np.int64)
        hits = self._gate.find_matches_as_indexes(batch.joined, overlapping=True)
        if hits:
            flat = np.fromiter(chain.from_iterable(hits), dtype=np.int64, count=3 * len(hits))
            literals, begins, ends = flat[::3], flat[1::3], flat[2::3]
            letters = np.concatenate((batch.flags & LETTER, [0, 0]))
            # A literal at the very start has the closing zero in front of it.
            is_inside = (letters[begins - 1] | letters[ends]) != 0
            is_told = ~(self._is_short[literals] & is_inside)
            literals, begins = literals[is_told], begins[is_told]
            texts = np.searchsorted(batch.starts, begins, side="right") - 1
            owners = self._owners[literals]
            np.bitwise_or.at(awake, texts, owners & ~self._patient)
            patient = texts[owners & self._patient != 0]
            counts = np.bincount(patient, minlength=len(awake))
            awake[counts >= self._fewest] |= self._patient
        bits: list[int] = awake.tolist()
        for index, digits in enumerate(batch.digits):
            if digits:
                text = batch.texts[index].text
                for bit, is_awake in self._tests:
                    if not bits[index] & bit and is_awake(text, digits):
                        bits[index] |= bit
        return bits


def _as_contact(item: Found, folded: Folded) -> Contact:
    assert item.kind is not None
    start, end = folded.span(item.start, item.end)
    return Contact(
        kind=item.kind,
        value=item.value,
        text=folded.raw[start:end],
        start=start,
        end=end,
        region=item.region,
        status=item.status,
        notes=item.notes,
        traits=item.traits,
    )
