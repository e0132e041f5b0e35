"""Finds contacts: one finder a module, asked in a fixed order, each place claimed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules

import ahocorasick_rs

from detector.contacts.context import Context, Taken
from detector.fold import Folded
from detector.types import Contact, Found

# Numbers that are no contact come first, a bare phone number last: whoever
# comes earlier knows more about the place.
ORDER = ("identifier", "payment", "email", "url", "handle", "phone")

Finder = Callable[[Folded, Context, Taken], Iterator[Found]]
_DIGITS = b"0123456789"
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
        self._owners = list(literals.values())
        self._is_short = [len(x) <= _SHORT and x.isalpha() and x < "\u2e80" for x in literals]
        self._gate = ahocorasick_rs.AhoCorasick(list(literals))

    def find(self, folded: Folded, context: Context) -> tuple[Contact, ...]:
        """Return the contacts of a text in the order of their places."""
        awake = self._wake(folded.text)
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

    def _wake(self, text: str) -> int:
        """Return a bit for each finder that may find something."""
        awake = seen_by_patient = 0
        for literal, start, end in self._gate.find_matches_as_indexes(text, overlapping=True):
            owners = self._owners[literal]
            if not owners & ~awake:
                continue
            if self._is_short[literal] and (
                text[start - 1 : start].isalpha() or text[end : end + 1].isalpha()
            ):
                continue
            if owners & self._patient:
                seen_by_patient += 1
                if seen_by_patient < self._fewest:
                    owners &= ~self._patient
            awake |= owners
        encoded = text.encode("utf-8", "surrogatepass")
        digits = len(encoded) - len(encoded.translate(None, _DIGITS))
        if digits:
            for bit, is_awake in self._tests:
                if not awake & bit and is_awake(text, digits):
                    awake |= bit
        return awake


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
