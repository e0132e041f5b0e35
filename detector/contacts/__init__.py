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


class Finders:
    """Every finder of this package behind one pass for the literals they need."""

    def __init__(self) -> None:
        modules = {
            name: import_module(f"{__name__}.{name}")
            for _, name, _ in iter_modules(__path__)
            if hasattr(import_module(f"{__name__}.{name}"), "find")
        }
        names = sorted(modules, key=lambda n: ORDER.index(n) if n in ORDER else len(ORDER))
        self._finders: list[Finder] = [modules[name].find for name in names]
        literals: dict[str, set[int]] = {}
        for index, name in enumerate(names):
            for literal in modules[name].LITERALS:
                literals.setdefault(literal, set()).add(index)
        self._owners = [frozenset(owners) for owners in literals.values()]
        self._gate = ahocorasick_rs.AhoCorasick(list(literals))

    def find(self, folded: Folded, context: Context) -> tuple[Contact, ...]:
        """Return the contacts of a text in the order of their places."""
        hits = self._gate.find_matches_as_indexes(folded.text, overlapping=True)
        if not hits:
            return ()
        awake: set[int] = set()
        for literal in {hit[0] for hit in hits}:
            awake |= self._owners[literal]
        taken = Taken()
        found: list[Found] = []
        for index in sorted(awake):
            for item in self._finders[index](folded, context, taken):
                if taken.is_free(item.start, item.end):
                    taken.claim(item.start, item.end)
                    found.append(item)
        contacts = [_as_contact(item, folded) for item in found if item.kind is not None]
        contacts.sort(key=lambda contact: contact.start)
        return tuple(contacts)


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
