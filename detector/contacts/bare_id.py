"""Tells whether the word beside a messenger's name is an id or just the next word."""

from __future__ import annotations

import re

import ahocorasick_rs

from detector.contacts.handle_value import SPREAD
from detector.contacts.mention import (
    MESSENGER_WORDS,
    Mention,
    alternatives,
    grammar,
)
from detector.fold import Folded
from detector.types import Span

# A colon, an arrow, a pointing hand or any other picture.
ARROW = "[:=>\u2190-\u2bff\U0001f000-\U0001faff]"
LABELS = alternatives(grammar("labels"))
_CUES = sorted(grammar("cues"))
_CUE_FINDER = ahocorasick_rs.AhoCorasick(_CUES)
_ID_LABEL = re.compile(
    rf"(?:{alternatives({'id', 'айди', 'ид', 'ник', 'username', '아이디'})}|号|號)"
    rf" ?(?:is|是|는|은|は|{ARROW})|{ARROW}"
)
_NO_IDS = grammar("no_ids") | MESSENGER_WORDS
_MODEL = re.compile(
    rf"(?:{'|'.join(sorted(grammar('models'), key=len, reverse=True))})[-_.]?\d[a-z0-9.]{{0,6}}"
)
# Sizes and ratings: 0.5mm, ac220v, bio500g, rs485.
_SPEC = re.compile(
    r"[a-z]{0,4}[\d.,-]{1,8}(?:mm|cm|m|ml|l|g|kg|v|w|a|ma|mah|ah|hz|k|kb|mb|gb|tb|pcs|pc|in|p|pin)"
    r"|(?:rs|ac|dc|led|rj|type|cat|din|iso|en)-?\d{1,6}[a-z]?"
)
_MARKED = re.compile(r"\d|_|\w[.:-]\w")
_FOREIGN = re.compile("[\u0370-\u06ff\u3040-\u9fff\uac00-\ud7a3]")
_STOP = re.compile(r"\s*(?:[\n.,;!)\]|/、。，>\"'*]|$)")
_RUNS_ON = re.compile(r"@\w|[.]\w|//")
_CLOSING = ".-,:"
SPREAD_ID = re.compile(
    rf"[a-z][a-z0-9]{{1,20}}(?:(?:{SPREAD.pattern})[a-z0-9]{{2,20}}){{1,3}}(?![a-z0-9_@])"
)
_EARLY = re.compile(r"(?<![\w@./-])(?=[a-z.-]{1,20}[\d_])[a-z][a-z0-9_.-]{4,30}(?![\w@])")
_LINE_START = re.compile(r"(?<![^\n])[a-z0-9_.]{5,30} ?[-(/|:]{1,2} ?[a-z\u0400-\u04ff]")
_DIGITS = re.compile(r"[1-9][0-9]{4,10}(?![\d.,:/-]?\d)(?![a-z%$€])")
_UNIT = re.compile(r" ?(?:pcs|mah|mm|cm|kg|usd|eur|zl|руб|₽|%|\$|€|元|円|원)(?![a-z])")


def has_cue(text: str, low: int, high: int) -> bool:
    """Tell whether a word between two offsets shows that a contact is being given.

    In scripts with spaces a cue is the beginning of a word; a short one the whole word.
    """
    low = max(0, low)
    for index, start, end in _CUE_FINDER.find_matches_as_indexes(text[low:high], overlapping=True):
        cue = _CUES[index]
        before, after = text[max(0, low + start - 1) : low + start], text[low + end : low + end + 1]
        if cue >= "\u1100" or not (before.isalnum() or (len(cue) < 4 and after.isalnum())):
            return True
    return False


def id_behind(folded: Folded, one: Mention, start: int, is_labelled: bool) -> Span | None:
    """Return the span of an id that begins at ``start``, or None.

    Args:
        is_labelled: a colon, an arrow or a word such as "id" leads to it.
    """
    spread = SPREAD_ID.match(folded.text, start) if is_labelled else None
    if spread and (not one.is_weak or _is_written_as_brand(folded, one)):
        return spread.span()
    match = one.messenger.shape.match(folded.text, start)
    if match is None:
        return None
    name = match[0].rstrip(_CLOSING)
    end = start + len(name)
    if _RUNS_ON.match(folded.text, end) or _is_other_word(name):
        return None
    return (start, end) if _is_id(folded, name, (start, end), one, is_labelled) else None


def id_in_front(folded: Folded, one: Mention, low: int, high: int) -> list[Span]:
    """Return what may be ids between two offsets: they have a digit or an underscore."""
    return [
        match.span()
        for match in _EARLY.finditer(folded.text, low, high)
        if match[0].isascii()
        and not _is_other_word(match[0])
        and one.messenger.shape.fullmatch(match[0])
        and (
            has_cue(folded.text, match.start() - 30, match.start())
            or (_LINE_START.match(folded.text, match.start()) and not one.is_weak)
        )
    ]


def digits_behind(folded: Folded, one: Mention, start: int, is_labelled: bool) -> Span | None:
    """Return the span of an id of mere digits, or None."""
    match = _DIGITS.match(folded.text, start)
    if match is None or _UNIT.match(folded.text, match.end()):
        return None
    if not is_labelled and (one.is_weak or len(match[0]) < 6):
        return None
    return match.span()


def is_capital(folded: Folded, one: Mention) -> bool:
    """Tell whether a weak name is written as a name ("LINE", "Signal") or is no Latin word."""
    start, end = folded.span(one.start, one.end)
    return not folded.raw[start:end].islower()


def is_name(folded: Folded, one: Mention) -> bool:
    """Tell whether a name is none of the words for a telephone line and a signal."""
    return one.messenger.id not in {"line", "signal"} or is_capital(folded, one)


def _is_other_word(name: str) -> bool:
    return name in _NO_IDS or bool(_MODEL.fullmatch(name) or _SPEC.fullmatch(name))


def _is_id(folded: Folded, name: str, place: Span, one: Mention, is_labelled: bool) -> bool:
    text = folded.text
    start, end = place
    letters = sum(c.isalpha() for c in name)
    if letters < 2 or not name.isascii():
        return is_labelled and letters == 0 and 6 <= len(name) <= 15
    has_mark = _MARKED.search(name) is not None
    around = text[max(0, one.start - 12) : start] + text[end : end + 4]
    is_foreign = _FOREIGN.search(around) is not None
    if is_labelled:
        lead = text[one.end : start]
        if one.is_weak and not _is_written_as_brand(folded, one) and "id" not in lead:
            return False
        names_id = _ID_LABEL.search(lead) is not None and "id" in lead
        return has_mark or is_foreign or names_id or bool(_STOP.match(text, end))
    is_given = has_cue(text, one.start - 40, one.end)
    if one.is_weak and "_" in name and len(name) >= 6 and text[one.start] > "\u0370":
        return True  # a word of another script, then an id: "тг shop_77"
    if one.is_weak:
        return has_mark and is_given and (is_foreign or "_" in name) and len(name) >= 5
    is_alone = one.start <= 1 and end >= len(text) - 1
    if has_mark:
        # In a list of contacts: "WhatsApp +86 … / WeChat ali_shop88 / …".
        is_listed = one.messenger.trait == "messenger-handle" and letters >= 5
        is_listed = is_listed and _STOP.match(text, end) is not None
        return len(name) >= 5 and (is_given or is_foreign or is_alone or is_listed)
    return is_foreign and is_given and len(name) >= 5


def _is_written_as_brand(folded: Folded, one: Mention) -> bool:
    """Tell "LINE: …" from "Power line: …" and "Line: …"."""
    if one.messenger.id not in {"line", "signal"}:
        return True
    start, end = folded.span(one.start, one.end)
    shown = folded.raw[start:end]
    return shown == shown.upper()
