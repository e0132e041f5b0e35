"""Finds handles: ids, @names and numbers tied to a messenger, and links into one."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from detector.contacts import chat_link, mention, tied_number
from detector.contacts.bare_id import has_cue
from detector.contacts.context import Context, Taken
from detector.contacts.deep_links import has_slash
from detector.contacts.handle_value import alone
from detector.contacts.mention import (
    MESSENGER_WORDS,
    MESSENGERS,
    Mention,
    alternatives,
    grammar,
)
from detector.contacts.tie import Ties
from detector.fold import Folded
from detector.types import Found

__all__ = ["LITERALS", "MESSENGER_WORDS", "NOTES", "find"]

NOTES: dict[str, str] = {
    "read-as": "Read as {value}.",
    "also-on": "The same contact is given for {value}.",
}
"""Sentences of this module's notes."""

LITERALS: frozenset[str] = mention.LITERALS | chat_link.LITERALS | {"@"}
"""Names of messengers, hosts of their links, and the sign before a name."""

# At least five characters, as Telegram demands; no e-mail address, no path, no call.
_FREE_NAME = re.compile(
    r"(?:(?<![\w.@/+-])|(?<=[\u2e80-\uffff]))@ ?"
    r"([a-z][a-z0-9_]{4,31})(?![a-z0-9_\u00c0-\u06ff@-]|[./]\w|\()"
)
_NO_MENTIONS = grammar("no_mentions") | MESSENGER_WORDS
_OTHER_NETWORK = re.compile(alternatives(grammar("other_networks")))
_PROMISE = re.compile(r"[@\d:=_]|(?<![a-z])(?:id|user|nick|name|handle|login|account)")


def find(folded: Folded, context: Context, taken: Taken) -> Iterator[Found]:
    """Yield the handles of a text, left to right.

    The value is ``messenger:id``; the span runs from the messenger's name to the
    end of the id, or from the id to the name where the name stands behind it.
    """
    text = folded.text
    named = mention.mentions(folded)
    if not named and "@" not in text and not has_slash(text):
        return
    own = Taken(list(taken.spans))
    found: list[Found] = []
    for one in _candidates(folded, context, own, named):
        if own.is_free(one.start, one.end):
            own.claim(one.start, one.end)
            found.append(one)
    found.sort(key=lambda one: one.start)
    yield from found


def _candidates(
    folded: Folded, context: Context, own: Taken, named: list[Mention]
) -> Iterator[Found]:
    """Yield the surest readings first; ``own`` grows while they are asked for."""
    yield from chat_link.chat_links(folded)
    named = [one for one in named if own.is_free(one.start, one.end)]
    if named and _is_promising(folded.text, named):
        ties = Ties(folded, context, own, tied_number.numbers(folded))
        groups = mention.groups(folded, named)
        limits = [group[0].start for group in groups[1:]] + [len(folded.text)]
        unanswered = []
        for group, limit in zip(groups, limits, strict=True):
            found = ties.behind(group, limit)
            if found is None:
                unanswered.append(group)
            else:
                yield found
        yield from filter(None, map(ties.before, unanswered))
    if "@" in folded.text:
        yield from _free_names(folded, named)


def _is_promising(text: str, named: list[Mention]) -> bool:
    """Tell cheaply whether an id may stand near one of the names."""
    if not text.isascii():
        return True
    return _PROMISE.search(text, max(0, named[0].start - 75), named[-1].end + 90) is not None


def _free_names(folded: Folded, named: list[Mention]) -> Iterator[Found]:
    """Yield @names that a text hands out as a contact without naming the messenger."""
    text = folded.text
    length = len(text.strip(" .,!:;\n"))
    ends = [one.end for one in named]
    for match in _FREE_NAME.finditer(text):
        if match[1].rstrip("_") in _NO_MENTIONS:
            continue
        low = max(0, match.start() - 40)
        sentence = re.split(r"[.!?] ", text[low : match.start()])[-1]
        nearest = bisect_left(ends, match.start() - 60)
        is_near = nearest < len(ends) and ends[nearest] < match.start() + 60
        is_alone = length <= match.end() - match.start()
        if not (is_alone or is_near or has_cue(text, match.start() - len(sentence), match.start())):
            continue
        if _OTHER_NETWORK.search(text, max(0, match.start() - 60), match.end() + 40):
            continue
        yield alone(folded, MESSENGERS["telegram"], match.span(1), match.span())
