"""Finds handles: ids, @names and numbers tied to a messenger, and links into one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from detector.contacts import chat_link, mention, tied_number
from detector.contacts.context import Context, Taken
from detector.contacts.hostname import words
from detector.contacts.mention import (
    MESSENGER_WORDS,
    MESSENGERS,
    Mention,
    Messenger,
    alternatives,
    grammar,
)
from detector.fold import Folded, fold
from detector.types import Found, Note, Span

__all__ = ["LITERALS", "MESSENGER_WORDS", "NOTES", "find"]

NOTES: dict[str, str] = {
    "read-as": "Read as {value}.",
    "also-on": "The same contact is given for {value}.",
}
"""Sentences of this module's notes."""

LITERALS: frozenset[str] = mention.LITERALS | chat_link.LITERALS | {"@"}
"""Names of messengers, hosts of their links, and the sign before a name."""

_LABELS = alternatives(grammar("labels"))
_LEAD = re.compile(
    rf"(?:[ \n]?(?:(?P<mark>[:=>→➡⇒]|(?:{_LABELS}))|[*~\"'()\[\]_,./|·-]"
    rf"|(?:{alternatives(grammar('links'))}))){{0,9}}[ \n]?"
)
_MARK = re.compile(rf"[:=>→➡⇒]|(?<![a-z0-9])(?:{_LABELS})")
_ID_LABEL = re.compile(
    rf"(?:{alternatives({'id', 'айди', 'ид', 'ник', 'username', '아이디'})}|号|號)"
    r" ?(?:[:=]|is|是|는|→)|[:=→]"
)
_BACK = re.compile(
    r"(?:[ \n]?(?:[*~\"'()\[\],./|·:=-]"
    rf"|(?:{alternatives(grammar('backlinks') | grammar('labels'))}))){{0,8}}[ \n]?"
)
_AT_WORDS = alternatives(words("at_words") | {"(at)", "[at]", "(a)", "©"})
_AT_NAME = re.compile(r"(?<![\w.@/-])@ ?(?=[a-z0-9_])")
_SPOKEN_AT = re.compile(rf"(?:{_AT_WORDS}) ?(?=[a-z0-9_])")
_FAR_NAME = re.compile(r"[^@\n.!?:;]{0,40}?(?=(?<![\w.@/-])@ ?[a-z0-9_])")
_FAR_NUMBER = re.compile(r"[^+@\n.!?;\d]{0,30}(?=\+ ?\(?\d)")
_QQ = re.compile(r"[1-9][0-9]{4,10}(?![\d.,:/-]?\d)(?![a-z%$€])")
_FREE_NAME = re.compile(r"(?<![\w.@/+-])@ ?([a-z][a-z0-9_]{4,31})(?![\w@-]|[./]\w|\()")
_CUE = re.compile(
    "|".join(
        rf"(?<![^\W_]){re.escape(cue)}" + (r"(?![^\W_])" if len(cue) < 4 else "")
        if cue < "\u1100"
        else re.escape(cue)
        for cue in sorted(grammar("cues"))
    )
)
_OTHER = re.compile(alternatives(grammar("other_networks")))
_NO_IDS = grammar("no_ids") | MESSENGER_WORDS
_NO_MENTIONS = grammar("no_mentions") | MESSENGER_WORDS
_MODEL = re.compile(rf"(?:{'|'.join(sorted(grammar('models'), key=len, reverse=True))})"
                    r"[-_.]?\d[a-z0-9.]{0,6}")  # fmt: skip
_FOREIGN = re.compile("[\u0370-\u06ff\u3040-\u9fff\uac00-\ud7a3]")
_PROMISE = re.compile(r"[@\d:=_]|(?<![a-z])(?:id|user|nick|name|handle|login|account)")
_STOP = re.compile(r"\s*(?:[\n.,;!)\]|/、。，>\"'*]|$)")
_TAIL = ".-,:"
_WRITTEN = re.compile(r"\(?\d{2,4}[) .-]{1,2}\d{3,5}[ .-]\d{2,4}")
_UNIT = re.compile(r" ?(?:pcs|mah|mm|cm|kg|usd|eur|zl|руб|₽|%|\$|€|元|円|원)(?![a-z])")


def find(folded: Folded, context: Context, taken: Taken) -> Iterator[Found]:
    """Yield the handles of a text, left to right.

    The value is ``messenger:id``; the span runs from the messenger's name to the
    end of the id, or from the id to the name where the name stands behind it.
    """
    text = folded.text
    named = mention.mentions(folded)
    if not named and "@" not in text and "/" not in text and "\\" not in text:
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
    named = [m for m in named if own.is_free(m.start, m.end)]
    if named and _is_promising(folded.text, named):
        joined = mention.groups(folded, named)
        starts = [group[0].start for group in joined[1:]] + [len(folded.text)]
        open_groups = []
        for group, limit in zip(joined, starts, strict=True):
            found = _behind(folded, context, own, group, limit)
            if found is not None:
                yield found
            else:
                open_groups.append(group)
        for group in open_groups:
            found = _before(folded, context, own, group)
            if found is not None:
                yield found
    if "@" in folded.text:
        yield from _free_names(folded, named)


def _is_promising(text: str, named: list[Mention]) -> bool:
    """Tell cheaply whether an id may stand near one of the names."""
    if not text.isascii():
        return True
    first, last = named[0], named[-1]
    return _PROMISE.search(text, max(0, first.start - 75), last.end + 90) is not None


# --- the id behind the name ------------------------------------------------------------


def _behind(
    folded: Folded, context: Context, own: Taken, group: list[Mention], limit: int
) -> Found | None:
    """Return the handle whose id follows a group of names, before ``limit``."""
    text = folded.text
    lead = _LEAD.match(text, group[-1].end)
    end = min(lead.end() if lead else group[-1].end, limit)
    is_labelled = _MARK.search(text, group[-1].end, end) is not None
    for one in group:
        found = _id_at(folded, context, own, group, one, end, is_labelled)
        if found is not None:
            return found
    if all(one.is_weak for one in group):
        return None
    name = _FAR_NAME.match(text, end, min(limit + 1, end + 42))
    if name and name.end() < limit:
        return _at_name(folded, group, _lead_of(group), name.end())
    number = _FAR_NUMBER.match(text, end, min(limit, end + 34))
    if number:
        return _number(folded, context, group, _lead_of(group), number.end(), True)
    return None


def _lead_of(group: list[Mention]) -> Messenger:
    return group[0].messenger


def _id_at(
    folded: Folded,
    context: Context,
    own: Taken,
    group: list[Mention],
    one: Mention,
    start: int,
    is_labelled: bool,
) -> Found | None:
    """Return the handle of one named messenger whose id begins at ``start``."""
    if one.messenger.numbers == "id":
        return _digits_id(folded, group, one, start, is_labelled)
    found = _at_name(folded, group, one.messenger, start)
    if found is None and one.messenger.numbers != "never":
        if is_labelled or not one.is_weak or _is_telling(folded, one, start):
            found = _number(folded, context, group, one.messenger, start, is_labelled)
    if found is None and one.messenger.has_ids:
        found = _bare_id(folded, group, one, start, is_labelled)
    return found if found and own.is_free(found.start, found.end) else None


def _is_telling(folded: Folded, one: Mention, start: int) -> bool:
    """Tell whether a number beside a doubtful name is tied to it: "zap (11) 91234-5678"."""
    if folded.text[start : start + 1] == "+" or _is_capital(folded, one):
        return True
    # "hot line 0800 …", "signal 12-34-56": the words for a telephone line and a signal.
    return one.messenger.id not in {"line", "signal"} and bool(_WRITTEN.match(folded.text, start))


def _is_capital(folded: Folded, one: Mention) -> bool:
    """Tell whether a weak name is written as a name ("LINE", "Signal") or is no Latin word."""
    start, end = folded.span(one.start, one.end)
    return not folded.raw[start:end].islower()


def _at_name(
    folded: Folded, group: list[Mention], messenger: Messenger, start: int
) -> Found | None:
    text = folded.text
    sign = _AT_NAME.match(text, start) or _SPOKEN_AT.match(text, start)
    if sign is None:
        return None
    name = messenger.shape.match(text, sign.end()) or MESSENGERS["telegram"].shape.match(
        text, sign.end()
    )
    if name is None:
        return None
    prefix = "@" if messenger.keeps_at else messenger.prefix
    return _tied(folded, group, messenger, prefix, name.span(), text[sign.start()] != "@")


def _bare_id(
    folded: Folded, group: list[Mention], one: Mention, start: int, is_labelled: bool
) -> Found | None:
    text = folded.text
    match = one.messenger.shape.match(text, start)
    if match is None:
        return None
    name = match[0].rstrip(_TAIL)
    end = start + len(name)
    after = text[end : end + 2]
    if after[:1] == "@" or re.match(r"[.]\w|//", after) or name in _NO_IDS or _MODEL.fullmatch(name):
        return None
    if not _is_id(folded, name, start, end, one, is_labelled):
        return None
    return _tied(folded, group, one.messenger, one.messenger.prefix, (start, end))


def _is_id(
    folded: Folded, name: str, start: int, end: int, one: Mention, is_labelled: bool
) -> bool:
    """Tell whether a word behind a messenger's name is an id rather than the next word."""
    text = folded.text
    letters = sum(c.isalpha() for c in name)
    if letters < 2 or not name.isascii():
        return is_labelled and letters == 0 and 6 <= len(name) <= 15
    has_mark = not name.isalpha() and re.search(r"\d|_|\w[.:-]\w", name) is not None
    around = text[max(0, one.start - 12) : start] + text[end : end + 4]
    is_foreign = _FOREIGN.search(around) is not None
    if is_labelled and (has_mark or is_foreign):
        return True
    if is_labelled:
        lead = text[one.end : start]
        return bool(_STOP.match(text, end)) or _ID_LABEL.search(lead) is not None and "id" in lead
    has_cue = _CUE.search(text, max(0, one.start - 40), one.end) is not None
    is_alone = one.start <= 1 and end >= len(text) - 1
    if one.is_weak:
        return has_mark and has_cue and is_foreign and len(name) >= 5
    if has_mark:
        return len(name) >= 5 and (has_cue or is_foreign or is_alone)
    return is_foreign and has_cue and len(name) >= 5


def _digits_id(
    folded: Folded, group: list[Mention], one: Mention, start: int, is_labelled: bool
) -> Found | None:
    """Return the handle of a messenger whose ids are mere digits."""
    match = _QQ.match(folded.text, start)
    if match is None or _UNIT.match(folded.text, match.end()):
        return None
    if not is_labelled and (one.is_weak or len(match[0]) < 6):
        return None
    return _tied(folded, group, one.messenger, "", match.span())


def _number(
    folded: Folded,
    context: Context,
    group: list[Mention],
    messenger: Messenger,
    start: int,
    is_sure: bool,
) -> Found | None:
    for place in tied_number.numbers(folded, context):
        if place[0] <= start + 1 < place[1] and place[0] >= start - 1:
            phone = tied_number.read(folded, place, messenger, context, is_sure)
            return _with_number(folded, group, messenger, phone) if phone else None
    return None


# --- the name behind the id ------------------------------------------------------------


def _before(folded: Folded, context: Context, own: Taken, group: list[Mention]) -> Found | None:
    """Return the handle whose id stands in front of a group: "+86 138… (WeChat)"."""
    text = folded.text
    start = group[0].start
    messenger = _lead_of(group)
    for sign in _AT_NAME.finditer(text, max(0, start - 70), start):
        name = messenger.shape.match(text, sign.end()) or MESSENGERS["telegram"].shape.match(
            text, sign.end()
        )
        if name and name.end() <= start and _BACK.fullmatch(text, name.end(), start):
            prefix = "@" if messenger.keeps_at else messenger.prefix
            return _tied(folded, group, messenger, prefix, name.span())
    for one in group:
        if one.messenger.numbers not in {"only", "also"}:
            continue
        for place in tied_number.numbers(folded, context):
            if not start - 70 <= place[0] or not place[1] <= start or not own.is_free(*place):
                continue
            if _BACK.fullmatch(text, place[1], start) is None:
                continue
            if one.is_weak and not _is_weak_fit(folded, one, place):
                continue
            phone = tied_number.read(folded, place, one.messenger, context, False)
            if phone is not None:
                return _with_number(folded, group, one.messenger, phone)
    return None


def _is_weak_fit(folded: Folded, one: Mention, place: Span) -> bool:
    """Tell whether a doubtful name behind a number names it: "+48 601… (wa)", not "12345 line"."""
    is_plus = folded.text[place[0]] == "+"
    return is_plus or (one.start - place[1] <= 4 and _is_capital(folded, one))


# --- @names on their own ---------------------------------------------------------------


def _free_names(folded: Folded, named: list[Mention]) -> Iterator[Found]:
    """Yield @names that a text hands out as a contact without naming the messenger."""
    text = folded.text
    for match in _FREE_NAME.finditer(text):
        name = match[1].rstrip("_")
        if name in _NO_MENTIONS or len(name) < 5:
            continue
        window = re.split(r"[.!?] ", text[max(0, match.start() - 40) : match.start()])[-1]
        is_alone = not (text[: match.start()] + text[match.end() :]).strip(" .,!:;\n")
        near = any(abs(m.end - match.start()) < 60 for m in named)
        if not (is_alone or near or _CUE.search(window)):
            continue
        if _OTHER.search(text, max(0, match.start() - 60), match.end() + 40):
            continue
        yield _found(folded, MESSENGERS["telegram"], "@", name, match.span(1), match.span(), ())


# --- what a handle is ------------------------------------------------------------------


def _tied(
    folded: Folded,
    group: list[Mention],
    messenger: Messenger,
    prefix: str,
    place: Span,
    is_spoken: bool = False,
) -> Found:
    start, end = mention.span(group)
    text = folded.text[slice(*place)].rstrip(_TAIL)
    place = (place[0], place[0] + len(text))
    first = min(start, place[0] - (folded.text[place[0] - 1 : place[0]] == "@"))
    whole = (first, max(end, place[1]))
    is_hidden = is_spoken or _is_disguised(folded, group)
    return _found(folded, messenger, prefix, text, place, whole, _others(group, messenger), is_hidden)


def _others(group: list[Mention], messenger: Messenger) -> tuple[str, ...]:
    ids = dict.fromkeys(one.messenger.id for one in group)
    return tuple(name for name in ids if name != messenger.id)


def _found(
    folded: Folded,
    messenger: Messenger,
    prefix: str,
    name: str,
    place: Span,
    whole: Span,
    others: tuple[str, ...],
    is_hidden: bool = False,
) -> Found:
    start, end = folded.span(*place)
    shown = unicodedata.normalize("NFKC", folded.raw[start:end]).lower()
    if messenger.shape.fullmatch(shown):
        name = shown  # what was typed, before words were repaired
    value = f"{messenger.id}:{prefix}{name}"
    notes = [Note("read-as", (("value", value),))] if shown != name or is_hidden else []
    return _handle(messenger, value, whole, None, notes, others)


def _with_number(
    folded: Folded, group: list[Mention], messenger: Messenger, phone: Found
) -> Found:
    start, end = mention.span(group)
    whole = (min(start, phone.start), max(end, phone.end))
    value = f"{messenger.id}:{phone.value}"
    is_hidden = any(note.id == "read-as" for note in phone.notes) or _is_disguised(folded, group)
    notes = [Note("read-as", (("value", value),))] if is_hidden else []
    return _handle(messenger, value, whole, phone.region, notes, _others(group, messenger))


def _is_disguised(folded: Folded, group: list[Mention]) -> bool:
    """Tell whether a messenger's name was written so that only repair made it readable."""
    start, end = folded.span(*mention.span(group))
    shown = folded.raw[start:end]
    plain = fold(shown).text
    repaired = folded.text[slice(*mention.span(group))]
    return plain != repaired or len(shown) > len(repaired) + 2 * len(group)


def _handle(
    messenger: Messenger,
    value: str,
    whole: Span,
    region: str | None,
    notes: list[Note],
    others: tuple[str, ...],
) -> Found:
    if others:
        notes = [*notes, Note("also-on", (("value", ", ".join(others)),))]
    return Found(
        "handle", value, *whole, region=region, status="unofficial",
        notes=tuple(notes), traits=frozenset({messenger.trait}),
    )  # fmt: skip
