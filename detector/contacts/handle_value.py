"""Puts a handle together: normal form, span, notes."""

from __future__ import annotations

import re
import unicodedata

from detector.contacts.hostname import words
from detector.contacts.mention import Mention, Messenger, alternatives, span
from detector.fold import Folded, fold
from detector.types import Found, Note, Span

_CLOSING = ".-,:"
SPREAD = re.compile(rf" _ ?|_ | (?:{alternatives(words('underscore_words'))}) ?")
"""An underscore with spaces around it, or its name: "ali _ shop", "ali underscore shop"."""


def with_id(
    folded: Folded, group: list[Mention], messenger: Messenger, place: Span, has_at: bool = False
) -> Found:
    """Return the handle of a group of names and an id; the span covers both.

    Args:
        place: the id in the folded text, without its sign @.
        has_at: an @, or a word for it, stands in front of the id.
    """
    text = folded.text
    place = (place[0], place[0] + len(text[slice(*place)].rstrip(_CLOSING)))
    sign = text.rfind("@", max(0, place[0] - 2), place[0])
    start, end = span(group)
    whole = (min(start, place[0] if sign < 0 else sign), max(end, place[1]))
    prefix = "@" if has_at and messenger.keeps_at else messenger.prefix
    is_hidden = (has_at and sign < 0) or _is_disguised(folded, group)
    return _with_name(folded, messenger, prefix, place, whole, is_hidden, _others(group, messenger))


def alone(folded: Folded, messenger: Messenger, place: Span, whole: Span) -> Found:
    """Return the handle of an @name that stands on its own."""
    return _with_name(folded, messenger, messenger.prefix, place, whole, False, ())


def with_number(folded: Folded, group: list[Mention], messenger: Messenger, phone: Found) -> Found:
    """Return the handle of a group of names and a telephone number; the span covers both."""
    start, end = span(group)
    whole = (min(start, phone.start), max(end, phone.end))
    is_hidden = any(n.id == "read-as" for n in phone.notes) or _is_disguised(folded, group)
    value = f"{messenger.id}:{phone.value}"
    return _handle(messenger, value, whole, phone.region, is_hidden, _others(group, messenger))


def _with_name(
    folded: Folded,
    messenger: Messenger,
    prefix: str,
    place: Span,
    whole: Span,
    is_hidden: bool,
    others: tuple[str, ...],
) -> Found:
    name = SPREAD.sub("_", folded.text[slice(*place)])
    start, end = folded.span(*place)
    shown = unicodedata.normalize("NFKC", folded.raw[start:end]).lower()
    if messenger.shape.fullmatch(shown):
        name = shown  # what was typed, before words were repaired
    value = f"{messenger.id}:{prefix}{name}"
    return _handle(messenger, value, whole, None, is_hidden or shown != name, others)


def _handle(
    messenger: Messenger,
    value: str,
    whole: Span,
    region: str | None,
    is_hidden: bool,
    others: tuple[str, ...],
) -> Found:
    notes = [Note("read-as", (("value", value),))] if is_hidden else []
    if others:
        notes.append(Note("also-on", (("value", ", ".join(others)),)))
    return Found(
        "handle", value, *whole, region=region, status="unofficial",
        notes=tuple(notes), traits=frozenset({messenger.trait}),
    )  # fmt: skip


def _others(group: list[Mention], messenger: Messenger) -> tuple[str, ...]:
    ids = dict.fromkeys(one.messenger.id for one in group)
    return tuple(name for name in ids if name != messenger.id)


def _is_disguised(folded: Folded, group: list[Mention]) -> bool:
    """Tell whether the names were written so that only repair made them readable."""
    repaired = folded.text[slice(*span(group))]
    start, end = folded.span(*span(group))
    shown = folded.raw[start:end]
    # Repaired letters fold to something else; words pulled apart are much longer.
    return fold(shown).text != repaired or len(shown) > len(repaired) + 2 * len(group)
