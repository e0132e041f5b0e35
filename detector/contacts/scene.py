"""Looks around a run of digits: what speaks for a telephone number, and for which country."""

from __future__ import annotations

import re
from dataclasses import dataclass

from detector.contacts.call_word import LANGUAGE_REGIONS, call_languages, is_label, named_regions
from detector.contacts.context import Context
from detector.contacts.digit_run import Run
from detector.contacts.number_words import ANY_LANGUAGE, LANGUAGES
from detector.fold import Folded

_MONEY_BEFORE = re.compile(r"(?:[$€£¥₽₴₺₩]|(?:us|usd|eur|pln|rub|r\$)) ?[-+]?$")
_UNIT_BEHIND = re.compile(
    r" ?(?:[%$€£¥₽₴₺₩°]|(?:mah|mm|cm|km|kg|mb|gb|tb|ml|mhz|ghz|hz|lm|pcs|pieces|szt|шт|штук"
    r"|zl|pln|usd|eur|euros?|dollars?|rub|руб|рублей|р|грн|тг|uah|tl|try|kr|brl|cny|rmb|jpy|krw"
    r"|元|円|원|개|个|個|件|"
    r"orders|people|times|sold|reviews|views)(?![a-zа-я]))"
)
_GLUED_BEFORE = re.compile(r"[a-z0-9а-я][-_/#.]$|#$|=$")
_LABEL_BEFORE = re.compile(r"([^\W\d_]+)[ .:#-]{0,3}$")
# Keycaps, circled, raised and mathematical digits, invisible characters between digits.
_MASK = re.compile(
    "[\u20e3\u2070-\u2089\u00b2\u00b3\u00b9\u2460-\u249b\u24ea-\u24ff\u2776-\u2793"
    "\u200b-\u200f\u2060-\u2064\ufeff\u00ad\U0001d7ce-\U0001d7ff\U0001f100-\U0001f10a]"
)


@dataclass(frozen=True, slots=True)
class Scene:
    """What speaks for a run being a telephone number, and of where.

    Attributes:
        sure: regions that somebody gave or the text names; guessed: those its language suggests.
        is_given: a region was given with the message.
        has_cue: a word such as "call" or a country stands beside it.
        is_alone: the message holds nothing else.
        is_tied: it is tied to a messenger.
        is_masked: its digits are drawn with signs nobody types by chance.
        is_barred: money or a code in front stands against it.
        is_anywhere: nothing tells its country.
    """

    sure: tuple[str, ...]
    guessed: tuple[str, ...]
    is_given: bool
    has_cue: bool
    is_alone: bool
    is_tied: bool
    is_masked: bool
    is_barred: bool
    is_anywhere: bool


def scene_of(folded: Folded, run: Run, context: Context, is_tied: bool = False) -> Scene:
    """Look around a run for what it may be."""
    text, start, end = folded.text, run.start, run.end
    named = named_regions(folded, start, end)
    callers = call_languages(text, start, end)
    languages = [context.language or "", *callers]
    if run.languages != ANY_LANGUAGE:
        languages += (c[:2] for bit, c in enumerate(LANGUAGES) if run.languages >> bit & 1)
    guessed = [
        region
        for language in languages
        for region in LANGUAGE_REGIONS.get(language, ())
        # A reader who gave one country of a language means that one.
        if not set(context.regions) & set(LANGUAGE_REGIONS[language])
    ]
    has_cue = is_tied or bool(callers) or bool(named)
    glued = _GLUED_BEFORE.search(text, max(0, start - 2), start)
    label = _LABEL_BEFORE.search(text, max(0, start - 16), start)
    is_called = label is not None and is_label(label[1])
    touching = text[start - 1 : start] if start else ""
    following = text[end : end + 1]
    sure = tuple(dict.fromkeys((*named, *context.regions)))
    is_alone = not _has_word(text[:start]) and not _has_word(text[end:])
    return Scene(
        sure=sure,
        guessed=tuple(dict.fromkeys(guessed)),
        is_given=bool(context.regions),
        has_cue=has_cue,
        is_alone=is_alone,
        is_tied=is_tied,
        is_masked=_MASK.search(folded.raw, *folded.span(start, end)) is not None,
        is_barred=not is_tied
        and (
            _MONEY_BEFORE.search(text, max(0, start - 6), start) is not None
            or (glued is not None and not is_called)
            or (_is_spaced_letter(touching) and not is_called)
            or (_is_spaced_letter(following) and not has_cue)
        ),
        is_anywhere=is_alone and not sure and not guessed,
    )


def _is_spaced_letter(character: str) -> bool:
    return character.isalpha() and character < "\u2e80"


def _has_word(text: str) -> bool:
    """Tell whether a stretch says anything but "tel." """
    words = re.findall(r"\w{1,40}", text[:200])
    return any(not is_label(word) for word in words)


def without_amount(text: str, run: Run) -> Run | None:
    """Return the run without a sum of money or a measure at its end; None when nothing is left."""
    if not _UNIT_BEHIND.match(text, run.end):
        return run
    pieces = run.pieces[:-1]
    return Run(pieces, run.has_plus, run.start, run.languages) if pieces else None
